import type { Transaction } from "../db/transaction.ts";
import type { EventDraft, Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import { type AccessChanges, changing } from "./access-changes.ts";

/** The journal as the verbs of access write it: what changes rights is made known, too. */
export class AccessJournal {
  constructor(
    private readonly journal: Journal,
    private readonly changes: AccessChanges,
  ) {}

  record(tx: Transaction, actor: Actor, draft: EventDraft): void {
    const recorded = this.journal.record(tx, actor, draft);
    if (changing.includes(draft.type)) this.changes.within(tx, recorded);
  }
}
