import { beforeAll, describe, expect, it } from "vitest";
import { type Cast, cast, denial, type Person, person } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let administrator: Registry;
let people: Cast;

beforeAll(async () => {
  world = await startWorld();
  administrator = registryOf(world);
  people = await cast(world);
  return world.close;
});

const status = async ({ graphql }: Person) => (await graphql("{ viewer { actor { id } } }")).status;

describe("an actor", () => {
  it("has a name of its own that does not look like an id", async () => {
    const kind = "SERVICE";
    const refusal = (name: string) => administrator.refusal("createActor", { name, kind });
    expect(await refusal("viewer")).toMatchObject({ code: "ALREADY_EXISTS", path: ["input", "name"] });
    expect(await refusal("administrator")).toMatchObject({ code: "ALREADY_EXISTS" });
    expect(await refusal("act_7")).toMatchObject({ code: "INVALID", path: ["input", "name"] });
    expect(await refusal("viewer ")).toMatchObject({ code: "INVALID" });
    await administrator.mutate("createActor", { name: "Viewer", kind });
    await administrator.mutate("createActor", { name: "tok_7", kind });
  });

  it("may be foretold by who it is at an identity provider, once", async () => {
    const at = (oidcIssuer?: string, oidcSubject?: string) => ({ oidcIssuer, oidcSubject });
    const input = (name: string, identity: object) => ({ name, kind: "PERSON", ...identity });
    await administrator.mutate("createActor", input("bea", at("https://id.example", "b-1")));
    await administrator.mutate("createActor", input("bob", at("https://other.example", "b-1")));
    for (const [identity, code, field] of [
      [at("https://id.example", "b-1"), "ALREADY_EXISTS", "oidcSubject"],
      [at("https://id.example"), "INVALID", "oidcSubject"],
      [at(undefined, "b-2"), "INVALID", "oidcIssuer"],
      [at("https://id.example", "x".repeat(256)), "INVALID", "oidcSubject"],
    ] as const) {
      expect(await administrator.refusal("createActor", input("ben", identity))).toMatchObject({
        code,
        path: ["input", field],
      });
    }
  });

  it("is found by name or id, and listed for whoever is let in", async () => {
    for (const { ask } of [people.nobody, people.outsider]) {
      const { byName, byId, none, actors } = await ask(
        `query ($id: String!, $filter: ActorFilter) {
          byName: actor(actor: "maintainer") { id kind deactivatedAt }
          byId: actor(actor: $id) { name }
          none: actor(actor: "maintainer ") { id }
          actors(filter: $filter, first: 2) { totalCount nodes { name } pageInfo { hasNextPage } } }`,
        { id: people.maintainer.id, filter: { name: { startsWith: "a" }, isActive: true } },
      );
      expect(byName).toEqual({ id: people.maintainer.id, kind: "PERSON", deactivatedAt: null });
      expect(byId).toEqual({ name: "maintainer" });
      expect(none).toBeNull();
      expect(actors.nodes).toEqual([{ name: "admin" }, { name: "administrator" }]);
      expect(actors).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    }
    const { actors } = await world.ask(
      '{ actors(filter: { kind: SERVICE, name: { contains: "admin" } }) { nodes { name } } }',
    );
    expect(actors.nodes).toEqual([{ name: "administrator" }]);
  });

  it("is made and ended by who may manage actors everywhere", async () => {
    const keeper = await person(world, "keeper", { grants: [["ADMIN", "*"]] });
    await keeper.mutate("createActor", { name: "made by the keeper", kind: "PERSON" });
    for (const who of [people.admin, people.maintainer, people.viewer, people.nobody]) {
      for (const [mutation, input] of [
        ["createActor", { name: `by ${who.name}`, kind: "PERSON" }],
        ["deactivateActor", { actor: "viewer" }],
        ["reactivateActor", { actor: "viewer" }],
      ] as const) {
        expect(await denial(who, mutation, input)).toEqual({
          code: "FORBIDDEN",
          message: `${who.name} may not do this: it needs actor:write on *`,
        });
      }
    }
    expect(await status(people.viewer)).toBe(200);
  });
});

