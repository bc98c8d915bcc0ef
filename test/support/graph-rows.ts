import fc from "fast-check";
import type { Database } from "../../src/db/database.ts";
import { chunksOf, raw } from "../../src/db/sql.ts";
import type { Transaction } from "../../src/db/transaction.ts";
import { EdgeType } from "../../src/graph/graph.entity.ts";
import type { GraphRows, MemoryEdge } from "../../src/graph/memory-traversal.ts";
import type { Kind } from "../../src/kernel/ids.ts";

const kinds: Kind[] = ["RUN", "MODEL_VERSION", "DATASET_VERSION", "COMMIT"];
const types = [EdgeType.CONSUMED, EdgeType.DERIVED, EdgeType.EVALUATED, EdgeType.PARENT_COMMIT];
const latest = 9;
/** Of the containers of `anyGraph`. */
export const scopes = ["risk.data", "churn"] as const;

/**
 * Any graph at all, rings and repeats included: two containers (1 and 2) with a scope each, nodes from 3 on, edges of
 * which some were taken back, recorded one by one and having happened in another order.
 */
export function anyGraph(mostNodes = 12, mostEdges = 30, fewestEdges = 0): fc.Arbitrary<GraphRows> {
  const at = fc.nat(latest);
  const node = fc.record({ kind: fc.constantFrom(...kinds), container: fc.constantFrom(null, 1, 2), at });
  const end = fc.nat(mostNodes - 1);
  const edge = fc.record({
    src: end,
    dst: end,
    type: fc.constantFrom(...types),
    role: fc.constantFrom("", "train"),
    at,
    retractedAt: fc.option(at, { freq: 4 }),
  });
  return fc
    .tuple(
      fc.array(node, { minLength: mostNodes, maxLength: mostNodes }),
      fc.uniqueArray(edge, {
        minLength: fewestEdges,
        maxLength: mostEdges,
        selector: ({ src, dst, type, role }) => `${src} ${dst} ${type} ${role}`,
      }),
    )
    .map(([nodes, edges]) => {
      let seq = 0;
      const containers = (["DATASET", "MODEL"] as const).map((kind, index) => ({
        id: index + 1,
        kind,
        container: null,
        scope: scopes[index]!,
        seq: ++seq,
        occurredAt: 0,
      }));
      const members = nodes.map(({ kind, container, at }, index) => ({
        id: index + 3,
        kind,
        container,
        scope: null,
        seq: ++seq,
        occurredAt: at,
      }));
      const rows = edges.map(
        ({ src, dst, type, role, at, retractedAt }): MemoryEdge => ({
          src: src + 3,
          dst: dst + 3,
          type,
          role,
          seq: ++seq,
          occurredAt: at,
          retracted: retractedAt === null ? null : { seq: ++seq, occurredAt: retractedAt },
        }),
      );
      return { nodes: [...containers, ...members], edges: rows };
    });
}

/** Any place in the journal of `anyGraph`, and sometimes an instant. */
export function anyView(mostNodes = 12, mostEdges = 30) {
  return fc.record({
    seq: fc.oneof(fc.nat(mostNodes + 2 * mostEdges), fc.constant(1_000)),
    occurredBy: fc.option(fc.nat(latest), { freq: 2 }),
  });
}

/** Puts rows into the tables as they are, in place of what was there. */
export async function load(db: Database, { nodes, edges }: GraphRows): Promise<void> {
  const retractions = edges.flatMap(({ retracted }) => (retracted ? [retracted] : []));
  const events = [
    ...[...edges, ...retractions].map(({ seq, occurredAt }) => [seq, occurredAt, 0] as const),
    ...nodes.map(({ id, seq, occurredAt }) => [seq, occurredAt, id] as const),
  ];
  const eventRows = [...new Map(events.map((event) => [event[0], event])).values()].map(
    ([seq, occurredAt, subject]) =>
      [seq, seq, "test", 1, seq, occurredAt, 1, null, subject, null, "{}", "", "", 0] as const,
  );
  await db.write(async (tx) => {
    await replace(tx, "node", ["id", "kind", "label", "container", "scope"], nodes.map(nodeRow));
    await replace(tx, "edge", "src dst type role seq retractedSeq isInferred".split(" "), edges.map(edgeRow));
    const columns =
      "seq groupSeq type schemaVersion recordedAt occurredAt actorId attributedToHash subjectId containerId body prevHash hash isImported";
    await replace(tx, "event", columns.split(" "), eventRows);
  });
}

type Cell = string | number | null;

function nodeRow({ id, kind, container, scope }: GraphRows["nodes"][number]): Cell[] {
  return [id, kind, `${kind} ${id}`, container, scope];
}

function edgeRow({ src, dst, type, role, seq, retracted }: MemoryEdge): Cell[] {
  return [src, dst, type, role, seq, retracted?.seq ?? null, 0];
}

/** Written out as text: 100,000 rows by parameters would take the tests' time. */
async function replace(
  tx: Transaction,
  table: string,
  columns: string[],
  rows: readonly (readonly Cell[])[],
) {
  await tx.run(raw(`DELETE FROM ${table}`));
  for (const chunk of chunksOf(rows, 5_000)) {
    const values = chunk.map(
      (row) =>
        `(${row.map((cell) => (typeof cell === "string" ? `'${cell}'` : (cell ?? "NULL"))).join(", ")})`,
    );
    await tx.run(raw(`INSERT INTO ${table} (${columns.join(", ")}) VALUES ${values.join(", ")}`));
  }
}
