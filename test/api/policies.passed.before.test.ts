import { expect, it, onTestFinished } from "vitest";
import { PassedPolicies12 } from "../../src/db/migrations/0012-passed-policies.ts";
import { changeRows } from "../support/access.ts";
import { freshDatabase } from "../support/engines.ts";
import { registryOf } from "../support/registry.ts";
import { startWorld } from "../support/world.ts";

it("a database from before stays were marked knows its emergencies and open policies, and takes nothing else for passed", async () => {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  const world = await startWorld({ settings });
  const registry = registryOf(world);
  const policyOf = (model: string, policy: object) =>
    registry.mutate("setPolicy", { model, stage: "Production", ...policy }, "policy { id }");
  const gated = { gates: [{ kind: "SIGNATURE" }], breakGlassRoles: ["ADMIN"] };
  for (const [model, pattern, policy] of [
    ["emergency", "emergency", gated],
    ["passed", "passed.*", { maxVersions: 5 }],
    ["open", "open", {}],
  ] as const) {
    await registry.model(model);
    await registry.version(model);
    await policyOf(pattern, policy);
    const breakGlass = model === "emergency" ? { breakGlass: { reason: "now" } } : {};
    await registry.promote(`${model}/1`, "Production", breakGlass);
  }
  await world.close();
  await changeRows(
    world,
    "UPDATE stage_change SET passedPolicyId = NULL, passedRevision = NULL, isBreakGlass = NULL",
  );
  await changeRows(world, "UPDATE policy SET isOpen = NULL");
  await changeRows(world, "DELETE FROM policy_prefix");
  await changeRows(world, `DELETE FROM migration WHERE name = '${new PassedPolicies12().name}'`);

  const again = await startWorld({ settings });
  onTestFinished(again.close);
  const { modelVersions } = await again.ask(
    "{ modelVersions { nodes { model { name } isBreakGlass violatesPolicy } } }",
  );
  const told = modelVersions.nodes.map(({ model, ...is }: { model: { name: string } }) => [model.name, is]);
  expect(Object.fromEntries(told)).toEqual({
    emergency: { isBreakGlass: true, violatesPolicy: true },
    passed: { isBreakGlass: false, violatesPolicy: true },
    open: { isBreakGlass: false, violatesPolicy: false },
  });
});
