import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type IdentityProvider, identityProvider } from "../support/identity-provider.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { type Asker, startWorld, type World } from "../support/world.ts";

const who = "{ viewer { actor { id name kind } groups grants { nodes { role group } } } }";

let provider: IdentityProvider;
let world: World;
let administrator: Registry;

beforeAll(async () => {
  provider = await identityProvider();
  world = await startWorld({ oidc: provider.settings() });
  administrator = registryOf(world);
  for (const model of ["risk.fraud", "vision.ocr"]) await administrator.model(model);
  return async () => {
    await world.close();
    await provider.stop();
  };
});

async function asPerson(subject: string, told: Record<string, unknown> = {}): Promise<Asker> {
  return world.as(await provider.tokenOf(subject, told));
}

const actorOf = async (asker: Asker) => (await asker.ask(who)).viewer.actor;
const modelsOf = async (asker: Asker): Promise<string[]> =>
  (await asker.ask("{ models { nodes { name } } }")).models.nodes.map(({ name }: { name: string }) => name);
const refusalOf = async (asker: Asker) => {
  const { status, errors } = await asker.graphql(who);
  return [status, errors?.[0]?.message];
};

describe("a person", () => {
  it("is one actor by all tokens, whatever else they say", async () => {
    const first = await actorOf(await asPerson("one-1", { preferred_username: "one" }));
    const renamed = await actorOf(await asPerson("one-1", { preferred_username: "uno", groups: ["new"] }));
    expect(renamed).toEqual(first);
    expect(first).toMatchObject({ name: "one", kind: "PERSON" });
  });

  it("is another actor than who has the same name at the provider, whether made here or there", async () => {
    const { actor } = await administrator.mutate("createActor", { name: "twin", kind: "PERSON" });
    await administrator.mutate("grantRole", { actor: "twin", role: "ADMIN", scope: "*" });
    const people = await Promise.all(["twin-1", "twin-2"].map((sub) => asPerson(sub, { name: "twin" })));
    const actors = [await actorOf(people[0]!), await actorOf(people[1]!)];
    expect(actors.map(({ name }) => name)).toEqual(["twin (2)", "twin (3)"]);
    expect(actors.map(({ id }) => id)).not.toContain(actor.id);
    expect(await modelsOf(people[0]!)).toEqual([]);
  });

  it("is not the administrator by being called so", async () => {
    const asker = await asPerson("admin-1", { preferred_username: "administrator" });
    expect((await actorOf(asker)).name).toBe("administrator (2)");
    expect(await modelsOf(asker)).toEqual([]);
  });

  it("is told apart by the case of the subject", async () => {
    const actors = [await actorOf(await asPerson("case-a")), await actorOf(await asPerson("CASE-A"))];
    expect(actors.map(({ name }) => name)).toEqual(["case-a", "CASE-A"]);
  });

  it("is the actor that was made for this identity before", async () => {
    const { actor } = await administrator.mutate("createActor", {
      name: "Awaited",
      kind: "PERSON",
      oidcIssuer: provider.issuer,
      oidcSubject: "awaited-1",
    });
    await administrator.mutate("grantRole", { actor: "Awaited", role: "VIEWER", scope: "risk.*" });
    const asker = await asPerson("awaited-1", { preferred_username: "another name" });
    expect(await actorOf(asker)).toMatchObject({ id: actor.id, name: "Awaited" });
    expect(await modelsOf(asker)).toEqual(["risk.fraud"]);
  });

  it("is not the actor that was made for the same subject of another issuer", async () => {
    const { actor } = await administrator.mutate("createActor", {
      name: "of elsewhere",
      kind: "PERSON",
      oidcIssuer: "https://elsewhere.example",
      oidcSubject: "elsewhere-1",
    });
    expect((await actorOf(await asPerson("elsewhere-1"))).id).not.toBe(actor.id);
  });

  it("makes himself known by one event of his own, however many first requests come at once", async () => {
    const other = await startWorld({ oidc: provider.settings(), settings: world.settings });
    onTestFinished(other.close);
    const head = (await world.ask("{ eventHead }")).eventHead;
    const tokens = await Promise.all(
      Array.from({ length: 8 }, () => provider.tokenOf("rush-1", { name: "rush" })),
    );
    const askers = tokens.flatMap((token) => [world.as(token), other.as(token)]);
    const actors = await Promise.all(askers.map(actorOf));
    expect(new Set(actors.map(({ id, name }) => `${id} ${name}`)).size).toBe(1);
    const { registryEvents } = await world.ask(
      `query ($after: EventCursor) { registryEvents(after: $after, first: 100) { nodes { type subject { id } actor { name } payload } } }`,
      { after: head },
    );
    expect(registryEvents.nodes).toEqual([
      {
        type: "actor.created",
        subject: { id: actors[0].id },
        actor: { name: "rush" },
        payload: { kind: "PERSON", name: "rush", issuer: provider.issuer, subject: "rush-1" },
      },
    ]);
  });

  it("of many who come for the first time at once under one name gets a name of his own", async () => {
    const askers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => asPerson(`crowd-${index}`, { name: "crowd" })),
    );
    const names = (await Promise.all(askers.map(actorOf))).map(({ name }) => name);
    expect(names.sort()).toEqual(["crowd", ...[2, 3, 4, 5, 6, 7, 8].map((count) => `crowd (${count})`)]);
  });

  it("who is deactivated is let in by no token, and by each again once reactivated", async () => {
    const before = await asPerson("gone-1", { name: "gone" });
    await actorOf(before);
    await administrator.mutate("deactivateActor", { actor: "gone" });
    const after = await asPerson("gone-1", { name: "gone" });
    const refusal = [401, "this actor has been deactivated"];
    expect([await refusalOf(before), await refusalOf(after)]).toEqual([refusal, refusal]);
    await administrator.mutate("reactivateActor", { actor: "gone" });
    expect((await actorOf(before)).name).toBe("gone");
  });
});

