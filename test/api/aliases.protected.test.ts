import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let maintainer: Person;
/** May move protected aliases of `guarded.*`, and protect them. */
let guardian: Person;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  await registry.mutate("defineRole", { name: "GUARDIAN", permissions: ["alias:protect"] });
  maintainer = await person(world, "maintainer", { grants: [["MAINTAINER", "*"]] });
  const grants: [string, string][] = [
    ["MAINTAINER", "*"],
    ["GUARDIAN", "guarded.*"],
  ];
  guardian = await person(world, "guardian", { grants });
  await registry.mutate("protectAlias", { model: "guarded.*", alias: "champion", stages: ["production"] });
  return world.close;
});

/** A model under `guarded.` with two versions, the first in Production and `champion`. */
async function guarded(): Promise<string> {
  const name = `guarded.m${++made}`;
  await registry.model(name);
  for (let turn = 0; turn < 2; turn++) await registry.version(name);
  await registry.promote(`${name}/1`, "Production");
  await registry.mutate("setAlias", { model: name, alias: "champion", version: 1 });
  return name;
}

/** The code of the error that ends a request; null where none does. */
async function ended(who: Person, mutation: string, input: object): Promise<string | null> {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code message } } }`;
  const { errors } = await who.graphql(query, { input });
  return errors?.map(({ extensions, message }) => `${extensions.code}: ${message}`).join() ?? null;
}

describe("a protected alias", () => {
  it("is moved, weighed and deleted by those with alias:protect only", async () => {
    const model = await guarded();
    await registry.promote(`${model}/2`, "Production");
    const refused = `FORBIDDEN: maintainer may not do this: it needs alias:protect on ${model}`;
    const weights = [{ alias: "champion", version: 1, weight: 100 }];
    const before = await rowCounts(world.settings);
    for (const [mutation, input] of [
      ["setAlias", { model, alias: "champion", version: 2 }],
      ["setWeightedAliases", { model, weights }],
      ["deleteAlias", { model, alias: "champion" }],
    ] as const) {
      expect(await ended(maintainer, mutation, input), mutation).toBe(refused);
    }
    expect(await rowCounts(world.settings)).toEqual(before);
    await maintainer.mutate("setAlias", { model, alias: "challenger", version: 2 });
    await guardian.mutate("setAlias", { model, alias: "champion", version: 2 });
    await guardian.mutate("setWeightedAliases", { model, weights });
    expect(await ended(maintainer, "setWeightedAliases", { model, weights: [] })).toBe(refused);
    await guardian.mutate("setWeightedAliases", { model, weights: [] });
    await guardian.mutate("deleteAlias", { model, alias: "champion" });
    expect(await ended(maintainer, "setAlias", { model, alias: "champion", version: 1 })).toBe(refused);
  });

  it("stays where it is, whoever says so", async () => {
    const model = await guarded();
    await maintainer.mutate("setAlias", { model, alias: "champion", version: 1 });
  });

  it("points to versions in its stages only, by whatever verb", async () => {
    const model = await guarded();
    const message = `alias champion is protected on guarded.*: it points to versions in Production; ${model}/2 is in None`;
    const refusal = { code: "REFUSED_BY_POLICY", message, path: ["input", "version"] };
    expect(await guardian.refusal("setAlias", { model, alias: "champion", version: 2 })).toEqual(refusal);
    const weights = [{ alias: "champion", version: 2, weight: 100 }];
    expect(await guardian.refusal("setWeightedAliases", { model, weights })).toEqual(refusal);
    await registry.promote(`${model}/2`, "Production");
    await guardian.mutate("setAlias", { model, alias: "champion", version: 2 });
  });

  it("may be left behind by its version, and loses its share from there", async () => {
    const model = await guarded();
    const weights = [{ alias: "champion", version: 1, weight: 100 }];
    await guardian.mutate("setWeightedAliases", { model, weights });
    await registry.promote(`${model}/1`, "Archived");
    await guardian.mutate("setWeightedAliases", { model, weights: [] });
    expect(await guardian.refusal("setWeightedAliases", { model, weights })).toMatchObject({
      code: "REFUSED_BY_POLICY",
    });
  });

  it("is told as such, as are those that protect it", async () => {
    const model = await guarded();
    await registry.mutate("setAlias", { model, alias: "other", version: 2 });
    const asked = `query ($model: String!) { model(name: $model) { aliases { name isProtected } }
      aliasProtections(model: $model) { model alias stages revision } }`;
    expect(await world.ask(asked, { model })).toEqual({
      model: {
        aliases: [
          { name: "champion", isProtected: true },
          { name: "other", isProtected: false },
        ],
      },
      aliasProtections: [{ model: "guarded.*", alias: "champion", stages: ["Production"], revision: 1 }],
    });
  });

  it("does not go with its version, unless with those who may delete it", async () => {
    const model = await guarded();
    await registry.promote(`${model}/1`, "Archived");
    const input = { version: `${model}/1` };
    expect(await ended(maintainer, "deleteModelVersion", input)).toContain("alias:protect");
    await guardian.mutate("deleteModelVersion", input);
  });

  it("is not reached by way of another name of its model", async () => {
    const model = await guarded();
    const elsewhere = `open.m${made}`;
    expect(await ended(maintainer, "renameModel", { model, name: elsewhere })).toContain("alias:protect");
    await registry.model(elsewhere);
    await registry.version(elsewhere);
    await maintainer.mutate("setAlias", { model: elsewhere, alias: "champion", version: 1 });
    const back = { model: elsewhere, name: `guarded.n${made}` };
    expect(await ended(maintainer, "renameModel", back)).toContain("alias:protect");
  });

  it("is not reached by way of an import", async () => {
    const model = `guarded.m${++made}`;
    await registry.mutate("defineRole", { name: "IMPORTER", permissions: ["history:import"] });
    const grants: [string, string][] = [
      ["MAINTAINER", "*"],
      ["IMPORTER", "*"],
    ];
    const importer = await person(world, "importer", { grants });
    const at = "2025-01-01T00:00:00Z";
    const batch = {
      source: "test",
      models: [{ name: model, createdAt: at }],
      versions: [{ model, number: 1, externalId: "1", createdAt: at }],
      aliases: [{ model, alias: "champion", version: 1 }],
    };
    expect(await ended(importer, "importHistory", { batch })).toContain("alias:protect");
    const answer = registry.refusal("importHistory", { batch }, "imported");
    expect(await answer).toMatchObject({ code: "REFUSED_BY_POLICY" });
  });
});

describe("protections", () => {
  it("hold all at once, where several cover a model", async () => {
    const model = `both.m${++made}`;
    await registry.model(model);
    await registry.version(model);
    await registry.promote(`${model}/1`, "Production");
    await registry.mutate("protectAlias", { model: "both.*", alias: "a", stages: ["Production", "Staging"] });
    await registry.mutate("protectAlias", { model, alias: "a", stages: ["Staging"] });
    const input = { model, alias: "a", version: 1 };
    expect(await registry.refusal("setAlias", input)).toMatchObject({ code: "REFUSED_BY_POLICY" });
    await registry.mutate("unprotectAlias", { model, alias: "a" });
    await registry.mutate("setAlias", input);
  });

  it("change by revision, and are made anew once they are ended", async () => {
    const place = { model: "changing.*", alias: "a" };
    const first = (await registry.mutate("protectAlias", { ...place, expectedRevision: 0 })).aliasProtection;
    expect(first).toMatchObject({ model: "changing.*", alias: "a", stages: [], revision: 1 });
    const stages = ["archived", "STAGING", "Archive"];
    expect(await registry.refusal("protectAlias", { ...place, stages, expectedRevision: 0 })).toEqual({
      code: "CONFLICT",
      message: "the protection of a on changing.* is at revision 1; revision 0 was expected",
      path: ["input", "expectedRevision"],
    });
    const { aliasProtection: second } = await registry.mutate("protectAlias", { ...place, stages });
    expect(second).toMatchObject({ id: first.id, stages: ["Staging", "Archived"], revision: 2 });
    const { aliasProtection: ended } = await registry.mutate("unprotectAlias", place);
    expect(ended.deletedAt).not.toBeNull();
    const third = (await registry.mutate("protectAlias", place)).aliasProtection;
    expect(third.id).not.toBe(first.id);
    expect(third.revision).toBe(1);
  });

  it("are made by those who may protect all that they cover", async () => {
    const place = { alias: "mine", model: "guarded.x" };
    await guardian.mutate("protectAlias", place);
    await guardian.mutate("unprotectAlias", place);
    for (const model of ["*", "guarded", "open.*", "guarde.*"]) {
      const told = await ended(guardian, "protectAlias", { alias: "mine", model });
      if (model === "guarded") expect(told).toBeNull();
      else expect(told, model).toContain("FORBIDDEN: guardian may not do this: it needs alias:protect on ");
    }
    expect(await ended(maintainer, "unprotectAlias", { model: "guarded.*", alias: "champion" })).toContain(
      "FORBIDDEN",
    );
  });

  it.each([
    [{ model: "", alias: "a" }, "model"],
    [{ model: "a*b", alias: "a" }, "model"],
    [{ model: "m", alias: "latest" }, "alias"],
    [{ model: "m", alias: "a/b" }, "alias"],
    [{ model: "m", alias: "a", stages: ["Limbo"] }, "stages.0"],
    [{ model: "m", alias: "a", stages: Array(31).fill("Staging") }, "stages"],
  ])("are refused as %j", async (input, field) => {
    const path = ["input", ...field.split(".")];
    expect(await registry.refusal("protectAlias", input)).toMatchObject({ code: "INVALID", path });
  });

  it("are shown to those who may read something that they cover", async () => {
    await registry.mutate("protectAlias", { model: "seen.by-some", alias: "a" });
    const reader = (scope: string) => person(world, `reader of ${scope}`, { grants: [["VIEWER", scope]] });
    const seenBy = async (scope: string) => {
      const { aliasProtections } = await (await reader(scope)).ask("{ aliasProtections { model } }");
      return aliasProtections.some(({ model }: { model: string }) => model === "seen.by-some");
    };
    expect(await Promise.all(["seen.by-some", "seen.*", "seen.by-others", "*"].map(seenBy))).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });
});
