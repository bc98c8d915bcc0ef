import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
const byNumber = new Map<string, number>();

/** risk.fraud: 1 Archived, 2 and 3 in Production, 4 in Staging, 5 nowhere. */
beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  await registry.model("risk.fraud");
  await registry.model("two words");
  await registry.version("two words");
  const semantic = ["1.0.0", "1.1.0-rc.1", "1.1.0", undefined, "7.0.0"];
  for (const semanticVersion of semantic) {
    const { id, number } = await registry.version("risk.fraud", { semanticVersion });
    byNumber.set(id, number);
  }
  await registry.promote("risk.fraud/1", "Archived");
  for (const number of [2, 3]) await registry.promote(`risk.fraud/${number}`, "Production");
  await registry.promote("risk.fraud/4", "Staging");
  for (const [alias, version] of [
    ["champion", 3],
    ["7", 1],
    ["Production", 4],
    ["v1.0.0", 5],
    ["with space", 2],
    ["a:b%c", 2],
    ["🦊", 1],
  ] as const) {
    await registry.mutate("setAlias", { model: "risk.fraud", alias, version });
  }
  return world.close;
});

const asked = `query ($ref: VersionRef!) { modelVersion(ref: $ref) { id number model { name } } }`;

async function found(ref: string): Promise<string | null> {
  const { modelVersion } = await world.ask(asked, { ref });
  return modelVersion && `${modelVersion.model.name}/${modelVersion.number}`;
}

describe("a reference", () => {
  it.each([
    ["risk.fraud/1", 1],
    ["risk.fraud/5", 5],
    ["risk.fraud/005", 5],
    ["risk.fraud/v1.0.0", 1],
    ["risk.fraud/1.0.0", 1],
    ["risk.fraud/v1.0", 1],
    ["risk.fraud/1.1", 3],
    ["risk.fraud/v1.1.0-rc.1", 2],
    ["risk.fraud/7.0", 5],
    ["risk.fraud/Production", 3],
    ["risk.fraud/production", 3],
    ["risk.fraud/PRODUCTION", 3],
    ["risk.fraud/Staging", 4],
    ["risk.fraud/archived", 1],
    ["risk.fraud/none", 5],
    ["risk.fraud/latest", 5],
    ["risk.fraud/Latest", 5],
    ["risk.fraud@latest", 5],
    ["risk.fraud@LATEST", 5],
    ["risk.fraud@champion", 3],
    ["risk.fraud@7", 1],
    ["risk.fraud@Production", 4],
    ["risk.fraud@v1.0.0", 5],
    ["risk.fraud@with space", 2],
    ["risk.fraud@a:b%c", 2],
    ["risk.fraud@🦊", 1],
  ])("%s finds version %i, with and without models:/", async (ref, number) => {
    expect(await found(ref)).toBe(`risk.fraud/${number}`);
    expect(await found(`models:/${ref}`)).toBe(`risk.fraud/${number}`);
  });

  it("by id finds its version, with and without models:/", async () => {
    for (const [id, number] of byNumber) {
      expect(await found(id)).toBe(`risk.fraud/${number}`);
      expect(await found(`models:/${id}`)).toBe(`risk.fraud/${number}`);
    }
  });

  it("may name a model of two words", async () => {
    expect(await found("two words/1")).toBe("two words/1");
  });

  it.each([
    ["risk.fraud/6"],
    ["risk.fraud/0"],
    ["risk.fraud/999999999999999"],
    [`risk.fraud/${"9".repeat(500)}`],
    ["risk.fraud/2.0.0"],
    ["risk.fraud/-1"],
    ["risk.fraud/Limbo"],
    ["risk.fraud@Champion"],
    ["risk.fraud@none"],
    ["Risk.fraud/1"],
    ["none/1"],
    ["none@latest"],
    ["none/Production"],
    ["two words/Production"],
    ["a/b/c"],
    ["models:/models:/risk.fraud/1"],
    ["mv_4294967295"],
    ["risk.fraud/1\u0000"],
    ["risk.fraud\u0000/1"],
    ["risk.fraud@champion\u0000"],
    ["risk.fraud/Production\u0000"],
    ["risk.fraud@\ud800"],
  ])("%j finds nothing", async (ref) => {
    expect(await found(ref)).toBeNull();
    const { resolve } = await world.ask(`query ($ref: VersionRef!) { resolve(ref: $ref) { uri } }`, { ref });
    expect(resolve).toBeNull();
  });

  it.each([
    [""],
    ["risk.fraud"],
    ["models:/"],
    ["models:/risk.fraud"],
    ["/1"],
    ["@champion"],
    ["risk.fraud/"],
    ["risk.fraud@"],
    ["risk.fraud /1"],
    [" risk.fraud/1"],
    ["risk.fraud/1 "],
    ["risk.fraud/ 1"],
    ["risk.fraud@champion "],
    ["risk.fraud/Production "],
    ["mdl_1"],
    ["run_1"],
    ["mv_0"],
    ["mv_"],
    ["mv_99999999999"],
    [`${"x".repeat(600)}/1`],
  ])("%j is none", async (ref) => {
    const { data, errors } = await world.graphql(asked, { ref });
    expect(data).toEqual({ modelVersion: null });
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argumentPath: ["ref"] } }]);
    expect(errors![0]!.message).toContain(
      "ref: expected an id (mv_42), name@alias, name/7, name/v1.1.0, name/Production or name@latest, with or without models:/; got ",
    );
    expect(await registry.refusal("updateModelVersion", { version: ref, description: "x" })).toMatchObject({
      code: "INVALID",
      path: ["input", "version"],
    });
  });

  it.each([[7], [true], [null], [{ ref: "x" }], [["a/1", "b/1"]]])("that is %j is no text", async (ref) => {
    const { data, errors } = await world.graphql(asked, { ref });
    expect(data).toBeUndefined();
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });
});

