import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

const found = `query ($name: String!) { model(name: $name) { id name } }`;
const modelNamed = async (name: string) => (await world.ask(found, { name })).model;

describe("a model's name", () => {
  it.each([
    ["a letter", "a"],
    ["words joined by a hyphen", "fraud-detector"],
    ["dotted", "risk.fraud.v2"],
    ["accented", "Modèle de crédit"],
    ["Japanese", "信用モデル"],
    ["led by an emoji", "🦊 fox"],
    ["an emoji of several code points", "👩‍🚀"],
    ["255 letters long", "x".repeat(255)],
    ["255 emoji long", "🦊".repeat(255)],
    ["two words", "a b"],
    ["one with a backslash", "a\\b"],
    ["an attempt at SQL", "'; DROP TABLE model; --"],
    ["quoted", '"quoted"'],
    ["punctuation", "{}[]()*?$#&=+~^|<>!`"],
    ["latest", "latest"],
    ["null", "null"],
    ["a digit", "0"],
    ["like another noun's id", "mv_5"],
  ])("may be %s", async (_, name) => {
    const made = await registry.model(name);
    expect(made.name).toBe(name);
    expect(await modelNamed(name)).toEqual({ id: made.id, name });
    const { models } = await world.ask(
      `query ($name: String!) { models(filter: { name: { eq: $name } }) { nodes { id } } }`,
      { name },
    );
    expect(models.nodes).toEqual([{ id: made.id }]);
    const version = await registry.version(name);
    const { modelVersion } = await world.ask(
      `query ($ref: VersionRef!) { modelVersion(ref: $ref) { id uri } }`,
      { ref: `models:/${name}/1` },
    );
    expect(modelVersion).toEqual({ id: version.id, uri: `models:/${name}/1` });
  });

  it.each([
    ["empty", "", "1–255 characters"],
    ["256 letters long", "x".repeat(256), "1–255 characters"],
    ["10,000 letters long", "x".repeat(10_000), "1–255 characters"],
    ["256 foxes long", "🦊".repeat(256), "1–255 characters"],
    ["a space and a letter", " a", "no spaces at either end"],
    ["a letter and a space", "a ", "no spaces at either end"],
    ["led by a no-break space", "\u00a0a", "no spaces at either end"],
    ["followed by an ideographic space", "a\u3000", "no spaces at either end"],
    ["led by a byte order mark", "\ufeffa", "no spaces at either end"],
    ["a space", " ", "no spaces at either end"],
    ["one with NUL", "a\u0000b", "no control characters"],
    ["one with a line feed", "a\nb", "no control characters"],
    ["one with a tab", "a\tb", "no control characters"],
    ["one with DEL", "a\u007fb", "no control characters"],
    ["one with a C1 control", "a\u0085b", "no control characters"],
    ["one with a line separator", "a\u2028b", "no control characters"],
    ["one with half a surrogate pair", "a\ud800b", "well-formed Unicode"],
    ["a surrogate pair the wrong way round", "\udc00\ud800", "well-formed Unicode"],
    ["a path", "a/b", "a name without / : @ %"],
    ["one with a colon", "a:b", "a name without / : @ %"],
    ["one with an at sign", "a@b", "a name without / : @ %"],
    ["one with a percent sign", "a%2Fb", "a name without / : @ %"],
  ])("may not be %s, and a refusal writes nothing", async (label, name, expected) => {
    const before = await rowCounts(world.settings);
    await registry.model(`holder-${before.model}`);
    const held = await rowCounts(world.settings);
    for (const [mutation, input] of [
      ["createModel", { name }],
      ["createModel", { name, idempotencyKey: `key of ${label}` }],
      ["renameModel", { model: `holder-${before.model}`, name }],
    ] as const) {
      const refusal = await registry.refusal(mutation, input);
      expect(refusal).toMatchObject({ code: "INVALID", path: ["input", "name"] });
      expect(refusal.message).toContain(`name: expected ${expected}; got "`);
      expect(refusal.message.length).toBeLessThan(200);
    }
    const made = await registry.refusal("registerModelVersion", { model: name, createModel: true });
    expect(made).toMatchObject({ code: "INVALID", path: ["input", "model"] });
    expect(await rowCounts(world.settings)).toEqual(held);
  });

  it("may not look like a model's id, which inputs take in its place", async () => {
    await registry.model("plain");
    for (const [mutation, input] of [
      ["createModel", { name: "mdl_5" }],
      ["renameModel", { model: "plain", name: "mdl_4000000000" }],
    ] as const) {
      expect(await registry.refusal(mutation, input)).toMatchObject({
        code: "INVALID",
        message: expect.stringContaining("name: expected a name that does not look like an id; got "),
      });
    }
    const made = { model: "mdl_4000000000", createModel: true };
    expect(await registry.refusal("registerModelVersion", made)).toMatchObject({ code: "NOT_FOUND" });
  });

  it("is one name however its accents are spelled", async () => {
    const composed = "Modèle é".normalize("NFC");
    const decomposed = composed.normalize("NFD");
    expect(decomposed).not.toBe(composed);
    const made = await registry.model(decomposed);
    expect(made.name).toBe(composed);
    for (const name of [composed, decomposed]) {
      expect(await modelNamed(name)).toEqual({ id: made.id, name: composed });
      expect(await registry.refusal("createModel", { name })).toMatchObject({ code: "ALREADY_EXISTS" });
      await registry.version(name);
      const { modelVersion } = await world.ask(
        `query ($ref: VersionRef!) { modelVersion(ref: $ref) { id } }`,
        {
          ref: `${name}/1`,
        },
      );
      expect(modelVersion).not.toBeNull();
    }
    const { model } = await registry.mutate("renameModel", { model: decomposed, name: decomposed });
    expect(model.revision).toBe(1);
  });

  it("is compared exactly: case, accents, look-alikes and edge spaces tell names apart", async () => {
    const names = ["Exact", "exact", "exäct", "exact\u200b", "ｅxact", "еxact"];
    const ids = new Set<string>();
    for (const name of names) ids.add((await registry.model(name)).id);
    expect(ids.size).toBe(names.length);
    for (const name of names) expect((await modelNamed(name)).name).toBe(name);
    await registry.version("exact");
    for (const name of ["exact ", " exact", "EXACT", "exact\u0000", "exact\t"]) {
      expect(await modelNamed(name)).toBeNull();
      const asked = await world.graphql(`query ($ref: VersionRef!) { modelVersion(ref: $ref) { id } }`, {
        ref: `${name}/1`,
      });
      expect(asked.data?.modelVersion ?? null).toBeNull();
      const { models } = await world.ask(
        `query ($name: String!) { models(filter: { name: { eq: $name } }) { totalCount } }`,
        { name },
      );
      expect(models.totalCount).toBe(0);
    }
  });

  it("sorts by code point, the same on every engine", async () => {
    const names = ["sort Z", "sort a", "sort é", "sort z", "sort あ", "sort 🦊", "sort ｚ"];
    for (const name of [...names].reverse()) await registry.model(name);
    const { models } = await world.ask(
      `{ models(filter: { name: { startsWith: "sort " } }) { nodes { name } } }`,
    );
    const byCodePoint = [...names].sort((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0 ? -1 : 1,
    );
    expect(models.nodes.map(({ name }: { name: string }) => name)).toEqual(byCodePoint);
  });
});
