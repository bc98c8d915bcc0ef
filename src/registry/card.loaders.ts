import DataLoader from "dataloader";
import { type KeysetList, readPages } from "../db/keyset.ts";
import { readable } from "../db/readable.ts";
import type { Readable } from "../db/sql.ts";
import { among, every, type Sql, some, sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import { type ForwardArgs, sliceOf } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { jsonOfColumn } from "../tracking/json.rules.ts";
import { CardRevision, type CardRevisionConnection, type ModelCard, type StoredCard } from "./card.entity.ts";
import { type CardStanding, cardColumns, cardOfRow, cardStandingsOf } from "./card.query.ts";

const cardsPerStatement = 100; // of texts, each up to 256 KiB and read twice over

/** Where a card's or a revision's content stands. */
interface ContentPlace {
  cardId: number;
  contentRevision: number;
}

/** Cards of versions. Whoever sees a version sees its card, so only what is asked for by id is guarded. */
export class CardLoaders {
  constructor(private readonly db: Readable) {}

  /** By node number; null where there is none that the actor may read. */
  byId(request: Request, id: number): Promise<ModelCard | null> {
    const loader = request.once(
      this.byId,
      () =>
        new DataLoader<number, ModelCard | null>(
          async (ids) => {
            const guard = readable(request.actor, sql`c.modelId`);
            const cards = await this.where([among(sql`c.id`, ids), ...guard]);
            const byId = new Map(cards.map((card) => [card.nodeId, card]));
            return ids.map((one) => byId.get(one) ?? null);
          },
          { maxBatchSize: 900 },
        ),
    );
    return loader.load(id);
  }

  /** The card of a version that the actor is known to read, or of any where that is not the reader's business. */
  ofVersion(request: Request, versionId: number): Promise<ModelCard | null> {
    return this.byVersion(request).load(versionId);
  }

  /** How it stands; the card itself need not be asked for any more. */
  standing(request: Request, versionId: number): Promise<CardStanding | null> {
    const loader = request.once(
      this.standing,
      () =>
        new DataLoader<number, CardStanding | null>(
          async (ids) => {
            const standings = await cardStandingsOf(this.db.read, ids);
            for (const one of ids) this.byVersion(request).prime(one, standings.get(one)?.card ?? null);
            return ids.map((one) => standings.get(one) ?? null);
          },
          { maxBatchSize: 400 },
        ),
    );
    return loader.load(versionId);
  }

  /** The text and what it says, of a card now or of one of its revisions. */
  stored(request: Request, place: ContentPlace): Promise<StoredCard> {
    const loader = request.once(
      this.stored,
      () =>
        new DataLoader<ContentPlace, StoredCard, string>((places) => this.contents(places), {
          cacheKeyFn: keyOf,
          maxBatchSize: cardsPerStatement,
        }),
    );
    return loader.load(place);
  }

  /** The revisions of a card that the actor is known to read, the first one first. */
  revisions(request: Request, card: ModelCard, args: ForwardArgs): Promise<CardRevisionConnection> {
    const slice = sliceOf(args);
    const list: KeysetList = {
      scope: "revisions",
      select: sql`r.cardId AS parentId, r.cardId, r.revision, r.contentRevision, r.status, r.format, r.digest,
        r.isConfirmation, r.createdAt, r.createdBy AS createdById`,
      from: sql`card_revision r`,
      where: [],
      order: [{ column: sql`r.revision`, as: "revision" }],
    };
    const loader = request.once(
      `revisions ${JSON.stringify(slice)}`,
      () =>
        new DataLoader<number, CardRevisionConnection>((ids) =>
          readPages(this.db.read, list, sql`r.cardId`, ids, slice, revisionOfRow),
        ),
    );
    return loader.load(card.nodeId);
  }

  private byVersion(request: Request): DataLoader<number, ModelCard | null> {
    return request.once(
      this.ofVersion,
      () =>
        new DataLoader<number, ModelCard | null>(
          async (ids) => {
            const cards = await this.where([among(sql`c.versionId`, ids)]);
            const byVersion = new Map(cards.map((card) => [card.versionId, card]));
            return ids.map((one) => byVersion.get(one) ?? null);
          },
          { maxBatchSize: 900 },
        ),
    );
  }

  private async contents(places: readonly ContentPlace[]): Promise<StoredCard[]> {
    const each = places.map(
      ({ cardId, contentRevision }) => sql`(cardId = ${cardId} AND revision = ${contentRevision})`,
    );
    const rows = await this.db.read.query<{ cardId: number; revision: number; stored: unknown }>(
      sql`SELECT cardId, revision, stored FROM card_revision WHERE ${some(each)}`,
    );
    const byPlace = new Map(
      rows.map(({ cardId, revision, stored }) => [
        keyOf({ cardId, contentRevision: revision }),
        jsonOfColumn(stored) as StoredCard,
      ]),
    );
    return places.map((place) => byPlace.get(keyOf(place))!);
  }

  private async where(conditions: readonly Sql[]): Promise<ModelCard[]> {
    const rows = await this.db.read.query<object>(
      sql`SELECT ${cardColumns} FROM card c WHERE ${every(conditions)}`,
    );
    return rows.map(cardOfRow);
  }
}

function keyOf({ cardId, contentRevision }: ContentPlace): string {
  return `${cardId}/${contentRevision}`;
}

function revisionOfRow(row: object): CardRevision {
  const revision = instanceOf(CardRevision, row);
  revision.isConfirmation = Boolean(revision.isConfirmation);
  return revision;
}
