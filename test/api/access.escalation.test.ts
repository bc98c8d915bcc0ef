import { beforeAll, describe, expect, it } from "vitest";
import { type Cast, cast, denial, type Person, person } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let administrator: Registry;
let people: Cast;
/** Manages actors everywhere, and may do nothing else. */
let helpdesk: Person;
/** Defines and grants roles everywhere, and may do nothing else but read. */
let registrar: Person;

beforeAll(async () => {
  world = await startWorld();
  administrator = registryOf(world);
  people = await cast(world);
  await administrator.mutate("defineRole", { name: "HELPDESK", permissions: ["actor:write"] });
  const granting = ["registry:read", "role:write", "role:grant"];
  await administrator.mutate("defineRole", { name: "REGISTRAR", permissions: granting });
  helpdesk = await person(world, "helpdesk", { grants: [["HELPDESK", "*"]] });
  registrar = await person(world, "registrar", { grants: [["REGISTRAR", "*"]] });
  await administrator.version("risk.fraud", { createModel: true });
  await administrator.version("other.model", { createModel: true });
  return world.close;
});

/** Refused with FORBIDDEN that says what it would have given, and nothing written. */
async function refused(who: Person, mutation: string, input: object, excess: string): Promise<void> {
  const before = await rowCounts(world.settings);
  const { code, message } = await denial(who, mutation, input);
  expect(code, message).toBe("FORBIDDEN");
  expect(message).toContain(excess);
  expect(await rowCounts(world.settings)).toEqual(before);
}

describe("a narrowed token", () => {
  it("makes none that allows more than itself", async () => {
    const narrow = await person(world, "narrow", {
      grants: [["ADMIN", "*"]],
      scopes: ["CONTRIBUTOR@risk.*", "alias:write@risk.fraud"],
    });
    for (const [scopes, excess] of [
      [undefined, "registry:read on *"],
      [["*"], "registry:read on *"],
      [["registry:read"], "registry:read on *"],
      [["CONTRIBUTOR@other.*"], "on other.*"],
      [["MAINTAINER@risk.*"], "on risk.*"],
      [["alias:write@risk.*"], "alias:write on risk.*"],
      [["VIEWER@risk.a", "role:grant@risk.a"], "role:grant on risk.a"],
    ] as const) {
      await refused(narrow, "createToken", { name: "wider", scopes }, excess);
    }
    const { secret } = await narrow.mutate("createToken", { name: "narrower", scopes: ["VIEWER@risk.a.*"] });
    const narrower = world.as(secret);
    const can = async (permission: string, scope: string) =>
      (
        await narrower.ask(
          "query ($permission: String!, $scope: String!) { viewer { can(permission: $permission, scope: $scope) } }",
          {
            permission,
            scope,
          },
        )
      ).viewer.can;
    expect(await can("registry:read", "risk.a.b")).toBe(true);
    expect(await can("registry:read", "risk.b")).toBe(false);
    expect(await can("model:write", "risk.a.b")).toBe(false);
  });

  it("neither renews nor ends another of the same actor that allows more", async () => {
    const { name, tokenId } = await person(world, "whole", { grants: [["ADMIN", "*"]] });
    const narrow = await administrator.mutate("createToken", { actor: name, name: "n", scopes: ["VIEWER"] });
    const holder = { ...registryOf(world.as(narrow.secret)), ...world.as(narrow.secret) } as Person;
    await refused(holder, "rotateToken", { token: tokenId }, "on *");
    await refused(holder, "revokeToken", { token: tokenId }, "on *");
    await holder.mutate("rotateToken", { token: narrow.token.id });
  });

  it("uses no right that its actor has beyond it", async () => {
    const { name } = await person(world, "able", { grants: [["ADMIN", "*"]] });
    const { secret } = await administrator.mutate("createToken", {
      actor: name,
      name: "r",
      scopes: ["VIEWER", "role:grant"],
    });
    const able = world.as(secret) as Person;
    await refused(able, "grantRole", { actor: "nobody", role: "ADMIN", scope: "*" }, "on *");
    await refused(able, "createActor", { name: "x", kind: "PERSON" }, "actor:write on *");
    await refused(able, "defineRole", { name: "X", permissions: ["registry:read"] }, "role:write on *");
    await refused(people.limited, "createModel", { name: "risk.new" }, "model:write on risk.new");
  });
});

