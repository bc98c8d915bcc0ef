import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { endingOf } from "../support/endings.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
/** Reads risk.*, one model of its own name, and nothing. */
let reader: Person;
let ofOne: Person;
let nobody: Person;
const ids: Record<string, string> = {};

const readable = ["risk", "risk.fraud", "risk.fraud.eu", "risk.日本", "risk.~"];
const hidden = ["other.secret", "risky", "risk-a", "RISK.fraud", "riskier.x", "unscoped"];

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  for (const name of [...readable, ...hidden, "risk.gone", "other.gone"]) {
    ids[name] = (await registry.model(name, { owner: "ann", tags: [{ key: "tier", value: "1" }] })).id;
    ids[`${name}/1`] = (await registry.version(name, { semanticVersion: "1.0.0", source: "s3://b" })).id;
    ids[`${name}/2`] = (await registry.version(name)).id;
    await registry.mutate("setAlias", { model: name, alias: "champion", version: 1 });
    await registry.promote(`${name}/1`, "Staging");
  }
  for (const model of ["risk.gone", "other.gone"]) {
    await registry.mutate("deleteModelVersion", { version: `${model}/2` });
    await registry.mutate("deleteModel", { model });
  }
  reader = await person(world, "reader", { grants: [["VIEWER", "risk.*"]] });
  ofOne = await person(world, "of one", { grants: [["VIEWER", "other.secret"]] });
  nobody = await person(world, "nobody");
  return world.close;
});

const everyWay = [
  ["its name", (name: string) => `model(name: "${name}") { id }`],
  ["its id", (name: string) => `node(id: "${ids[name]}") { id }`],
  ["a version's number", (name: string) => `modelVersion(ref: "${name}/1") { id }`],
  ["a semantic version", (name: string) => `modelVersion(ref: "${name}/v1.0.0") { id }`],
  ["an alias", (name: string) => `modelVersion(ref: "${name}@champion") { id }`],
  ["a stage", (name: string) => `modelVersion(ref: "${name}/Staging") { id }`],
  ["latest", (name: string) => `modelVersion(ref: "${name}@latest") { id }`],
  ["a URI", (name: string) => `modelVersion(ref: "models:/${name}/1") { id }`],
  ["a version's id as a reference", (name: string) => `modelVersion(ref: "${ids[`${name}/1`]}") { id }`],
  ["a version's id", (name: string) => `node(id: "${ids[`${name}/1`]}") { id }`],
  ["resolve", (name: string) => `resolve(ref: "${name}@champion") { uri modelVersion { id } }`],
] as const;

describe("what one may not read is not found by", () => {
  it.each(everyWay)("%s", async (_, ask) => {
    const found = async (asker: Person | World, name: string) =>
      (await asker.ask(`{ found: ${ask(name)} }`)).found;
    for (const name of [...readable, ...hidden]) {
      expect(await found(world, name), name).not.toBeNull();
      const seen = await found(reader, name);
      if (readable.includes(name)) expect(seen, name).toEqual(await found(world, name));
      else expect(seen, name).toBeNull();
      expect(await found(nobody, name), name).toBeNull();
    }
    expect(await found(ofOne, "other.secret")).not.toBeNull();
    expect(await found(ofOne, "risk.fraud")).toBeNull();
  });

  it("several ids at once: nulls in their places, deleted ones alike", async () => {
    const asked = ["risk.gone", "other.gone", "other.secret", "risk.fraud"].flatMap((name) => [
      ids[name],
      ids[`${name}/2`],
    ]);
    const { nodes } = await reader.ask(`query ($ids: [ID!]!) { nodes(ids: $ids) { id } }`, { ids: asked });
    const seen = nodes.map((node: { id: string } | null) => node?.id ?? null);
    const isSeen = [true, true, false, false, false, false, true, true];
    expect(seen).toEqual(asked.map((id, at) => (isSeen[at] ? id : null)));
  });

  it("a filter of events by its model", async () => {
    const asked = (name: string) => `{ registryEvents(filter: { model: "${name}" }) { nodes { id: seq } } }`;
    for (const name of ["other.secret", ids["other.secret"]!]) {
      const { errors } = await reader.graphql(asked(name));
      expect(errors).toMatchObject([{ message: `model ${name} not found` }]);
    }
    expect((await reader.graphql(asked("risk.fraud"))).errors).toBeUndefined();
  });
});

type Page = { nodes: { id: string }[]; totalCount: number; pageInfo: Record<string, unknown> };

