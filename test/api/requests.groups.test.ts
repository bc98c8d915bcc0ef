import { beforeAll, expect, it } from "vitest";
import { identityProvider } from "../support/identity-provider.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld } from "../support/world.ts";

let administrator: Registry;
let of: (subject: string, groups: string[]) => Promise<Registry>;

beforeAll(async () => {
  const provider = await identityProvider();
  const world = await startWorld({ oidc: provider.settings() });
  administrator = registryOf(world);
  of = async (subject, groups) => registryOf(world.as(await provider.tokenOf(subject, { groups })));
  return async () => {
    await world.close();
    await provider.stop();
  };
});

const asked = "transitionRequest { id status }";

it("counts an approval by the roles of the reviewer's groups, until the group has lost its role", async () => {
  const model = "risk.grouped";
  await administrator.model(model);
  await administrator.mutate(
    "setPolicy",
    { model, stage: "Production", approvalsNeeded: 2 },
    "policy { id }",
  );
  const grants: Record<string, string> = {};
  for (const [group, role] of [
    ["makers", "CONTRIBUTOR"],
    ["readers", "VIEWER"],
    ["checkers", "APPROVER"],
    ["others", "APPROVER"],
  ] as const) {
    const { grant } = await administrator.mutate(
      "grantRole",
      { group, role, scope: "risk.*" },
      "grant { id }",
    );
    grants[group] = grant.id;
  }
  const maker = await of("maker", ["makers"]);
  const first = await of("first", ["readers", "checkers"]);
  const second = await of("second", ["others"]);
  await maker.version(model);
  const wish = { version: `${model}/1`, to: "Production" };
  const { id: request } = (await maker.mutate("requestTransition", wish, asked)).transitionRequest;
  const approve = async (who: Registry) =>
    (await who.mutate("reviewTransition", { request, decision: "APPROVE" }, asked)).transitionRequest.status;
  expect(await approve(first)).toBe("PENDING");
  await administrator.mutate("revokeRole", { grant: grants.checkers }, "grant { id }");
  expect(await approve(second)).toBe("PENDING");
  await administrator.mutate(
    "grantRole",
    { group: "readers", role: "APPROVER", scope: model },
    "grant { id }",
  );
  expect(await approve(first)).toBe("APPLIED");
});