describe("whoever manages actors", () => {
  it("makes and renews no token of others, who may do more one day, unless he may do everything", async () => {
    for (const actor of ["viewer", "maintainer", "registrar", "nobody"]) {
      await refused(helpdesk, "createToken", { actor, name: "mine now" }, "more than helpdesk may do here");
    }
    await refused(
      helpdesk,
      "rotateToken",
      { token: people.viewer.tokenId },
      "more than helpdesk may do here",
    );
    const chief = await person(world, "chief of all", { grants: [["ADMIN", "*"]] });
    const { secret } = await chief.mutate("createToken", { actor: "nobody", name: "first" });
    expect(secret).toMatch(/^stm_/);
  });

  it("makes no token of the administrator, who has that of the settings", async () => {
    const chief = await person(world, "chief", { grants: [["ADMIN", "*"]] });
    for (const who of [chief, administrator]) {
      expect(await who.refusal("createToken", { actor: "administrator", name: "x" })).toMatchObject({
        code: "CONFLICT",
        path: ["input", "actor"],
      });
    }
    await refused(people.admin, "createToken", { actor: "administrator", name: "x" }, "actor:write on *");
  });

  it("may end any token, which gives nobody anything", async () => {
    const victim = await person(world, "leaked", { grants: [["ADMIN", "*"]] });
    const { userErrors } = await helpdesk.attempt("revokeToken", { token: victim.tokenId });
    expect(userErrors).toEqual([]);
    expect((await victim.graphql("{ viewer { actor { id } } }")).status).toBe(401);
  });
});

describe("nobody else", () => {
  it("makes, renews or ends a token of another, nor learns that it is there", async () => {
    for (const who of [people.viewer, people.maintainer, people.admin, people.outsider]) {
      const token = people.contributor.tokenId;
      await refused(who, "createToken", { actor: "contributor", name: "x" }, "actor:write on *");
      for (const mutation of ["rotateToken", "revokeToken"]) {
        const there = await who.refusal(mutation, { token });
        const gone = await who.refusal(mutation, { token: "tok_4000000" });
        expect(there).toEqual({ ...gone, message: `token ${token} not found` });
        expect(there.code).toBe("NOT_FOUND");
      }
    }
    expect((await people.contributor.graphql("{ viewer { actor { id } } }")).status).toBe(200);
  });
});

describe("whoever grants roles", () => {
  it("grants himself nothing that he has not got, nor another", async () => {
    for (const actor of ["registrar", "nobody"]) {
      for (const role of ["ADMIN", "MAINTAINER", "CONTRIBUTOR", "HELPDESK"]) {
        await refused(registrar, "grantRole", { actor, role, scope: "risk.fraud" }, "on risk.fraud");
      }
    }
    await registrar.mutate("grantRole", { actor: "nobody", role: "VIEWER", scope: "spare.*" });
  });

  it("widens no role, his own least of all, by what he has not got", async () => {
    const more = ["registry:read", "role:write", "role:grant", "model:write"];
    await refused(registrar, "defineRole", { name: "REGISTRAR", permissions: more }, "model:write on *");
    await refused(
      registrar,
      "defineRole",
      { name: "NEW", permissions: ["stage:transition:Production"] },
      "on *",
    );
    await registrar.mutate("defineRole", { name: "READER", permissions: ["registry:read"] });
  });

  it("on a scope of his own defines no role, whatever he holds there", async () => {
    await refused(
      people.admin,
      "defineRole",
      { name: "RISKY", permissions: ["registry:read"] },
      "role:write on *",
    );
    await refused(people.admin, "deleteRole", { name: "HELPDESK" }, "role:write on *");
  });

  it("on a scope of his own grants there, and neither wider nor elsewhere", async () => {
    const grant = (scope: string) => ({ actor: "nobody", role: "VIEWER", scope });
    for (const scope of ["*", "other.*", "other.model", "risky", "ris.*"]) {
      await refused(people.admin, "grantRole", grant(scope), `role:grant on ${scope}`);
    }
    for (const scope of ["risk", "risk.*", "risk.fraud", "risk.fraud.*"]) {
      await people.admin.mutate("grantRole", grant(scope));
    }
    await people.admin.mutate("grantRole", { actor: "nobody", role: "ADMIN", scope: "risk.fraud" });
    const elsewhere = await administrator.mutate("grantRole", grant("other.*"));
    expect(await people.admin.refusal("revokeRole", { grant: elsewhere.grant.id })).toMatchObject({
      code: "NOT_FOUND",
    });
    await refused(people.admin, "revokeRole", grant("other.*"), "role:grant on other.*");
  });
});

it("an administrator of risk.* is nobody elsewhere", async () => {
  const { admin } = people;
  await refused(admin, "createModel", { name: "other.new" }, "model:write on other.new");
  expect(await admin.refusal("deleteModel", { model: "other.model" })).toMatchObject({ code: "NOT_FOUND" });
  expect(await admin.refusal("renameModel", { model: "other.model", name: "risk.x" })).toMatchObject({
    code: "NOT_FOUND",
  });
  await refused(admin, "renameModel", { model: "risk.fraud", name: "other.taken" }, "other.taken");
  await admin.mutate("setAlias", { model: "risk.fraud", alias: "champion", version: 1 });
});
