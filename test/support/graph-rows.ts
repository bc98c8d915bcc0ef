import fc from "fast-check";
import type { Database } from "../../src/db/database.ts";
import { sql } from "../../src/db/sql.ts";
import { EdgeRow, EdgeType, NodeRow } from "../../src/graph/graph.entity.ts";
import type { GraphRows, MemoryEdge } from "../../src/graph/memory-traversal.ts";
import { RegistryEvent } from "../../src/journal/event.entity.ts";
import type { Kind } from "../../src/kernel/ids.ts";

const kinds: Kind[] = ["RUN", "MODEL_VERSION", "DATASET_VERSION", "COMMIT"];
const types = [EdgeType.CONSUMED, EdgeType.DERIVED, EdgeType.EVALUATED, EdgeType.PARENT_COMMIT];
const latest = 9;

/**
 * Any graph at all, rings and repeats included: two containers (1 and 2), nodes from 3 on, edges of which some were
 * taken back, recorded one by one and having happened in another order.
 */
export function anyGraph(mostNodes = 12, mostEdges = 30): fc.Arbitrary<GraphRows> {
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
        seq: ++seq,
        occurredAt: 0,
      }));
      const members = nodes.map(({ kind, container, at }, index) => ({
        id: index + 3,
        kind,
        container,
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
  await db.write(async (tx) => {
    for (const table of [sql`edge`, sql`node`, sql`event`]) await tx.run(sql`DELETE FROM ${table}`);
    await tx.insert(
      NodeRow,
      nodes.map(({ id, kind, container }) => ({ id, kind, container, label: `${kind} ${id}` })),
    );
    await tx.insert(
      EdgeRow,
      edges.map(({ occurredAt: _, retracted, ...edge }) => ({
        ...edge,
        retractedSeq: retracted?.seq ?? null,
        isInferred: false,
      })),
    );
    const retractions = edges.flatMap(({ retracted }) => (retracted ? [retracted] : []));
    await tx.insert(RegistryEvent, [
      ...nodes.map(({ id, seq, occurredAt }) => eventOf(seq, occurredAt, id)),
      ...[...edges, ...retractions].map(({ seq, occurredAt }) => eventOf(seq, occurredAt, 0)),
    ]);
  });
}

function eventOf(seq: number, occurredAt: number, subjectId: number): RegistryEvent {
  const rest = { type: "test", schemaVersion: 1, actorId: 1, attributedToHash: null, containerId: null };
  const chain = { body: "{}", prevHash: "", hash: "", isImported: false };
  return { seq, groupSeq: seq, recordedAt: seq, occurredAt, subjectId, ...rest, ...chain };
}
