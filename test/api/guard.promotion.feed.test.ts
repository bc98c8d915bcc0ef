import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, take, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let reader: Person;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  for (const name of ["risk.fraud", "risk.credit", "other.secret"]) {
    await registry.model(name);
    for (const _ of [1, 2]) await registry.version(name);
  }
  reader = await person(world, "reader", { grants: [["VIEWER", "risk.*"]] });
  return world.close;
});

const feed = `subscription ($model: String, $stages: [String!], $after: EventCursor) {
  stageChanged(model: $model, stages: $stages, after: $after) { to modelVersion { uri } actor { name } comment } }`;

type Change = { to: string; modelVersion: { uri: string } };
const told = ({ data }: { data?: { stageChanged: Change } | null }) =>
  `${data!.stageChanged.modelVersion.uri.replace("models:/", "")} ${data!.stageChanged.to}`;

describe("the feed of stage changes", () => {
  it("tells each reader of the versions that it may read, past and present", async () => {
    await registry.promote("other.secret/1", "Staging", { comment: "hush" });
    await registry.promote("risk.fraud/1", "Staging");
    const mine = reader.subscribe(feed, { after: "start" });
    const all = world.subscribe(feed, { after: "start" });
    expect((await take(mine, 1)).map(told)).toEqual(["risk.fraud/1 Staging"]);
    await registry.promote("other.secret/2", "Production");
    await registry.promote("risk.credit/1", "Production");
    expect((await take(mine, 1)).map(told)).toEqual(["risk.credit/1 Production"]);
    expect((await take(all, 4)).map(told)).toEqual([
      "other.secret/1 Staging",
      "risk.fraud/1 Staging",
      "other.secret/2 Production",
      "risk.credit/1 Production",
    ]);
    await Promise.all([mine.return?.(), all.return?.()]);
  });

  it("of a stage tells no more", async () => {
    const mine = reader.subscribe(feed, { after: "start", stages: ["Archived"] });
    await registry.promote("other.secret/1", "Archived");
    await registry.promote("risk.fraud/2", "Archived");
    expect((await take(mine, 1)).map(told)).toEqual(["risk.fraud/2 Archived"]);
    await mine.return?.();
  });

  it("of a model that one may not read is that of a model that is not there", async () => {
    const hidden = (await world.ask(`{ model(name: "other.secret") { id } }`)).model.id;
    for (const model of ["other.secret", hidden, "other.nothing"]) {
      const refused = await reader
        .subscribe(feed, { model })
        .next()
        .catch((errors) => errors);
      expect(refused).toMatchObject([
        { message: `model ${model} not found`, extensions: { code: "NOT_FOUND" } },
      ]);
    }
    const mine = reader.subscribe(feed, { model: "risk.fraud", after: "start" });
    expect((await take(mine, 2)).map(told)).toEqual(["risk.fraud/1 Staging", "risk.fraud/2 Archived"]);
    await mine.return?.();
  });

  it("goes on after a grant is lost without what it covered", async () => {
    const both = await person(world, "of both", {
      grants: [
        ["VIEWER", "risk.*"],
        ["VIEWER", "other.*"],
      ],
    });
    const { eventHead: after } = await world.ask("{ eventHead }");
    const mine = both.subscribe(feed, { after });
    await registry.promote("other.secret/2", "Staging");
    expect((await take(mine, 1)).map(told)).toEqual(["other.secret/2 Staging"]);
    await registry.mutate("revokeRole", { actor: "of both", role: "VIEWER", scope: "other.*" });
    await registry.promote("other.secret/2", "Archived");
    await registry.promote("risk.credit/1", "Archived");
    expect((await take(mine, 1)).map(told)).toEqual(["risk.credit/1 Archived"]);
    await mine.return?.();
  });
});

it("a transition of what one may not read answers neither the version nor its move", async () => {
  await registry.mutate("defineRole", { name: "BLIND", permissions: ["stage:transition"] });
  const blind = await person(world, "blind", { grants: [["BLIND", "risk.*"]] });
  const { modelVersion, stageChange, archived } = await blind.promote("risk.credit/2", "Archived", {
    comment: "out of sight",
  });
  expect([modelVersion, stageChange, archived]).toEqual([null, null, []]);
  const asked = `{ modelVersion(ref: "risk.credit/2") { transitions { nodes { to comment } totalCount } } }`;
  expect((await reader.ask(asked)).modelVersion.transitions).toEqual({
    nodes: [{ to: "Archived", comment: "out of sight" }],
    totalCount: 1,
  });
  expect((await blind.ask(asked)).modelVersion).toBeNull();
});
