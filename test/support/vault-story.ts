import { type Cast, cast } from "./access.ts";
import { runIdOf } from "./example.ts";
import { registryOf } from "./registry.ts";
import { trackerOf } from "./tracker.ts";
import { startWorld, type World } from "./world.ts";

/**
 * A past that leads in and out of a vault, of which those at `risk.*` know nothing; what is in the vault is marked by *:
 *
 * raw* → features → training* → scorer → secret* → tuned
 *          code → training*      scorer → leaf*
 */
export interface VaultStory {
  world: World;
  /** Their roles are on `risk.*`; the outsider's on `vault.*`. */
  people: Cast;
  /** Public ids by the names above. */
  ids: Record<string, string>;
  /** The names of these nodes; as they are where they have none. */
  named(nodes: readonly { id: string }[]): string[];
  /** Edges as `from → to`, sorted. */
  arrows(edges: readonly { from: string; to: string }[]): string[];
  /** What nobody at `risk.*` may ever read: ids, names, digests of what is in the vault. */
  secrets: string[];
}

export const vaultRun = runIdOf("the vault's training");

export async function startVault(): Promise<VaultStory> {
  const world = await startWorld({ rate: { perSecond: 1e6, burst: 1e9, redisUrl: null } });
  const registry = registryOf(world);
  const tracker = trackerOf(world);
  const data = async (name: string, scope: string) =>
    (await tracker.done("recordDataset", { name, digest: `${name}-digest`, scope })).id as string;
  const ids: Record<string, string> = {
    raw: await data("vault-raw", "vault.data"),
    features: await data("features", "risk.data"),
  };
  await tracker.done("createExperiment", { name: "vault-lab", scope: "vault.lab" });
  const commit = { repository: "risk", sha: "c0de".padEnd(40, "0") };
  const training = { runId: vaultRun, experiment: "vault-lab", name: "vault-training", commit };
  ids.training = (await tracker.run(training)).id;
  ids.code = (await world.ask(`{ commit(sha: "${commit.sha}") { id } }`)).commit.id;
  const models = { scorer: "risk.scorer", secret: "vault.secret", tuned: "risk.tuned", leaf: "vault.leaf" };
  for (const model of Object.values(models)) await registry.model(model);
  const version = async (model: string, more: object = {}) => (await registry.version(model, more)).id;
  ids.scorer = await version(models.scorer, { runId: vaultRun });
  // Before the one that leads on: a cut by the lowest ids must not fall on it.
  ids.leaf = await version(models.leaf, { parents: [{ version: "risk.scorer/1", relation: "vault-role" }] });
  ids.secret = await version(models.secret, {
    parents: [{ version: "risk.scorer/1", relation: "vault-role" }],
  });
  ids.tuned = await version(models.tuned, {
    parents: [{ version: "vault.secret/1", relation: "vault-role" }],
  });
  await registry.mutate("recordLineage", {
    nodes: [
      { ref: "raw", datasetVersion: { name: "vault-raw", digest: "vault-raw-digest" } },
      { ref: "features", datasetVersion: { name: "features", digest: "features-digest" } },
      { ref: "run", run: { runId: vaultRun } },
    ],
    edges: [
      { from: "raw", to: "features", type: "DATA_DERIVED", role: "vault-role" },
      { from: "features", to: "run", type: "CONSUMED", role: "vault-role" },
    ],
  });
  const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
  const nameOf = (id: string) => names.get(id) ?? id;
  const hidden = ["raw", "training", "secret", "leaf"].map((name) => `"${ids[name]}"`);
  return {
    world,
    people: await cast(world, "risk.*", "vault.*"),
    ids,
    named: (nodes) => nodes.map(({ id }) => nameOf(id)),
    arrows: (edges) => edges.map(({ from, to }) => `${nameOf(from)} → ${nameOf(to)}`).sort(),
    secrets: [...hidden, "vault", vaultRun],
  };
}