describe("a group", () => {
  it("gives its role to whoever the provider says is in it, and to nobody else", async () => {
    await administrator.mutate("grantRole", { group: "risk analysts", role: "VIEWER", scope: "risk.*" });
    const inside = await asPerson("inside", { groups: ["everybody", "risk analysts"] });
    const outside = await asPerson("outside", { groups: ["everybody", "Risk analysts", "risk"] });
    expect(await modelsOf(inside)).toEqual(["risk.fraud"]);
    expect(await modelsOf(outside)).toEqual([]);
    expect((await inside.ask(who)).viewer).toMatchObject({
      groups: ["everybody", "risk analysts"],
      grants: { nodes: [{ role: "VIEWER", group: "risk analysts" }] },
    });
  });

  it("adds to what the person was granted, and is told as one word, too", async () => {
    await actorOf(await asPerson("both", { name: "both" }));
    await administrator.mutate("grantRole", { actor: "both", role: "VIEWER", scope: "vision.*" });
    await administrator.mutate("grantRole", { group: "both-risk", role: "VIEWER", scope: "risk.*" });
    expect(await modelsOf(await asPerson("both", { groups: "both-risk" }))).toEqual([
      "risk.fraud",
      "vision.ocr",
    ]);
  });

  it("gives nothing to a token that names it no more, while an older one names it until it ends", async () => {
    await administrator.mutate("grantRole", { group: "leavers", role: "VIEWER", scope: "risk.*" });
    const older = await asPerson("leaver", { groups: ["leavers"] });
    const newer = await asPerson("leaver", { groups: [] });
    expect([await modelsOf(older), await modelsOf(newer)]).toEqual([["risk.fraud"], []]);
  });

  it("gives no more at once when its role is revoked", async () => {
    const { grant } = await administrator.mutate("grantRole", { group: "brief", role: "VIEWER", scope: "*" });
    const asker = await asPerson("brief-1", { groups: ["brief"] });
    expect(await modelsOf(asker)).toHaveLength(2);
    await administrator.mutate("revokeRole", { grant: grant.id });
    expect(await modelsOf(asker)).toEqual([]);
  });

  it("without a name, or with spaces around it, is none that anybody holds a role by", async () => {
    await administrator.mutate("grantRole", { group: "padded", role: "VIEWER", scope: "*" });
    expect(
      await modelsOf(await asPerson("nameless", { groups: ["", " ", "padded ", "padded\u00a0"] })),
    ).toEqual([]);
  });
});
