import { beforeAll, expect, it, onTestFinished } from "vitest";
import { person } from "../support/access.ts";
import { registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

const both = `mutation ($token: ID!, $name: String!) {
  first: revokeToken(input: { token: $token }) { userErrors { code } }
  second: createModel(input: { name: $name }) { model { id } userErrors { code } } }`;

it("a list of mutations goes no further than the token that it began with, over HTTP and over a socket", async () => {
  const over = {
    HTTP: (ann: Awaited<ReturnType<typeof person>>, variables: object) => ann.graphql(both, { ...variables }),
    socket: async (ann: Awaited<ReturnType<typeof person>>, variables: object) => {
      const { value } = await ann.subscribe(both, { ...variables }).next();
      return value;
    },
  };
  for (const [door, ask] of Object.entries(over)) {
    const name = `renewed.${door}`;
    const ann = await person(world, `ann by ${door}`, { grants: [["CONTRIBUTOR", "renewed.*"]] });
    const answer = await ask(ann, { token: ann.tokenId, name }).catch(() => null);
    if (answer) {
      expect(answer.errors).toMatchObject([{ path: ["second"], extensions: { code: "UNAUTHENTICATED" } }]);
    }
    expect(await world.ask("query ($name: String!) { model(name: $name) { id } }", { name })).toEqual({
      model: null,
    });
  }
});

it("a list of mutations does not outlast the role that it began with", async () => {
  const ann = await person(world, "ann who gives up", {
    grants: [
      ["CONTRIBUTOR", "given.*"],
      ["ADMIN", "given.*"],
    ],
  });
  const { errors } = await ann.graphql(`mutation {
    first: revokeRole(input: { actor: "ann who gives up", role: "CONTRIBUTOR", scope: "given.*" }) { userErrors { code } }
    second: revokeRole(input: { actor: "ann who gives up", role: "ADMIN", scope: "given.*" }) { userErrors { code } }
    third: createModel(input: { name: "given.model" }) { userErrors { code } } }`);
  expect(errors).toMatchObject([{ path: ["third"], extensions: { code: "FORBIDDEN" } }]);
});

it("an idempotency key tells no verdict on what its actor may read no more", async () => {
  const registry = registryOf(world);
  await registry.model("lost.model");
  await registry.version("lost.model");
  const ann = await person(world, "ann who lost it", { grants: [["MAINTAINER", "lost.*"]] });
  const input = { version: "lost.model/1", to: "Staging", idempotencyKey: "once" };
  const answers = "modelVersion { id } verdict { allowed effects } stageChange { to }";
  expect((await ann.mutate("transitionModelVersion", input, answers)).verdict.allowed).toBe(true);
  await registry.mutate("revokeRole", { actor: ann.id, role: "MAINTAINER", scope: "lost.*" }, "grant { id }");
  const again = await ann.attempt("transitionModelVersion", input, answers);
  expect(again).toEqual({ modelVersion: null, verdict: null, stageChange: null, userErrors: [] });
});

it("an event that waits for points is not told once the right to it is lost", async () => {
  const perEvent = 100;
  // Enough for its beginning and one event; for each further one in two seconds.
  const rate = { perSecond: perEvent / 2, burst: 2 * perEvent, redisUrl: null };
  const scarce = await startWorld({ settings: world.settings, rate });
  onTestFinished(scarce.close);
  const registry = registryOf(world);
  const reader = await person(world, "waits for points", {
    grants: [
      ["VIEWER", "waiting.*"],
      ["VIEWER", "kept.*"],
    ],
  });
  const { eventHead: after } = await world.ask("{ eventHead }");
  for (const name of ["waiting.told", "waiting.late", "kept.one"]) await registry.model(name);
  const events = scarce.as(reader.token).subscribe(
    `subscription ($after: EventCursor) { registryEvents(after: $after) {
        payload subject { ... on Model { name description versions(first: ${perEvent - 4}) { nodes { id } } } } } }`,
    { after },
  );
  const next = async () => (await events.next()).value;
  const told = await next();
  expect(told).toMatchObject({ data: { registryEvents: { subject: { name: "waiting.told" } } } });
  expect(told.extensions.cost.requested).toBe(perEvent);
  expect(told.extensions.cost.remaining).toBeLessThan(perEvent);
  const late = next();
  await registryOf(scarce).mutate("revokeRole", { actor: reader.id, role: "VIEWER", scope: "waiting.*" });
  await registry.mutate("updateModel", { model: "waiting.late", description: "after the grant was lost" });
  expect(await late).toMatchObject({ data: { registryEvents: { payload: { name: "kept.one" } } } });
});
