import { readable } from "../db/readable.ts";
import { among, chunksOf, every, join, type Sql, sql, unionAll } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { EdgeType } from "../graph/graph.entity.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clue, InferredFrom } from "./inference.rules.ts";

const perStatement = 100;
/** More than one is too many; of a sha that is another's beginning, both are needed. */
const mostFound = 3;

/** What a clue may mean: a node, and the digest or the sha it is known by. */
export interface Candidate {
  nodeId: number;
  text: string;
}

/** What each of these clues may mean, as far as the actor may read it; in their order. */
export async function candidatesFor(
  tx: Transaction,
  actor: Actor,
  clues: readonly Clue[],
): Promise<Candidate[][]> {
  const found: Candidate[][] = clues.map(() => []);
  for (const chunk of chunksOf([...clues.entries()], perStatement)) {
    const each = chunk.map(([at, clue]) =>
      clue.names === "commit" ? commits(at, clue) : data(at, clue, actor),
    );
    const rows = await tx.query<Candidate & { at: number }>(unionAll(tx, each));
    for (const { at, nodeId, text } of rows) {
      // MySQL pads what it compares: it finds "a" under "a ", too.
      const { names, text: told } = clues[Number(at)]!;
      if (names === "commit" || text === told) found[Number(at)]!.push({ nodeId, text });
    }
  }
  return found;
}

function data(at: number, { text }: Clue, actor: Actor): Sql {
  const where = every([sql`v.digest = ${text}`, ...readable(actor, sql`v.datasetId`)]);
  return sql`SELECT ${at} AS at, v.id AS nodeId, v.digest AS text FROM dataset_version v WHERE ${where} LIMIT ${mostFound}`;
}

/** Whoever writes anywhere may read commits. "g" comes after the last hex digit. */
function commits(at: number, { text }: Clue): Sql {
  return sql`SELECT ${at} AS at, c.id AS nodeId, c.sha AS text FROM git_commit c
    WHERE c.sha >= ${text} AND c.sha < ${`${text}g`} ORDER BY c.sha LIMIT ${mostFound}`;
}

export interface InferredEdge extends InferredFrom {
  src: number;
  dst: number;
  type: EdgeType;
  role: string;
}

/** The inferred edges that lead into these nodes. */
export async function inferredInto(tx: Transaction, nodes: readonly number[]): Promise<InferredEdge[]> {
  const found: InferredEdge[] = [];
  for (const some of chunksOf(nodes, perStatement)) {
    const rows = await tx.query<InferredEdge>(
      sql`SELECT e.src, e.dst, e.type, e.role, v.digest, c.sha FROM edge e
          LEFT JOIN dataset_version v ON v.id = e.src LEFT JOIN git_commit c ON c.id = e.src
          WHERE ${among(sql`e.dst`, some)} AND e.isInferred = ${true} AND e.retractedSeq IS NULL`,
    );
    found.push(...rows);
  }
  return found;
}

/** What these nodes say now under these keys, params and tags alike. */
export async function saidBy(
  tx: Transaction,
  nodes: readonly number[],
  keys: readonly string[],
): Promise<{ nodeId: number; key: string; value: string }[]> {
  const said: { nodeId: number; key: string; value: string }[] = [];
  for (const some of chunksOf(nodes, perStatement)) {
    const where = every([among(sql`nodeId`, some), among(sql`name`, keys)]);
    const tables = [sql`param`, sql`tag`];
    const each = tables.map(
      (table) => sql`SELECT nodeId, name AS \`key\`, value FROM ${table} WHERE ${where}`,
    );
    said.push(...(await tx.query<(typeof said)[number]>(join(each, " UNION ALL "))));
  }
  return said;
}
