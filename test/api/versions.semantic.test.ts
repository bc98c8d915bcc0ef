import { beforeAll, describe, expect, it } from "vitest";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  await registry.model("m");
  return world.close;
});

describe("a semantic version", () => {
  it.each([
    ["0.1.0", "0.1.0"],
    ["v2.0.0", "2.0.0"],
    ["2.1", "2.1.0"],
    ["v2.2", "2.2.0"],
    ["3.0.0-rc.1", "3.0.0-rc.1"],
    ["v3.1-beta", "3.1.0-beta"],
    ["4.0.0+build.5", "4.0.0"],
    ["9007199254740991.0.0", "9007199254740991.0.0"],
  ])("%s is kept as %s", async (given, kept) => {
    const version = await registry.version("m", { semanticVersion: given });
    expect(version.semanticVersion).toBe(kept);
    for (const ref of [`m/${given}`, `m/v${kept}`, `models:/m/${kept}`]) {
      const found = await world.ask(`query ($ref: VersionRef!) { modelVersion(ref: $ref) { id } }`, { ref });
      expect(found.modelVersion, ref).toEqual({ id: version.id });
    }
    expect(await registry.refusal("registerModelVersion", { model: "m", semanticVersion: kept })).toEqual({
      code: "ALREADY_EXISTS",
      message: `semanticVersion: m/${version.number} has ${kept} already`,
      path: ["input", "semanticVersion"],
    });
  });

  it.each([
    ["1"],
    ["1."],
    ["1.0.0.0"],
    ["01.0.0"],
    ["1.0.0-"],
    ["1.0.0-01"],
    ["vv1.0.0"],
    ["1.0.x"],
    [" 1.0.0"],
    ["1.0.0\u0000"],
    ["-1.0.0"],
    ["9007199254740992.0.0"],
    [`1.0.0-${"x".repeat(200)}`],
    ["1.0.0-é"],
  ])("%j is none", async (semanticVersion) => {
    const refusal = await registry.refusal("registerModelVersion", { model: "m", semanticVersion });
    expect(refusal).toMatchObject({ code: "INVALID", path: ["input", "semanticVersion"] });
    expect(refusal.message).toContain("semanticVersion: expected a semantic version such as 1.4.0; got ");
  });

  it("is unique within its model only", async () => {
    await registry.model("n");
    await registry.version("m", { semanticVersion: "7.7.7" });
    await registry.version("n", { semanticVersion: "7.7.7" });
  });

  it("may be given later, once", async () => {
    await registry.model("later");
    await registry.version("later");
    await registry.version("later", { semanticVersion: "1.0.0" });
    const given = { version: "later/1", semanticVersion: "v1.1" };
    expect((await registry.mutate("updateModelVersion", given)).modelVersion).toMatchObject({
      semanticVersion: "1.1.0",
      revision: 2,
    });
    expect((await registry.mutate("updateModelVersion", given)).modelVersion.revision).toBe(2);
    expect(await registry.refusal("updateModelVersion", { ...given, semanticVersion: "1.2.0" })).toEqual({
      code: "CONFLICT",
      message: "semanticVersion is 1.1.0 already and is given once",
      path: ["input", "semanticVersion"],
    });
    await registry.version("later");
    expect(
      await registry.refusal("updateModelVersion", { version: "later/3", semanticVersion: "1.0.0" }),
    ).toEqual({
      code: "ALREADY_EXISTS",
      message: "later/2 is 1.0.0 already",
      path: ["input", "semanticVersion"],
    });
  });

  it("goes to one of sixteen rivals, given late or at registration", async () => {
    await registry.model("contested");
    for (let round = 0; round < 5; round++) {
      const fresh = await inLanes(1, 8, () => registry.version("contested"));
      const semanticVersion = `1.${round}.0`;
      const payloads = await inLanes(16, 16, (rival) =>
        rival < 8
          ? registry.attempt("updateModelVersion", { version: fresh[rival].id, semanticVersion })
          : registry.attempt("registerModelVersion", { model: "contested", semanticVersion }),
      );
      const codes = payloads.flatMap(({ userErrors }) => userErrors).map(({ code }) => code);
      expect(codes).toEqual(Array(15).fill("ALREADY_EXISTS"));
      const { modelVersions } = await world.ask(
        `query ($s: String!) { modelVersions(filter: { model: { eq: "contested" }, semanticVersion: { eq: $s } }) { totalCount } }`,
        { s: semanticVersion },
      );
      expect(modelVersions.totalCount).toBe(1);
    }
  });

  it("stays taken by a deleted version", async () => {
    await registry.model("taken");
    const { id } = await registry.version("taken", { semanticVersion: "1.0.0", externalId: "x" });
    await registry.mutate("deleteModelVersion", { version: id });
    for (const fact of [{ semanticVersion: "1.0.0" }, { externalId: "x" }]) {
      expect(await registry.refusal("registerModelVersion", { model: "taken", ...fact })).toMatchObject({
        code: "ALREADY_EXISTS",
      });
    }
  });
});

describe("the order of semantic versions", () => {
  // semver.org 2.0.0, rule 11, with numbers that sort otherwise as texts.
  const ascending = [
    "0.9.0",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-beta-x",
    "1.0.0-rc.1",
    "1.0.0",
    "1.2.0",
    "1.10.0-1",
    "1.10.0-10",
    "1.10.0-1a",
    "1.10.0-A",
    "1.10.0-a",
    "1.10.0",
    "9.0.0",
    "10.0.0",
  ];
  const scattered = ascending.map((_, at) => ascending[(at * 7) % ascending.length]!);

  it("is semver's, in lists and for greatestVersion; versions without one come last", async () => {
    await registry.model("ordered");
    await registry.version("ordered");
    let greatest: string | null = null;
    for (const semanticVersion of scattered) {
      await registry.version("ordered", { semanticVersion });
      if (greatest === null || ascending.indexOf(semanticVersion) > ascending.indexOf(greatest))
        greatest = semanticVersion;
      const { model } = await world.ask(
        `{ model(name: "ordered") { greatestVersion { semanticVersion } latestVersion { semanticVersion } } }`,
      );
      expect(model).toEqual({
        greatestVersion: { semanticVersion: greatest },
        latestVersion: { semanticVersion },
      });
    }
    const listed = async (direction: string) => {
      const query = `{ model(name: "ordered") { versions(first: 100, orderBy: { field: SEMANTIC_VERSION, direction: ${direction} }) { nodes { semanticVersion } } } }`;
      const { model } = await world.ask(query);
      return model.versions.nodes.map((version: { semanticVersion: string }) => version.semanticVersion);
    };
    expect(await listed("ASC")).toEqual([...ascending, null]);
    expect(await listed("DESC")).toEqual([...[...ascending].reverse(), null]);
  });

  it("knows no greatest version where there is none, or it is deleted", async () => {
    await registry.model("unordered");
    await registry.version("unordered");
    const asked = `{ model(name: "unordered") { greatestVersion { number } latestVersion { number } } }`;
    expect((await world.ask(asked)).model).toEqual({ greatestVersion: null, latestVersion: { number: 1 } });
    await registry.version("unordered", { semanticVersion: "1.0.0" });
    await registry.version("unordered", { semanticVersion: "2.0.0" });
    await registry.mutate("deleteModelVersion", { version: "unordered/3" });
    expect((await world.ask(asked)).model).toEqual({
      greatestVersion: { number: 2 },
      latestVersion: { number: 2 },
    });
  });
});
