// biome-ignore lint/suspicious/noExplicitAny: a row has the shape of its statement
export type Query = (sql: string, values: unknown[]) => Promise<any[]>;

interface Edge {
  src: number;
  dst: number;
  type: string;
  role: string;
}

const idsPerStatement = 999;
const prefixes: Record<string, string> = { MODEL_VERSION: "mv", RUN: "run", DATASET_VERSION: "dsv" };

/** The raw walk: a statement for up to 999 nodes of a level, a map of what was seen, no as-of, no budget, no cursors. */
async function walk(query: Query, root: number): Promise<{ degrees: Map<number, number>; edges: Edge[] }> {
  const degrees = new Map([[root, 0]]);
  const edges: Edge[] = [];
  let frontier = [root];
  for (let degree = 1; frontier.length > 0; degree++) {
    const found = new Set<number>();
    for (let at = 0; at < frontier.length; at += idsPerStatement) {
      const rows: Edge[] = await query(
        "SELECT src, dst, type, role FROM edge WHERE dst IN (?) AND type <> 'PARENT_COMMIT' AND retractedSeq IS NULL",
        [frontier.slice(at, at + idsPerStatement)],
      );
      for (const edge of rows) {
        edges.push(edge);
        if (!degrees.has(edge.src)) found.add(edge.src);
      }
    }
    frontier = [...found].sort((a, b) => a - b);
    for (const id of frontier) degrees.set(id, degree);
  }
  return { degrees, edges };
}

/** What is upstream of a node: the first nodes, breadth-first, and the edges that are whole among them. */
export async function lineage(query: Query, root: number, first: number) {
  const { degrees, edges } = await walk(query, root);
  const ids = [...degrees.keys()];
  const page = ids.slice(0, first);
  const names = new Map<number, { id: string; kind: string; label: string }>();
  for (let at = 0; at < page.length; at += idsPerStatement) {
    const rows = await query("SELECT id, kind, label FROM node WHERE id IN (?)", [
      page.slice(at, at + idsPerStatement),
    ]);
    for (const { id, kind, label } of rows) names.set(id, { id: `${prefixes[kind]}_${id}`, kind, label });
  }
  const places = new Map(page.map((id, place) => [id, place]));
  const shown = edges
    .filter(({ src, dst }) => places.has(src) && places.has(dst))
    .map((edge) => ({ edge, place: Math.max(places.get(edge.src)!, places.get(edge.dst)!) }))
    .sort((a, b) => a.place - b.place || a.edge.dst - b.edge.dst || a.edge.src - b.edge.src);
  return {
    lineage: {
      nodes: page.map((id) => ({ ...names.get(id)!, degree: degrees.get(id)! })),
      edges: shown.map(({ edge: { src, dst, type, role } }) => ({
        from: names.get(src)!.id,
        to: names.get(dst)!.id,
        type,
        role: role || null,
      })),
      totalNodes: ids.length,
      isPartial: false,
    },
  };
}
