import { person } from "./access.ts";
import type { Example } from "./example.ts";
import type { Registry } from "./registry.ts";
import type { World } from "./world.ts";

const asked = "transitionRequest { id }";

async function versionOf(registry: Registry, own: string): Promise<string> {
  const { id } = await registry.model(own);
  return (await registry.version(id)).id;
}

/** A request by somebody else, about a version of his. */
async function requestOf(
  registry: Registry,
  own: string,
  world: World,
  policy: object = {},
): Promise<string> {
  await registry.model(own);
  await registry.mutate("setPolicy", { model: own, stage: "Production", ...policy }, "policy { revision }");
  const asker = await person(world, `${own} asks`, { grants: [["CONTRIBUTOR", own]] });
  await asker.version(own);
  return (await asker.mutate("requestTransition", { version: `${own}/1`, to: "Production" }, asked))
    .transitionRequest.id;
}

/** Mutations of policies, requests and approvals. */
export const governanceExamples: Example[] = [
  {
    mutation: "setPolicy",
    input: async (_, own) => ({
      model: own,
      stage: "Production",
      approvalsNeeded: 1,
      gates: [{ kind: "METRIC", metric: "auc", compare: { op: "GE", value: 0.8 } }],
    }),
    events: ["policy.set"],
    again: "nothing",
  },
  {
    mutation: "deletePolicy",
    input: async (registry, own) => {
      const policy = { model: own, stage: "Staging" };
      await registry.mutate("setPolicy", { ...policy, maxVersions: 3 }, "policy { revision }");
      return policy;
    },
    events: ["policy.deleted"],
    again: "NOT_FOUND",
  },
  {
    mutation: "rollback",
    input: async (registry, own) => {
      await registry.model(own);
      for (const number of [1, 2]) {
        await registry.version(own);
        await registry.promote(`${own}/${number}`, "Production", { archiveExisting: true });
      }
      return { model: own, stage: "Production", reason: "it fails" };
    },
    events: ["stage.changed", "stage.changed"],
    again: "REFUSED_BY_POLICY",
  },
  {
    mutation: "requestTransition",
    input: async (registry, own) => ({
      version: await versionOf(registry, own),
      to: "Production",
      reason: "go",
    }),
    events: ["transition.requested"],
    again: "ALREADY_EXISTS",
  },
  {
    mutation: "reviewTransition",
    input: async (registry, own, world) => ({
      request: await requestOf(registry, own, world),
      decision: "APPROVE",
      comment: "fine",
    }),
    events: ["approval.given", "stage.changed", "transition.applied"],
    again: "CONFLICT",
  },
  {
    mutation: "reviewTransition",
    when: "where another approval is needed",
    input: async (registry, own, world) => ({
      request: await requestOf(registry, own, world, { approvalsNeeded: 2 }),
      decision: "APPROVE",
    }),
    events: ["approval.given"],
    again: "nothing",
  },
  {
    mutation: "reviewTransition",
    when: "with a no",
    input: async (registry, own, world) => ({
      request: await requestOf(registry, own, world),
      decision: "REJECT",
    }),
    events: ["approval.given", "transition.rejected"],
    again: "CONFLICT",
  },
  {
    mutation: "withdrawTransition",
    input: async (registry, own, world) => ({ request: await requestOf(registry, own, world) }),
    events: ["transition.withdrawn"],
    again: "CONFLICT",
  },
];