describe("a deactivated actor", () => {
  it("is out at once with all its tokens, and comes back with its grants but by new tokens only", async () => {
    const ann = await person(world, "ann", { grants: [["VIEWER", "risk.*"]] });
    const { secret } = await ann.mutate("createToken", { name: "laptop" });
    const laptop = world.as(secret);
    expect((await laptop.graphql("{ viewer { actor { name } } }")).status).toBe(200);
    const { actor } = await administrator.mutate("deactivateActor", { actor: "ann" });
    expect(actor.deactivatedAt).not.toBeNull();
    for (const { graphql } of [ann, laptop]) {
      expect(await graphql("{ viewer { actor { name } } }")).toMatchObject({
        status: 401,
        errors: [{ message: "this actor has been deactivated" }],
      });
    }
    await administrator.mutate("reactivateActor", { actor: "ann" });
    expect(await status(ann)).toBe(401);
    const again = await administrator.mutate("createToken", { actor: "ann", name: "new" });
    const { viewer } = await world
      .as(again.secret)
      .ask('{ viewer { actor { id deactivatedAt } can(permission: "registry:read", scope: "risk.a") } }');
    expect(viewer).toEqual({ actor: { id: ann.id, deactivatedAt: null }, can: true });
  });

  it("keeps its name in history", async () => {
    const gil = await person(world, "gil", { grants: [["MAINTAINER", "gil.*"]] });
    const model = await gil.model("gil.model");
    await administrator.mutate("deactivateActor", { actor: gil.id });
    const { registryEvents } = await world.ask(
      `query ($filter: EventFilter) { registryEvents(filter: $filter) { nodes { type actor { name deactivatedAt } } } }`,
      { filter: { subject: model.id } },
    );
    expect(registryEvents.nodes).toEqual([
      { type: "model.created", actor: { name: "gil", deactivatedAt: expect.any(String) } },
    ]);
    expect(await administrator.refusal("createActor", { name: "gil", kind: "PERSON" })).toMatchObject({
      code: "ALREADY_EXISTS",
    });
  });

  it("is neither the administrator nor whoever asks", async () => {
    const chief = await person(world, "chief", { grants: [["ADMIN", "*"]] });
    expect(await chief.refusal("deactivateActor", { actor: "administrator" })).toMatchObject({
      code: "CONFLICT",
      path: ["input", "actor"],
    });
    expect(await chief.refusal("deactivateActor", { actor: "chief" })).toMatchObject({ code: "CONFLICT" });
    expect(await administrator.refusal("deactivateActor", { actor: "act_1" })).toMatchObject({
      code: "CONFLICT",
    });
    expect(await administrator.refusal("deactivateActor", { actor: "none such" })).toMatchObject({
      code: "NOT_FOUND",
    });
    expect(await status(chief)).toBe(200);
  });
});

describe("tokens and grants of others", () => {
  const seen = `query ($actor: String!, $token: ID!, $grant: ID!) {
    actor(actor: $actor) { tokens { totalCount nodes { id } } grants { totalCount nodes { id } } }
    token: node(id: $token) { id }
    grant: node(id: $grant) { id }
  }`;

  it("are there for oneself, and where one may see the access of others", async () => {
    const { actor } = await world.ask('{ actor(actor: "viewer") { id grants { nodes { id } } } }');
    const grant = actor.grants.nodes[0].id as string;
    const token = people.viewer.tokenId;
    const auditor = await person(world, "auditor", { grants: [["ADMIN", "*"]], scopes: ["access:read"] });
    const all = [1, 1, token, grant];
    for (const [who, expected] of [
      [people.viewer, all],
      [auditor, all],
      [people.admin, [0, 1, null, grant]],
      [people.maintainer, [0, 0, null, null]],
      [people.outsider, [0, 0, null, null]],
      [people.nobody, [0, 0, null, null]],
    ] as const) {
      const answer = await who.ask(seen, { actor: "viewer", token, grant });
      const { tokens, grants } = answer.actor;
      const found = [
        tokens.totalCount,
        grants.totalCount,
        answer.token?.id ?? null,
        answer.grant?.id ?? null,
      ];
      expect(found, who.name).toEqual(expected);
      expect([tokens.nodes.length, grants.nodes.length], who.name).toEqual(expected.slice(0, 2));
    }
  });

  it("are told of in events to whom they are about and to who sees the access of all", async () => {
    const types = async ({ ask }: Pick<World, "ask">) => {
      const { registryEvents } = await ask(
        `{ registryEvents(first: 100, filter: { types: ["actor.created", "grant.created", "token.created"] }) {
          totalCount nodes { type payload subject { id } } } }`,
      );
      return registryEvents;
    };
    const own = await types(people.viewer);
    expect(own).toEqual({
      totalCount: 3,
      nodes: [
        {
          type: "actor.created",
          payload: { kind: "PERSON", name: "viewer" },
          subject: { id: people.viewer.id },
        },
        {
          type: "grant.created",
          payload: { role: "VIEWER", scope: "risk.*", actor: people.viewer.id },
          subject: { id: expect.stringMatching(/^grt_/) },
        },
        {
          type: "token.created",
          payload: {
            actor: people.viewer.id,
            name: "for tests",
            scopes: ["*"],
            expiresAt: expect.any(String),
          },
          subject: { id: people.viewer.tokenId },
        },
      ],
    });
    expect((await types(people.nobody)).totalCount).toBe(2);
    expect((await types(people.admin)).totalCount).toBe(3);
    expect((await types(world)).totalCount).toBeGreaterThan(30);
  });
});
