import { beforeAll, describe, expect, it } from "vitest";
import { type Cast, cast, denial, person } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let administrator: Registry;
let people: Cast;

beforeAll(async () => {
  world = await startWorld();
  administrator = registryOf(world);
  people = await cast(world);
  for (const name of ["risk.fraud", "risk.churn", "other.model", "risky"])
    await administrator.version(name, { createModel: true });
  return world.close;
});

const models = async ({ ask }: Pick<World, "ask">): Promise<string[]> =>
  (await ask("{ models { nodes { name } } }")).models.nodes.map(({ name }: { name: string }) => name);
const forbidden = (name: string, what: string, where: string) => ({
  code: "FORBIDDEN",
  message: `${name} may not do this: it needs ${what} on ${where}`,
});

describe("a grant", () => {
  it("holds on its scope, what stands under it and nothing beside", async () => {
    for (const [scope, expected] of [
      ["*", ["other.model", "risk.churn", "risk.fraud", "risky"]],
      ["risk.*", ["risk.churn", "risk.fraud"]],
      ["risk.fraud", ["risk.fraud"]],
      ["risk", []],
      ["elsewhere.*", []],
    ] as const) {
      const reader = await person(world, `reader of ${scope}`, { grants: [["VIEWER", scope]] });
      expect(await models(reader), scope).toEqual(expected);
    }
  });

  it("works from the next request on, and no more from the next after it is revoked", async () => {
    const ann = await person(world, "ann");
    expect(await models(ann)).toEqual([]);
    const { grant } = await administrator.mutate("grantRole", {
      actor: "ann",
      role: "VIEWER",
      scope: "risk.*",
    });
    expect(await models(ann)).toEqual(["risk.churn", "risk.fraud"]);
    const more = await administrator.mutate("grantRole", {
      actor: "ann",
      role: "VIEWER",
      scope: "other.model",
    });
    expect(await models(ann)).toEqual(["other.model", "risk.churn", "risk.fraud"]);
    await administrator.mutate("revokeRole", { grant: grant.id });
    expect(await models(ann)).toEqual(["other.model"]);
    await administrator.mutate("revokeRole", { actor: ann.id, role: "VIEWER", scope: "other.model" });
    expect(await models(ann)).toEqual([]);
    const { node } = await world.ask(
      "query ($id: ID!) { node(id: $id) { ... on Grant { revokedAt createdBy { name } } } }",
      {
        id: more.grant.id,
      },
    );
    expect(node).toEqual({ revokedAt: expect.any(String), createdBy: { name: "administrator" } });
  });

  it("that was revoked may be made again: as another", async () => {
    await person(world, "bea");
    const holding = { actor: "bea", role: "VIEWER", scope: "risk.*" };
    const first = await administrator.mutate("grantRole", holding);
    await administrator.mutate("revokeRole", holding);
    const second = await administrator.mutate("grantRole", holding);
    expect(second.grant.id).not.toBe(first.grant.id);
    expect(await administrator.attempt("grantRole", holding)).toEqual(second);
    const list = "query ($filter: GrantFilter) { grants(filter: $filter) { totalCount nodes { id } } }";
    const live = await world.ask(list, { filter: { actor: "bea" } });
    expect(live.grants).toEqual({ totalCount: 1, nodes: [{ id: second.grant.id }] });
    const all = await world.ask(list, { filter: { actor: "bea", includeRevoked: true } });
    expect(all.grants.nodes).toEqual([{ id: second.grant.id }, { id: first.grant.id }]);
  });

  it("names one holder, a role that is there and a scope", async () => {
    await person(world, "cid");
    const cid = { actor: "cid", role: "VIEWER", scope: "risk.*" };
    for (const [input, code, field] of [
      [{ ...cid, group: "g" }, "INVALID", "actor"],
      [{ ...cid, actor: null }, "INVALID", "actor"],
      [{ ...cid, actor: "nobody there" }, "NOT_FOUND", "actor"],
      [{ ...cid, role: "viewer" }, "NOT_FOUND", "role"],
      [{ ...cid, scope: "risk*" }, "INVALID", "scope"],
      [{ ...cid, scope: "" }, "INVALID", "scope"],
      [{ ...cid, actor: null, group: "" }, "INVALID", "group"],
    ] as const) {
      const refusal = await administrator.refusal("grantRole", input);
      expect(refusal, JSON.stringify(input)).toMatchObject({ code, path: ["input", field] });
    }
    for (const [input, code, field] of [
      [cid, "NOT_FOUND", "role"],
      [{ grant: "grt_4000000" }, "NOT_FOUND", "grant"],
      [{ grant: "grt_7", role: "VIEWER" }, "INVALID", "grant"],
      [{ actor: "cid", role: "VIEWER" }, "INVALID", "scope"],
      [{ actor: "cid", scope: "*" }, "INVALID", "role"],
      [{}, "INVALID", "role"],
    ] as const) {
      const refusal = await administrator.refusal("revokeRole", input);
      expect(refusal, JSON.stringify(input)).toMatchObject({ code, path: ["input", field] });
    }
  });

  it("to a group is listed by the group, and tells of no actor", async () => {
    const { grant } = await administrator.mutate(
      "grantRole",
      { group: "risk-team", role: "APPROVER", scope: "risk.fraud" },
      "grant { group role scope actor { id } }",
    );
    expect(grant).toEqual({ group: "risk-team", role: "APPROVER", scope: "risk.fraud", actor: null });
    const list = "query ($filter: GrantFilter) { grants(filter: $filter) { nodes { group } } }";
    const { grants } = await people.admin.ask(list, { filter: { group: { startsWith: "risk-" } } });
    expect(grants.nodes).toEqual([{ group: "risk-team" }]);
    expect((await people.maintainer.ask(list, {})).grants.nodes).toEqual([{ group: null }]);
  });

  it("is given and taken by who may grant all over its scope", async () => {
    const { grant } = await people.admin.mutate("grantRole", {
      actor: "nobody",
      role: "VIEWER",
      scope: "risk.a.*",
    });
    for (const who of [people.maintainer, people.viewer, people.outsider]) {
      const input = { actor: "nobody", role: "VIEWER", scope: "risk.*" };
      expect(await denial(who, "grantRole", input)).toEqual(forbidden(who.name, "role:grant", "risk.*"));
      expect(await denial(who, "revokeRole", input)).toEqual(forbidden(who.name, "role:grant", "risk.*"));
      expect(await who.refusal("revokeRole", { grant: grant.id })).toMatchObject({ code: "NOT_FOUND" });
    }
    const own = (await people.viewer.ask("{ viewer { grants { nodes { id } } } }")).viewer.grants.nodes[0];
    expect(await denial(people.viewer, "revokeRole", { grant: own.id })).toEqual(
      forbidden("viewer", "role:grant", "risk.*"),
    );
    await people.admin.mutate("revokeRole", { grant: grant.id });
  });
});

