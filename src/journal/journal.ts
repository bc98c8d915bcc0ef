import { randomBytes } from "node:crypto";
import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { canonical } from "../kernel/canonical.ts";
import type { Clock } from "../kernel/clock.ts";
import { hashOf, headerOf, textHash } from "./chain.ts";
import { EventText, RegistryEvent } from "./event.entity.ts";

/** What a room says of one changed subject. */
export interface EventDraft {
  /** noun.verb in the past tense, such as `stage.changed`. */
  type: string;
  /** Node number of the changed subject. */
  subject: number;
  /** Its container's node number, where it has one. */
  container?: number | null;
  /** JSON of bounded size: long lists go in as digests. No free text. */
  body: Record<string, unknown>;
  /** Free texts by the key they stand under in the payload; absent ones are left out. */
  texts?: Record<string, string | null | undefined>;
  /** Epoch ms; now, unless imported. */
  occurredAt?: number;
  attributedTo?: string | null;
  isImported?: boolean;
}

/** An event on its way: numbered when the transaction is about to commit. */
export class Recorded {
  /** 0 until numbered. */
  seq = 0;
  readonly whenNumbered: ((seq: number) => Promise<void>)[] = [];

  constructor(
    readonly actor: Actor,
    readonly draft: EventDraft,
  ) {}

  /** Runs with the event's seq, after the journal rows are written and before COMMIT. Must lock nothing. */
  onNumbered(write: (seq: number) => Promise<void>): this {
    this.whenNumbered.push(write);
    return this;
  }
}

const longestBodyBytes = 60_000; // a TEXT column of MySQL holds 65,535
const schemaVersion = 1;

/** The append-only record of every governed change. */
export class Journal {
  constructor(
    private readonly clock: Clock,
    /** Told the new head's seq after each commit: a hint to the feed, never the truth. */
    private readonly wake: (seq: number) => void,
  ) {}

  /** Queues one event; `db.write` numbers and writes it last, under the head's lock. */
  record(tx: Transaction, actor: Actor, draft: EventDraft): Recorded {
    const queue = tx.once(this, () => {
      const events: Recorded[] = [];
      tx.beforeCommit(() => this.seal(tx, events));
      return events;
    });
    const recorded = new Recorded(actor, draft);
    queue.push(recorded);
    return recorded;
  }

  private async seal(tx: Transaction, queue: Recorded[]): Promise<void> {
    const [head] = await tx.lock<{ seq: number; hash: string; recordedAt: number }>(
      sql`SELECT seq, hash, recordedAt FROM journal_head WHERE id = 1`,
    );
    if (!head) throw new Error("the journal has no head row");
    const recordedAt = Math.max(this.clock(), head.recordedAt);
    const texts: EventText[] = [];
    let { seq, hash } = head;
    const events = queue.map((recorded): RegistryEvent => {
      recorded.seq = ++seq;
      const event = this.eventOf(recorded, head.seq + 1, recordedAt, hash, texts);
      hash = event.hash;
      return event;
    });
    await tx.insert(RegistryEvent, events);
    if (texts.length > 0) await tx.insert(EventText, texts);
    await tx.run(
      sql`UPDATE journal_head SET seq = ${seq}, hash = ${hash}, recordedAt = ${recordedAt} WHERE id = 1`,
    );
    for (const recorded of queue) {
      for (const write of recorded.whenNumbered) await write(recorded.seq);
    }
    tx.afterCommit(() => this.wake(seq));
  }

  private eventOf(
    { seq, actor, draft }: Recorded,
    groupSeq: number,
    recordedAt: number,
    prevHash: string,
    texts: EventText[],
  ): RegistryEvent {
    const hashed = (field: string, text: string): string => {
      const salt = randomBytes(16).toString("hex");
      texts.push({ seq, field, salt, text });
      return textHash(salt, text);
    };
    const inBody = Object.entries(draft.texts ?? {})
      .filter((entry): entry is [string, string] => typeof entry[1] === "string")
      .map(([field, text]) => [field, { textHash: hashed(field, text) }]);
    const body = canonical({ ...draft.body, ...Object.fromEntries(inBody) });
    if (Buffer.byteLength(body) > longestBodyBytes)
      throw new Error(`the body of a ${draft.type} event is too long`);
    const fields = {
      seq,
      groupSeq,
      type: draft.type,
      schemaVersion,
      recordedAt,
      occurredAt: draft.occurredAt ?? recordedAt,
      actorId: actor.node,
      attributedToHash: draft.attributedTo ? hashed("attributedTo", draft.attributedTo) : null,
      subjectId: draft.subject,
      isImported: draft.isImported ?? false,
    };
    const hash = hashOf(prevHash, headerOf(fields), body);
    return { ...fields, containerId: draft.container ?? null, body, prevHash, hash };
  }
}
