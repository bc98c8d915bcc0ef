import { type Connection, createConnection } from "mysql2/promise";
import { benchPrefix } from "./seed.ts";

/** Graphs that share nothing, so that the closure upstream of each root holds exactly `size` nodes. */
export interface SeededClosure {
  size: number;
  /** Node numbers of model versions. */
  roots: number[];
}

const closures = [
  { size: 100, graphs: 40 },
  { size: 1_000, graphs: 8 },
  { size: 10_000, graphs: 3 },
];
const sourcesPerNode = 4;
const rowsPerInsert = 1_000;
const membersPerContainer = 20;

/** From the root up: what a version came from, and that again. */
const kinds = ["MODEL_VERSION", "RUN", "DATASET_VERSION"] as const;
const kindAt = (level: number) => (level === 0 ? kinds[0] : kinds[level % 2 === 1 ? 1 : 2]);

/** What holds nodes of each kind. */
const containerKinds = { MODEL_VERSION: "MODEL", RUN: "EXPERIMENT", DATASET_VERSION: "DATASET" } as const;

type Kind = (typeof kinds)[number];
type NodeRow = [id: number, kind: Kind, label: string];
type ContainerRow = [id: number, kind: string, label: string, scope: string];
type EdgeRow = [src: number, dst: number, type: string, role: string, seq: number, isInferred: 0];

/** A pseudo-random number from 0 to n − 1; the same graphs in each run. */
function picker(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

function shuffled(ids: number[], pick: (n: number) => number): number[] {
  for (let at = ids.length - 1; at > 0; at--) {
    const other = pick(at + 1);
    [ids[at], ids[other]] = [ids[other]!, ids[at]!];
  }
  return ids;
}

/** Each level holds four times the one below it; every other node feeds a second one there, too. */
function graphOf(ids: readonly number[], seq: number, pick: (n: number) => number) {
  const nodes: NodeRow[] = [];
  const edges: EdgeRow[] = [];
  let below: number[] = [];
  for (let level = 0, at = 0; at < ids.length; level++) {
    const here = ids.slice(at, at + sourcesPerNode ** level);
    for (const id of here) {
      nodes.push([id, kindAt(level), `node ${id}`]);
      if (level === 0) continue;
      const [type, role] = kindAt(level) === "RUN" ? ["PRODUCED", ""] : ["CONSUMED", "train"];
      const feeds = new Set([below[pick(below.length)]!]);
      if (pick(2) === 0) feeds.add(below[pick(below.length)]!);
      for (const dst of feeds) edges.push([id, dst, type!, role!, seq, 0]);
    }
    at += here.length;
    below = here;
  }
  return { nodes, edges };
}

/** Containers with numbers behind those of the nodes, some twenty nodes in each; and the nodes, each in one of its kind. */
function contained(nodes: readonly NodeRow[], lastId: number, pick: (n: number) => number) {
  const containers: ContainerRow[] = [];
  const members: [...NodeRow, container: number][] = [];
  for (const kind of kinds) {
    const held = nodes.filter((node) => node[1] === kind);
    const first = lastId + 1 + containers.length;
    const count = Math.ceil(held.length / membersPerContainer);
    for (let id = first; id < first + count; id++) {
      containers.push([id, containerKinds[kind], `container ${id}`, `${benchPrefix}.lineage.${id}`]);
    }
    for (const node of held) members.push([...node, first + pick(count)]);
  }
  return { containers, members };
}

export async function insert(connection: Connection, into: string, rows: unknown[][]): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsPerInsert) {
    await connection.query(`INSERT INTO ${into} VALUES ?`, [rows.slice(at, at + rowsPerInsert)]);
  }
}

/**
 * Straight into the two tables of the graph, as of the journal's head: drawing a closure reads nothing else. Numbers are
 * dealt at random over all graphs, as those of a registry with a past are.
 */
export async function seedLineage(databaseUrl: string): Promise<SeededClosure[]> {
  const connection = await createConnection(databaseUrl);
  try {
    // biome-ignore lint/suspicious/noExplicitAny: a row has the shape of its statement
    const [[start]] = await connection.query<any>(
      "SELECT (SELECT MAX(id) FROM node) AS lastId, (SELECT seq FROM journal_head) AS seq",
    );
    const pick = picker(1);
    const count = closures.reduce((sum, { size, graphs }) => sum + size * graphs, 0);
    const ids = shuffled(
      Array.from({ length: count }, (_, index) => start.lastId + 1 + index),
      pick,
    );
    const seeded: SeededClosure[] = [];
    const all = { nodes: [] as NodeRow[], edges: [] as EdgeRow[] };
    for (const { size, graphs } of closures) {
      const roots: number[] = [];
      for (let graph = 0; graph < graphs; graph++) {
        const { nodes, edges } = graphOf(ids.splice(0, size), start.seq, pick);
        roots.push(nodes[0]![0]);
        all.nodes.push(...nodes);
        all.edges.push(...edges);
      }
      seeded.push({ size, roots });
    }
    const { containers, members } = contained(all.nodes, start.lastId + count, pick);
    await insert(connection, "node (id, kind, label, scope)", containers);
    await insert(connection, "node (id, kind, label, container)", members);
    await insert(connection, "edge (src, dst, type, role, seq, isInferred)", all.edges);
    await connection.query("ANALYZE TABLE node, edge");
    return seeded;
  } finally {
    await connection.end();
  }
}