describe("a role of the registry's own", () => {
  it("allows what it names, one stage at a time where it says so", async () => {
    await administrator.mutate("defineRole", {
      name: "STAGER",
      permissions: ["registry:read", "stage:transition:Staging"],
    });
    const dan = await person(world, "dan", { grants: [["STAGER", "risk.*"]] });
    await dan.promote("risk.fraud/1", "Staging");
    expect(
      await denial(dan, "transitionModelVersion", { version: "risk.fraud/1", to: "Production" }),
    ).toMatchObject({
      code: "FORBIDDEN",
    });
    await people.maintainer.promote("risk.fraud/1", "Production");
    const { viewer } = await dan.ask(`{ viewer {
      staging: can(permission: "stage:transition:Staging", scope: "risk.fraud")
      production: can(permission: "stage:transition:Production", scope: "risk.fraud")
      any: can(permission: "stage:transition", scope: "risk.fraud")
      permissions(scope: "risk.*") } }`);
    expect(viewer).toEqual({
      staging: true,
      production: false,
      any: false,
      permissions: ["registry:read", "stage:transition:Staging"],
    });
  });

  it("changes for all who hold it, from the next request on", async () => {
    const define = (permissions: string[], more: object = {}) =>
      administrator.mutate("defineRole", { name: "HELPER", permissions, ...more });
    expect((await define(["registry:read"], { expectedRevision: 0 })).role.revision).toBe(1);
    const eve = await person(world, "eve", { grants: [["HELPER", "risk.*"]] });
    const can = async () =>
      (await eve.ask('{ viewer { can(permission: "alias:write", scope: "risk.fraud") } }')).viewer.can;
    expect(await can()).toBe(false);
    expect((await define(["registry:read", "alias:write"])).role.revision).toBe(2);
    expect(await can()).toBe(true);
    await eve.mutate("setAlias", { model: "risk.fraud", alias: "champion", version: 1 });
    expect((await define(["alias:write", "registry:read", "alias:write"])).role.revision).toBe(2);
    expect((await define(["registry:read"], { expectedRevision: 2 })).role.revision).toBe(3);
    expect(await can()).toBe(false);
    const late = { name: "HELPER", permissions: ["alias:write"], expectedRevision: 2 };
    expect(await administrator.refusal("defineRole", late)).toMatchObject({
      code: "CONFLICT",
      path: ["input", "expectedRevision"],
    });
  });

  it("is listed after the built-in ones, with what it allows in words", async () => {
    await administrator.mutate("defineRole", { name: "A_ROLE", permissions: ["stage:transition:QA"] });
    const { roles } = await people.nobody.ask(
      "{ roles { id name isBuiltIn revision createdAt permissions { name description } } }",
    );
    expect(roles.slice(0, 6).map(({ name }: { name: string }) => name)).toEqual([
      "VIEWER",
      "CONTRIBUTOR",
      "APPROVER",
      "MAINTAINER",
      "ADMIN",
      "A_ROLE",
    ]);
    expect(roles[5]).toMatchObject({
      isBuiltIn: false,
      revision: 1,
      createdAt: expect.any(String),
      permissions: [{ name: "stage:transition:QA", description: "move versions into the stage QA" }],
    });
    expect(roles[0]).toMatchObject({ isBuiltIn: true, createdAt: null });
    for (const { id, name } of roles) {
      const { node } = await people.nobody.ask(
        "query ($id: ID!) { node(id: $id) { id ... on Role { name } } }",
        { id },
      );
      expect(node).toEqual({ id, name });
    }
  });

  it("can be deleted once nobody holds it; its name may come back and gives back nothing", async () => {
    const name = "PASSING";
    await administrator.mutate("defineRole", { name, permissions: ["registry:read"] });
    const fay = await person(world, "fay", { grants: [[name, "risk.*"]] });
    expect(await administrator.refusal("deleteRole", { name })).toMatchObject({
      code: "CONFLICT",
      message: "role PASSING is held by grants (1); revoke them first",
    });
    await administrator.mutate("revokeRole", { actor: "fay", role: name, scope: "risk.*" });
    const { role } = await administrator.mutate("deleteRole", { name, expectedRevision: 1 });
    expect(role.deletedAt).not.toBeNull();
    expect(await administrator.refusal("grantRole", { actor: "fay", role: name, scope: "*" })).toMatchObject({
      code: "NOT_FOUND",
    });
    const again = await administrator.mutate("defineRole", { name, permissions: ["registry:read"] });
    expect(again.role).toMatchObject({ revision: 1 });
    expect(again.role.id).not.toBe(role.id);
    expect(await models(fay)).toEqual([]);
  });

  it("is refused under a built-in name, with unknown permissions or with none", async () => {
    for (const [input, field] of [
      [{ name: "ADMIN", permissions: ["registry:read"] }, "name"],
      [{ name: "admin", permissions: ["registry:read"] }, "name"],
      [{ name: "NONE", permissions: [] }, "permissions"],
      [{ name: "WRONG", permissions: ["registry:read", "registry:write"] }, "permissions.1"],
    ] as const) {
      expect(await administrator.refusal("defineRole", input), JSON.stringify(input)).toMatchObject({
        code: "INVALID",
        path: ["input", ...field.split(".")],
      });
    }
    expect(await administrator.refusal("deleteRole", { name: "ADMIN" })).toMatchObject({ code: "INVALID" });
  });
});
