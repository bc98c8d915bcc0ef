import { administrator as actor } from "../../src/access/authenticate.ts";
import type { Database } from "../../src/db/database.ts";
import { sql } from "../../src/db/sql.ts";
import type { Transaction } from "../../src/db/transaction.ts";
import type { EdgeType } from "../../src/graph/graph.entity.ts";
import { type EdgeDraft, Graph } from "../../src/graph/graph.ts";
import { Journal } from "../../src/journal/journal.ts";
import type { Kind } from "../../src/kernel/ids.ts";
import { database } from "./engines.ts";

/** A database with journal and graph, and no nouns. */
export class GraphWorld {
  now = 1_700_000_000_000;
  readonly graph = new Graph();
  readonly journal = new Journal(
    () => this.now,
    () => {},
  );

  constructor(readonly db: Database) {}

  static async open(): Promise<GraphWorld> {
    return new GraphWorld(await database());
  }

  /** Nodes of one kind with an event each. */
  nodes(count: number, kind: Kind = "RUN", container: number | null = null): Promise<number[]> {
    return this.db.write((tx) => this.nodesIn(tx, count, kind, container));
  }

  async nodesIn(tx: Transaction, count: number, kind: Kind = "RUN", container: number | null = null) {
    const drafts = Array.from({ length: count }, (_, at) => ({ kind, label: `${kind} ${at}`, container }));
    const ids = await this.graph.createNodes(tx, drafts);
    for (const subject of ids) {
      this.journal.record(tx, actor, { type: "node.created", subject, container, body: {} });
    }
    return ids;
  }

  /** Adds edges in one transaction; answers those that were new, and the seq that tells of them. */
  link(edges: EdgeDraft[], occurredAt?: number): Promise<{ added: EdgeDraft[]; seq: number }> {
    return this.db.write(async (tx) => {
      const { added, recorded } = await this.linkIn(tx, edges, occurredAt);
      return {
        added,
        get seq() {
          return recorded?.seq ?? 0;
        },
      };
    });
  }

  async linkIn(tx: Transaction, edges: EdgeDraft[], occurredAt?: number) {
    const added = await this.graph.propose(tx, edges);
    if (added.length === 0) return { added, recorded: null };
    const recorded = this.recordIn(tx, added[0]!.dst, occurredAt);
    this.graph.add(tx, recorded, added);
    return { added, recorded };
  }

  /** Takes edges back; answers the seq from which they are gone. */
  async unlink(edges: EdgeDraft[], occurredAt?: number): Promise<number> {
    const recorded = await this.db.write(async (tx) => {
      const event = this.recordIn(tx, edges[0]!.dst, occurredAt);
      await this.graph.retract(tx, event, edges);
      return event;
    });
    return recorded.seq;
  }

  recordIn(tx: Transaction, subject: number, occurredAt?: number) {
    return this.journal.record(tx, actor, {
      type: "lineage.recorded",
      subject,
      body: {},
      ...(occurredAt === undefined ? {} : { occurredAt }),
    });
  }

  /** Edges as stored, without what lineage does not look at. */
  stored(): Promise<
    { src: number; dst: number; type: EdgeType; role: string; retractedSeq: number | null }[]
  > {
    return this.db.read.query(
      sql`SELECT src, dst, type, role, retractedSeq FROM edge ORDER BY src, dst, type, role, seq`,
    );
  }

  async head(): Promise<number> {
    const [row] = await this.db.read.query<{ seq: number }>(sql`SELECT seq FROM journal_head WHERE id = 1`);
    return row!.seq;
  }
}
