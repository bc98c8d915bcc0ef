import { trackerOf } from "./tracker.ts";
import type { World } from "./world.ts";

/** An edge into a run or a version: what is upstream, how, and whether anybody declared it. */
export interface Upstream {
  type: string;
  role: string | null;
  isInferred: boolean | null;
  label: string | null;
}

/** What leads into this node, by type and label. */
export async function upstreamOf(world: Pick<World, "ask">, id: string, asOf?: string): Promise<Upstream[]> {
  const { lineage } = await world.ask(
    `query ($id: ID!, $asOf: DateTime) { lineage(root: $id, direction: UPSTREAM, depth: 1, asOf: $asOf) {
      nodes { id label } edges { from to type role isInferred } } }`,
    { id, asOf },
  );
  const labels = new Map(lineage.nodes.map((node: { id: string; label: string }) => [node.id, node.label]));
  return lineage.edges
    .map(({ from, type, role, isInferred }: Upstream & { from: string }) => {
      return { type, role, isInferred, label: labels.get(from) };
    })
    .sort((a: Upstream, b: Upstream) => `${a.type} ${a.label}`.localeCompare(`${b.type} ${b.label}`));
}

export const inferredData = (label: string) => ({ type: "CONSUMED", role: null, isInferred: true, label });
export const inferredCode = (sha: string) => ({
  ...{ type: "CODE_OF", role: null, isInferred: true },
  label: sha.slice(0, 10),
});

/** A dataset version that is known. */
export function recorded(world: World, name: string, digest: string, more: object = {}) {
  return trackerOf(world).done("recordDataset", { name, digest, ...more });
}

export const pairs = (facts: Record<string, string>) =>
  Object.entries(facts).map(([key, value]) => ({ key, value }));
