import { createHash } from "node:crypto";
import type { Registry } from "./registry.ts";
import type { World } from "./world.ts";

/** What a story is told in: raw data → features → run (with a commit) → version → fine-tuned version. */
export interface Story {
  /** Public ids by short name: raw1, features1, code1, run1, scorer1 …, raw2 …, tuned1. */
  ids: Record<string, string>;
  /** Short names of nodes, in their order. */
  named(nodes: readonly { id: string }[]): string[];
  /** Edges as `from → to`, sorted. */
  arrows(edges: readonly { from: string; to: string }[]): string[];
}

/**
 * Two generations of one model, the second of which was fine-tuned into another model. `prefix` keeps stories in one
 * database apart.
 */
export async function tellStory(world: World, registry: Registry, prefix: string): Promise<Story> {
  const [scorer, tuned] = [`${prefix}-scorer`, `${prefix}-tuned`];
  await registry.model(scorer);
  await registry.model(tuned);
  for (const model of [scorer, scorer, tuned]) await registry.version(model);
  for (const generation of [1, 2])
    await registry.mutate("recordLineage", chapter(prefix, generation), "addedEdges");
  await registry.mutate(
    "recordLineage",
    {
      nodes: [
        { ref: "base", modelVersion: `${scorer}/2` },
        { ref: "tuned", modelVersion: `${tuned}/1` },
      ],
      edges: [{ from: "base", to: "tuned", type: "DERIVED", role: "finetune" }],
    },
    "addedEdges",
  );
  const { tuned1, scorer1, scorer2 } = await world.ask(`{
    tuned1: modelVersion(ref: "${tuned}/1") { id }
    scorer1: modelVersion(ref: "${scorer}/1") { id }
    scorer2: modelVersion(ref: "${scorer}/2") { id } }`);
  const ids: Record<string, string> = { tuned1: tuned1.id, scorer1: scorer1.id, scorer2: scorer2.id };
  for (const generation of [1, 2]) {
    const found = await world.ask(`{
      features: dataset(name: "${prefix}-features") { versions { nodes { id digest } } }
      raw: dataset(name: "${prefix}-raw") { versions { nodes { id digest } } }
      run(runId: "${hex(prefix, `run${generation}`)}") { id }
      commit(sha: "${hex(prefix, `code${generation}`)}") { id } }`);
    const version = (dataset: { versions: { nodes: { id: string; digest: string }[] } }) =>
      dataset.versions.nodes.find(({ digest }) => digest === `${generation}`)!.id;
    ids[`raw${generation}`] = version(found.raw);
    ids[`features${generation}`] = version(found.features);
    ids[`run${generation}`] = found.run.id;
    ids[`code${generation}`] = found.commit.id;
  }
  const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
  const nameOf = (id: string) => names.get(id) ?? id;
  return {
    ids,
    named: (nodes) => nodes.map(({ id }) => nameOf(id)),
    arrows: (edges) => edges.map(({ from, to }) => `${nameOf(from)} → ${nameOf(to)}`).sort(),
  };
}

/** How one generation came about. */
function chapter(prefix: string, generation: number) {
  return {
    nodes: [
      { ref: "raw", datasetVersion: { name: `${prefix}-raw`, digest: `${generation}` } },
      { ref: "features", datasetVersion: { name: `${prefix}-features`, digest: `${generation}` } },
      { ref: "code", commit: { repository: prefix, sha: hex(prefix, `code${generation}`) } },
      { ref: "run", run: { runId: hex(prefix, `run${generation}`), name: `training ${generation}` } },
      { ref: "version", modelVersion: `${prefix}-scorer/${generation}` },
    ],
    edges: [
      { from: "raw", to: "features", type: "DATA_DERIVED" },
      { from: "features", to: "run", type: "CONSUMED", role: "train" },
      { from: "code", to: "run", type: "CODE_OF" },
      { from: "run", to: "version", type: "PRODUCED" },
    ],
  };
}

function hex(...texts: string[]): string {
  return createHash("sha256").update(texts.join("/")).digest("hex").slice(0, 32);
}