/** The list in one page, and in pages of two from the front and from the end; all must say the same. */
async function listOf(asker: Person | World, field: string, args = ""): Promise<string[]> {
  const page = async (cut: string): Promise<Page> =>
    (
      await asker.ask(
        `{ page: ${field}(${cut} ${args}) { nodes { id } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
      )
    ).page;
  const whole = await page("first: 100");
  const all = whole.nodes.map(({ id }) => id);
  expect(whole.totalCount).toBe(all.length);
  const forward: string[] = [];
  for (let cut = "first: 2", goesOn = true; goesOn; ) {
    const { nodes, pageInfo, totalCount } = await page(cut);
    expect(totalCount).toBe(all.length);
    forward.push(...nodes.map(({ id }) => id));
    goesOn = Boolean(pageInfo.hasNextPage);
    cut = `first: 2, after: "${pageInfo.endCursor}"`;
  }
  const backward: string[] = [];
  for (let cut = "last: 2", goesOn = true; goesOn; ) {
    const { nodes, pageInfo } = await page(cut);
    backward.unshift(...nodes.map(({ id }) => id));
    goesOn = Boolean(pageInfo.hasPreviousPage);
    cut = `last: 2, before: "${pageInfo.startCursor}"`;
  }
  expect(forward).toEqual(all);
  expect(backward).toEqual(all);
  return all;
}

const idsOf = (names: string[]) => names.map((name) => ids[name]!).sort();

describe("lists hold what one may read, and count no more", () => {
  it.each([
    ["NAME", ""],
    ["CREATED_AT", "direction: DESC"],
    ["UPDATED_AT", ""],
  ])("models by %s", async (field, direction) => {
    const order = `orderBy: { field: ${field} ${direction} }`;
    expect((await listOf(reader, "models", order)).sort()).toEqual(idsOf(readable));
    const withDeleted = await listOf(reader, "models", `${order}, filter: { includeDeleted: true }`);
    expect(withDeleted.sort()).toEqual(idsOf([...readable, "risk.gone"]));
    expect(await listOf(ofOne, "models", order)).toEqual([ids["other.secret"]]);
    expect(await listOf(nobody, "models", order)).toEqual([]);
    expect(await listOf(world, "models", order)).toHaveLength(readable.length + hidden.length);
  });

  it.each([["NUMBER"], ["CREATED_AT"], ["UPDATED_AT"], ["SEMANTIC_VERSION"]])(
    "versions of all models by %s",
    async (field) => {
      const order = `orderBy: { field: ${field}, direction: ASC }`;
      const own = readable.flatMap((name) => [`${name}/1`, `${name}/2`]);
      expect((await listOf(reader, "modelVersions", order)).sort()).toEqual(idsOf(own));
      const withDeleted = await listOf(reader, "modelVersions", `${order}, filter: { includeDeleted: true }`);
      expect(withDeleted.sort()).toEqual(idsOf([...own, "risk.gone/1", "risk.gone/2"]));
      expect(await listOf(nobody, "modelVersions", order)).toEqual([]);
    },
  );

  it("a page goes on after a cursor that another reader was given, and shows its own reader's rows", async () => {
    const { models } = await world.ask(`{ models(first: 2) { edges { cursor node { name } } } }`);
    const { cursor, node } = models.edges[1];
    expect(node.name).toBe("other.secret");
    const after = await reader.ask(`{ models(first: 100, after: "${cursor}") { nodes { name } } }`);
    expect(after.models.nodes.map(({ name }: { name: string }) => name)).toEqual([...readable].sort());
  });
});

describe("a model that is renamed", () => {
  it("leaves the sight of some and comes into that of others, with its versions, aliases and stages", async () => {
    const { id } = await registry.model("risk.moving");
    const version = await registry.version("risk.moving");
    await registry.mutate("setAlias", { model: id, alias: "champion", version: 1 });
    const question = `query ($id: ID!, $version: VersionRef!) {
      node(id: $id) { ... on Model { name versions { nodes { number } totalCount } aliases { name modelVersion { number } }
        latestVersion { number } greatestVersion { number } version(number: 1) { number } inStage(stage: "None") { number } } }
      modelVersion(ref: $version) { number aliases model { name } transitions { nodes { to } } } }`;
    const seenBy = (asker: Person) => asker.ask(question, { id, version: version.id });
    const seen = {
      node: {
        versions: { nodes: [{ number: 1 }], totalCount: 1 },
        aliases: [{ name: "champion", modelVersion: { number: 1 } }],
        latestVersion: { number: 1 },
        greatestVersion: null,
        version: { number: 1 },
        inStage: [{ number: 1 }],
      },
      modelVersion: { number: 1, aliases: ["champion"] },
    };
    const absent = { node: null, modelVersion: null };
    const other = await person(world, "of the other scope", { grants: [["VIEWER", "moved.*"]] });
    expect(await seenBy(reader)).toMatchObject(seen);
    expect(await seenBy(other)).toEqual(absent);
    await registry.mutate("renameModel", { model: id, name: "moved.there" });
    expect(await seenBy(reader)).toEqual(absent);
    expect(await seenBy(other)).toMatchObject(seen);
  });
});

it("a refusal does not tell what is hidden from what is not there", async () => {
  for (const [mutation, inputOf] of [
    ["updateModel", (name: string) => ({ model: name, description: "x" })],
    ["registerModelVersion", (name: string) => ({ model: name })],
    ["setAlias", (name: string) => ({ model: name, alias: "a", version: 1 })],
    ["transitionModelVersion", (name: string) => ({ version: `${name}/1`, to: "Production" })],
  ] as const) {
    const there = await endingOf(reader, mutation, inputOf("other.secret"));
    const notThere = await endingOf(reader, mutation, inputOf("other.nothing"));
    expect(there.message.replaceAll("secret", "nothing")).toBe(notThere.message);
    expect(there.code).toBe("NOT_FOUND");
  }
});
