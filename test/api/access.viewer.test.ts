import { beforeAll, expect, it } from "vitest";
import { type Cast, cast, person } from "../support/access.ts";
import { registryOf } from "../support/registry.ts";
import { type Asker, startWorld, type World } from "../support/world.ts";

let world: World;
let people: Cast;

beforeAll(async () => {
  world = await startWorld();
  people = await cast(world);
  return world.close;
});

const question =
  "query ($permission: String!, $scope: String!) { viewer { can(permission: $permission, scope: $scope) } }";
const can = async ({ ask }: Asker, permission: string, scope: string): Promise<boolean> =>
  (await ask(question, { permission, scope })).viewer.can;

it("the viewer knows what it may do in a scope, and all over a pattern", async () => {
  const { maintainer, limited, nobody } = people;
  for (const [scope, expected] of [
    ["risk", true],
    ["risk.fraud", true],
    ["risk.*", true],
    ["risk.fraud.*", true],
    ["risky", false],
    ["*", false],
    ["", false],
  ] as const) {
    expect(await can(maintainer, "alias:write", scope), scope).toBe(expected);
    expect(await can(limited, "registry:read", scope), scope).toBe(expected);
    expect(await can(limited, "alias:write", scope), scope).toBe(false);
    expect(await can(nobody, "registry:read", scope), scope).toBe(false);
    expect(await can(world, "actor:write", scope), scope).toBe(true);
  }
  expect(await can(maintainer, "stage:transition:Production", "risk.fraud")).toBe(true);
  expect(await can(maintainer, "transition:review", "risk.fraud")).toBe(false);
});

it("what it asks must be a permission and a scope", async () => {
  for (const [permission, scope, field] of [
    ["alias:read", "*", "permission"],
    ["", "*", "permission"],
    ["alias:write", "risk*", "scope"],
    ["alias:write", " risk", "scope"],
  ]) {
    const { errors } = await people.viewer.graphql(question, { permission, scope });
    expect(errors).toMatchObject([
      { message: expect.stringMatching(`^${field}: expected `), extensions: { code: "BAD_USER_INPUT" } },
    ]);
  }
});

it("lists its permissions there, as far as the token goes", async () => {
  const listed = async ({ ask }: Asker, scope: string): Promise<string[]> =>
    (await ask("query ($scope: String!) { viewer { permissions(scope: $scope) } }", { scope })).viewer
      .permissions;
  expect(await listed(people.viewer, "risk.a")).toEqual(["registry:read"]);
  expect(await listed(people.approver, "risk.*")).toEqual([
    "registry:read",
    "artifact:download",
    "transition:review",
    "validation:record",
  ]);
  expect(await listed(people.limited, "risk.a")).toEqual(["registry:read"]);
  expect(await listed(people.approver, "other.a")).toEqual([]);
  expect(await listed(world, "")).toHaveLength(26);
});

it("shows its token and its grants page by page; the administrator has neither", async () => {
  const { viewer } = await world.ask(
    "{ viewer { actor { id name kind } token { id } groups grants { totalCount } rateLimit { limit } } }",
  );
  expect(viewer).toEqual({
    actor: { id: "act_1", name: "administrator", kind: "SERVICE" },
    token: null,
    groups: [],
    grants: { totalCount: 0 },
    rateLimit: null,
  });
  const ann = await person(world, "ann", {
    grants: [
      ["VIEWER", "risk.*"],
      ["APPROVER", "risk.*"],
      ["VIEWER", "other.*"],
    ],
  });
  const page = `query ($after: String) { viewer { token { id } grants(first: 2, after: $after) {
    totalCount nodes { role scope } pageInfo { hasNextPage endCursor } } } }`;
  const first = (await ann.ask(page)).viewer;
  expect(first.token).toEqual({ id: ann.tokenId });
  expect(first.grants).toMatchObject({
    totalCount: 3,
    nodes: [
      { role: "VIEWER", scope: "other.*" },
      { role: "APPROVER", scope: "risk.*" },
    ],
    pageInfo: { hasNextPage: true },
  });
  const second = (await ann.ask(page, { after: first.grants.pageInfo.endCursor })).viewer;
  expect(second.grants.nodes).toEqual([{ role: "VIEWER", scope: "risk.*" }]);
});

it("a page of actors with their tokens and grants costs as many statements however many they are", async () => {
  const registry = registryOf(world);
  const page = `query ($first: Int) { actors(first: $first, filter: { name: { startsWith: "many" } }) {
    nodes { tokens { totalCount nodes { name createdBy { name } } } grants { totalCount nodes { role } } } } }`;
  for (let at = 0; at < 20; at++) {
    await person(world, `many ${at}`, { grants: [["VIEWER", "risk.*"]] });
    await registry.mutate("createToken", { actor: `many ${at}`, name: "second" });
  }
  const statements = async (first: number) =>
    (await world.statementsOf(() => world.ask(page, { first }))).length;
  expect(await statements(20)).toBe(await statements(2));
});
