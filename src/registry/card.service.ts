import type { Transaction } from "../db/transaction.ts";
import type { Verbs } from "../journal/verbs.ts";
import { type Actor, ActorKind } from "../kernel/actor.ts";
import { conflict, invalid, notFound } from "../kernel/errors.ts";
import { CardStatus } from "./card.entity.ts";
import type { SetModelCardInput } from "./card.inputs.ts";
import { type CardStanding, cardStandingOf } from "./card.query.ts";
import { statusAfter } from "./card.rules.ts";
import { cardDigestOf } from "./card-content.rules.ts";
import { type GivenCard, givenCardOf } from "./card-given.rules.ts";
import type { CardWriter } from "./card-writer.ts";
import type { LockedVersion, VersionService } from "./version.service.ts";

/** What the verb about cards answers. */
export type CardOutcome = { card: number };

/** Cards of versions, one each. */
export class CardService {
  constructor(
    private readonly verbs: Verbs,
    private readonly versions: VersionService,
    private readonly writer: CardWriter,
  ) {}

  /**
   * Says what a card says, or how far it has come. Where that is so already, nothing is recorded, unless a person says it
   * of a card that is not fresh: that confirms it.
   */
  async set(actor: Actor, input: SetModelCardInput): Promise<CardOutcome> {
    // Read before the transaction: what takes long holds no lock.
    const given = givenCardOf(input);
    if (!given && input.status == null) {
      throw invalid("card", "one of card, yaml and markdown, or a status", null);
    }
    return this.verbs.run(actor, "setModelCard", input, async (tx) => {
      const approves = input.status === CardStatus.APPROVED;
      // Who approves what is there writes nothing.
      const right = approves && !given ? "transition:review" : "version:write";
      const locked = await this.versions.lockFor(tx, actor, right, input.version);
      if (approves) actor.must("transition:review", locked.model.name);
      return { card: await this.setIn(tx, actor, locked, input, given) };
    });
  }

  /** Within a transaction that holds the model's lock; what the actor may do was asked before. */
  async setIn(
    tx: Transaction,
    actor: Actor,
    { version, model }: LockedVersion,
    input: Pick<SetModelCardInput, "status" | "expectedRevision">,
    given: GivenCard | null,
  ): Promise<number> {
    const standing = await cardStandingOf(tx, version);
    mustBeAt(`${model.name}/${version.number}`, standing, input.expectedRevision);
    const known = standing?.card ?? null;
    if (!given && !known) throw notFound(`card of ${model.name}/${version.number}`, "version");
    const digest = given ? cardDigestOf(given.format, given.source, given.content) : known!.digest;
    const status = statusAfter(known, { digest, status: input.status ?? null });
    const isSame = known !== null && known.digest === digest && known.status === status;
    const confirms = actor.kind === ActorKind.PERSON && !standing?.isFresh;
    if (isSame && !confirms) return known.nodeId;
    const next = { given: known?.digest === digest ? null : given, digest, status };
    return this.writer.write(tx, actor, version, known, next);
  }
}

/** Throws CONFLICT where the card is not at the revision the caller expects; 0 expects none. */
function mustBeAt(name: string, standing: CardStanding | null, expected: number | null | undefined): void {
  const now = standing?.revision ?? 0;
  if (expected == null || expected === now) return;
  const there = now === 0 ? "there is none" : `it is at revision ${now}`;
  const wanted = expected === 0 ? "none was expected" : `revision ${expected} was expected`;
  throw conflict(`card of ${name}: ${there}; ${wanted}`, "expectedRevision");
}
