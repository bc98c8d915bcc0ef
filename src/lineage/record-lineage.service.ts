import { among, chunksOf, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { EdgeDraft, Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import { listOrDigest } from "../journal/listing.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { formatId, type Kind } from "../kernel/ids.ts";
import type { LineageNodes } from "./lineage-nodes.ts";
import type { LineageRows } from "./lineage-rows.ts";
import type { RecordLineageInput } from "./record-lineage.inputs.ts";
import { kindsOf, roleOfEdge } from "./record-lineage.rules.ts";

/** What a subgraph brought. */
export type LineageOutcome = { addedNodes: number; addedEdges: number };

const nodesPerQuery = 900;

/** Takes a subgraph in one transaction: for pipelines that learn what went into what after the fact. */
export class RecordLineageService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly nodes: LineageNodes,
    private readonly rows: LineageRows,
  ) {}

  /** Adds what is not told yet; never changes what is. Throws CONFLICT for that and for a ring. */
  record(actor: Actor, input: RecordLineageInput): Promise<LineageOutcome> {
    return this.verbs.run(actor, "recordLineage", input, async (tx) => {
      const kinds = kindsOf(input);
      const newest = await newestNode(tx);
      const found = await this.nodes.of(tx, actor, input);
      const wanted = input.edges.map(
        (edge, index): EdgeDraft => ({
          src: found.get(edge.from)!,
          dst: found.get(edge.to)!,
          type: edge.type,
          role: roleOfEdge(edge, `edges.${index}`),
        }),
      );
      const kindOfNode = new Map([...found].map(([ref, node]) => [node, kinds.get(ref)!]));
      const fresh = await this.graph.propose(tx, wanted);
      for (const edge of fresh) await this.rows.tell(tx, edge, kindOfNode.get(edge.dst)!);
      await this.tellJournal(tx, actor, fresh, kindOfNode);
      const addedNodes = new Set([...found.values()].filter((node) => node > newest)).size;
      return { addedNodes, addedEdges: fresh.length };
    });
  }

  /** One event per changed subject: the node an edge leads into. */
  private async tellJournal(
    tx: Transaction,
    actor: Actor,
    edges: EdgeDraft[],
    kinds: ReadonlyMap<number, Kind>,
  ): Promise<void> {
    const bySubject = new Map<number, EdgeDraft[]>(edges.map(({ dst }) => [dst, []]));
    for (const edge of edges) bySubject.get(edge.dst)!.push(edge);
    const containers = await containersOf(tx, [...bySubject.keys()]);
    for (const [subject, own] of bySubject) {
      const container = containers.get(subject) ?? null;
      await this.rows.touch(tx, subject, kinds.get(subject)!, container);
      const told = own.map(({ src, type, role }) => [formatId(kinds.get(src)!, src), type, role]);
      const recorded = this.journal.record(tx, actor, {
        type: "lineage.recorded",
        subject,
        container,
        body: listOrDigest("edges", told),
      });
      this.graph.add(tx, recorded, own);
    }
  }
}

async function containersOf(tx: Transaction, nodes: readonly number[]): Promise<Map<number, number | null>> {
  const rows = (
    await Promise.all(
      [...chunksOf(nodes, nodesPerQuery)].map((chunk) =>
        tx.query<{ id: number; container: number | null }>(
          sql`SELECT id, container FROM node WHERE ${among(sql`id`, chunk)}`,
        ),
      ),
    )
  ).flat();
  return new Map(rows.map(({ id, container }) => [id, container]));
}

/** The highest node number there is: what is above it was made by this transaction, or beside it and not named here. */
async function newestNode(tx: Transaction): Promise<number> {
  const [row] = await tx.query<{ newest: number | null }>(sql`SELECT MAX(id) AS newest FROM node`);
  return row?.newest ?? 0;
}
