import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import { type Actor, ActorKind } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { CardFormat, CardRevision, CardStatus, ModelCard } from "./card.entity.ts";
import { cardBefore, storedCard } from "./card.query.ts";
import { cardDigestOf, humanPartOf, saysSomething } from "./card-content.rules.ts";
import type { GivenCard } from "./card-given.rules.ts";
import type { ModelVersion } from "./version.entity.ts";

type Version = Pick<ModelVersion, "nodeId" | "modelId" | "number">;

/** A card's next revision. */
export interface NextRevision {
  /** What it says from here on; null for what it says already. */
  given: GivenCard | null;
  digest: string;
  status: CardStatus;
}

/** Writes cards within a transaction that holds the model's lock: row, revision, edge from the version, and one event. */
export class CardWriter {
  constructor(
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly clock: Clock,
  ) {}

  /** The first revision of a version's card, or the next one; the card's node number. */
  async write(
    tx: Transaction,
    actor: Actor,
    version: Version,
    known: ModelCard | null,
    next: NextRevision,
  ): Promise<number> {
    const isConfirmation = actor.kind === ActorKind.PERSON;
    const card = known
      ? await this.revise(tx, actor, known, next, isConfirmation)
      : await this.begin(tx, actor, version, next, isConfirmation, null);
    return card.nodeId;
  }

  /**
   * A new version's card: what people wrote of the model in the card of the latest version before that has one. A copy,
   * made now: it has an id and revisions of its own, and a later edit of the other card changes no evidence of this
   * version. No person has confirmed it, whoever registers.
   */
  async inherit(tx: Transaction, actor: Actor, version: Version): Promise<void> {
    const earlier = await cardBefore(tx, version.modelId, version.number);
    if (!earlier) return;
    const content = humanPartOf((await storedCard(tx, earlier)).content);
    if (!saysSomething(content)) return;
    const given = { format: CardFormat.SECTIONS, source: null, content };
    const digest = cardDigestOf(given.format, null, content);
    const next = { given, digest, status: CardStatus.DRAFT };
    await this.begin(tx, actor, version, next, false, earlier);
  }

  private async begin(
    tx: Transaction,
    actor: Actor,
    version: Version,
    { given, digest, status }: NextRevision,
    isConfirmation: boolean,
    earlier: ModelCard | null,
  ): Promise<ModelCard> {
    const { modelId, number } = version;
    const node = { kind: "CARD" as const, label: `card of ${number}`, container: modelId };
    const [nodeId] = await this.graph.createNodes(tx, [node]);
    const now = this.clock();
    const card = {
      nodeId: nodeId!,
      versionId: version.nodeId,
      ...{ modelId, number, revision: 1, contentRevision: 1, status, format: given!.format, digest },
      ...{
        inheritedFrom: earlier?.versionId ?? null,
        createdAt: now,
        updatedAt: now,
        updatedById: actor.node,
      },
      ...(isConfirmation ? confirmed(actor, digest, now) : unconfirmed),
    } as ModelCard;
    await tx.insert(ModelCard, [card]);
    const edge = { src: version.nodeId, dst: card.nodeId, type: EdgeType.EVIDENCE };
    const edges = await this.graph.propose(tx, [edge]);
    this.graph.add(tx, await this.record(tx, actor, card, given, isConfirmation, earlier), edges);
    return card;
  }

  private async revise(
    tx: Transaction,
    actor: Actor,
    known: ModelCard,
    { given, digest, status }: NextRevision,
    isConfirmation: boolean,
  ): Promise<ModelCard> {
    const now = this.clock();
    const revision = known.revision + 1;
    const card = {
      ...known,
      ...{ revision, status, digest, updatedAt: now, updatedById: actor.node },
      ...(given ? { format: given.format, contentRevision: revision } : {}),
      ...(isConfirmation ? confirmed(actor, digest, now) : {}),
    } as ModelCard;
    const { contentRevision, format, confirmedById, confirmedAt, confirmedDigest, confirmedSeq } = card;
    await tx.run(
      sql`UPDATE card SET revision = ${revision}, contentRevision = ${contentRevision}, status = ${status},
          format = ${format}, digest = ${digest}, updatedAt = ${now}, updatedBy = ${actor.node},
          confirmedBy = ${confirmedById}, confirmedAt = ${confirmedAt}, confirmedDigest = ${confirmedDigest},
          confirmedSeq = ${confirmedSeq} WHERE id = ${card.nodeId}`,
    );
    await this.record(tx, actor, card, given, isConfirmation);
    return card;
  }

  /** The revision, and the event that tells of it: by digest, since a card may be long. */
  private async record(
    tx: Transaction,
    actor: Actor,
    card: ModelCard,
    given: GivenCard | null,
    isConfirmation: boolean,
    earlier: ModelCard | null = null,
  ) {
    const { nodeId, revision, contentRevision, status, format, digest } = card;
    const stored = given && { source: given.source, content: given.content };
    const { updatedAt: createdAt, updatedById: createdById } = card;
    await tx.insert(CardRevision, [
      {
        ...{ cardId: nodeId, revision, contentRevision, status, format, digest },
        ...{ stored, isConfirmation, createdAt, createdById },
      },
    ]);
    const recorded = this.journal.record(tx, actor, {
      type: "card.updated",
      subject: nodeId,
      container: card.modelId,
      body: {
        ...{ version: card.number, revision, status, format, digest, isConfirmation },
        ...(earlier ? { inheritedFrom: earlier.number } : {}),
      },
    });
    if (!isConfirmation) return recorded;
    return recorded.onNumbered(async (seq) => {
      await tx.run(sql`UPDATE card SET confirmedSeq = ${seq} WHERE id = ${nodeId}`);
    });
  }
}

const unconfirmed = { confirmedById: null, confirmedAt: null, confirmedDigest: null, confirmedSeq: null };

/** The seq is known once the journal has numbered the event. */
function confirmed(actor: Actor, digest: string, at: number) {
  return { confirmedById: actor.node, confirmedAt: at, confirmedDigest: digest, confirmedSeq: null };
}