describe("latest", () => {
  it.each([
    ["risk.fraud@latest"],
    ["risk.fraud/latest"],
    ["risk.fraud/LaTeSt"],
    ["models:/risk.fraud@Latest"],
  ])("spelled %s is no way into a stage, an alias, a parent, or a change", async (version) => {
    const expected = "version: expected a version that is named, not latest; got ";
    const changes: [string, object, string[]][] = [
      ["transitionModelVersion", { version, to: "Production" }, ["version"]],
      ["updateModelVersion", { version, description: "x" }, ["version"]],
      ["setModelVersionTags", { version, set: [] }, ["version"]],
      ["logModelVersionMetrics", { version, metrics: [] }, ["version"]],
      ["deleteModelVersion", { version }, ["version"]],
      [
        "registerModelVersion",
        { model: "risk.fraud", parents: [{ version, relation: "a" }] },
        ["parents", "0", "version"],
      ],
    ];
    for (const [mutation, input, path] of changes) {
      const refusal = await registry.refusal(mutation, input);
      expect(refusal, mutation).toMatchObject({ code: "INVALID", path: ["input", ...path] });
      expect(refusal.message).toContain(expected);
    }
  });
});

describe("resolve", () => {
  const resolved = `query ($ref: VersionRef!, $live: Boolean) { resolve(ref: $ref, requireLive: $live) { uri image { uri digest } modelVersion { number stage } } }`;

  it("tells where the bytes are: the source as told, else the registry's own address", async () => {
    const image = { uri: "registry.example/x:1", digest: null };
    await registry.model("served");
    await registry.version("served", { source: "s3://models/served/1", image });
    await registry.version("served");
    expect((await world.ask(resolved, { ref: "served/1" })).resolve).toEqual({
      uri: "s3://models/served/1",
      image,
      modelVersion: { number: 1, stage: "None" },
    });
    expect((await world.ask(resolved, { ref: "served/latest" })).resolve).toEqual({
      uri: "models:/served/2",
      image: null,
      modelVersion: { number: 2, stage: "None" },
    });
  });

  it("answers only with what is live where that is asked for", async () => {
    for (const ref of ["risk.fraud/3", "risk.fraud@champion", "risk.fraud/production", "risk.fraud/v1.1.0"]) {
      expect((await world.ask(resolved, { ref, live: true })).resolve).toMatchObject({
        modelVersion: { number: 3, stage: "Production" },
      });
    }
    for (const [ref, number, stage] of [
      ["risk.fraud/1", 1, "Archived"],
      ["risk.fraud@Production", 4, "Staging"],
      ["risk.fraud/None", 5, "None"],
    ]) {
      const { data, errors } = await world.graphql(resolved, { ref, live: true });
      expect(data).toEqual({ resolve: null });
      expect(errors).toMatchObject([
        {
          message: `ref: risk.fraud/${number} is in ${stage}, which is not live`,
          extensions: { code: "REFUSED_BY_POLICY" },
        },
      ]);
    }
    for (const ref of ["risk.fraud@latest", "risk.fraud/latest"]) {
      const { errors } = await world.graphql(resolved, { ref, live: true });
      expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argumentPath: ["ref"] } }]);
    }
    expect((await world.ask(resolved, { ref: "none/1", live: true })).resolve).toBeNull();
  });

  it("never answers with what is deleted, nor with a version of a deleted model, where it must be live", async () => {
    await registry.model("doomed");
    const ids: string[] = [];
    for (let turn = 0; turn < 2; turn++) ids.push((await registry.version("doomed")).id);
    await registry.mutate("deleteModelVersion", { version: ids[0] });
    await registry.mutate("deleteModel", { model: "doomed" });
    for (const [at, ref] of ids.entries()) {
      expect((await world.ask(resolved, { ref })).resolve.modelVersion).toEqual({
        number: at + 1,
        stage: "None",
      });
      const { data, errors } = await world.graphql(resolved, { ref, live: true });
      expect(data).toEqual({ resolve: null });
      expect(errors).toMatchObject([
        { message: `ref: doomed/${at + 1} is deleted`, extensions: { code: "REFUSED_BY_POLICY" } },
      ]);
    }
  });
});
