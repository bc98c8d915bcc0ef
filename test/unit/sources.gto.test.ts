import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GtoOptions, openGtoRegistry } from "../../src/cli/sources/gto-registry.ts";
import { readGtoTag } from "../../src/cli/sources/gto-tags.ts";
import { SourceError } from "../../src/cli/sources/source.ts";
import type { ImportedVersion } from "../../src/client/import-batch.ts";
import { everything } from "../support/foreign-stores.ts";
import { commit, repository, tagAt } from "../support/small-repository.ts";

const own = ["None", "Staging", "Production", "Archived"].map((name) => ({ name, synonyms: [] as string[] }));

/** Commits, one for each list of tags, each tag a second after the one before; then the source of it. */
async function history(commits: string[][], options: Partial<GtoOptions> = {}) {
  const { path, git } = repository();
  const times: string[] = [];
  for (const tags of commits) {
    commit(git, "Train");
    for (const tag of tags) times.push(tagAt(git, times.length, tag));
  }
  const source = await openGtoRegistry(path, { own, ...options });
  return { ...(await everything(source)), source, times, path };
}

const placesOf = ({ stays = [] }: ImportedVersion) =>
  stays.map(({ stage, from, until }) => (until === undefined ? [stage, from] : [stage, from, until]));

describe("the name of a tag", () => {
  it.each([
    ["m@v1.0.0", { artifact: "m", action: "REGISTER", version: "v1.0.0", counter: 0 }],
    ["m@v2.0.3#4", { artifact: "m", action: "REGISTER", version: "v2.0.3", counter: 4 }],
    ["m@v1.0.0-rc.1!#5", { artifact: "m", action: "DEREGISTER", version: "v1.0.0-rc.1", counter: 5 }],
    ["my-model#prod#3", { artifact: "my-model", action: "ASSIGN", stage: "prod", counter: 3 }],
    ["my-model#prod", { artifact: "my-model", action: "ASSIGN", stage: "prod", counter: 0 }],
    ["team/model#dev!#3", { artifact: "team/model", action: "UNASSIGN", stage: "dev", counter: 3 }],
    ["models/a=nn@deprecated#7", { artifact: "models/a=nn", action: "DEPRECATE", counter: 7 }],
  ])("says what happened: %s", (name, said) => {
    expect(readGtoTag(name)).toEqual({ name, ...said });
  });

  it.each(["v1.0.0", "m@1.0.0", "m@v1.0", "m@v01.0.0", "m@", "m#", "#prod", "@v1.0.0", "M@v1.0.0"])(
    "says nothing: %s",
    (name) => expect(readGtoTag(name)).toBeNull(),
  );

  it.each(["m#prod#", "m#prod##3", "m#prod#x", "m@v1.0.0!!", "m@v1.0.0#prod", "m@deprecated!", "m#prod#3\n"])(
    "says nothing either: %j",
    (name) => expect(readGtoTag(name)).toBeNull(),
  );

  it("is read in no time, whatever it is", () => {
    const name = fc.string({
      unit: fc.constantFrom("a", "-", "/", "=", "@", "#", "v", "1", ".", "!"),
      maxLength: 4_000,
    });
    fc.assert(fc.property(name, (text) => void readGtoTag(text)));
    for (const text of ["a/".repeat(50_000), `m@v1.0.0-${"0a.".repeat(30_000)}`, `${"a=".repeat(50_000)}#`]) {
      const start = performance.now();
      expect(readGtoTag(text)).toBeNull();
      expect(performance.now() - start).toBeLessThan(1_000);
    }
  });
});

describe("a stage of GTO", () => {
  it("belongs to the version that it was assigned to last, and to the one before where that one gives it up", async () => {
    const { versions, times, source } = await history([
      ["m@v1.0.0", "m#prod#1"],
      ["m@v2.0.0", "m#prod#2", "m#prod!#3"],
    ]);
    expect(versions.map(placesOf)).toEqual([
      [
        ["Production", times[1], times[3]],
        ["Production", times[4]],
      ],
      [["Production", times[3], times[4]]],
    ]);
    expect(versions.map(({ stage }) => stage)).toEqual(["Production", undefined]);
    expect(versions[0]?.stays?.[0]).toMatchObject({ comment: "Says m#prod#1", attributedTo: "Bo" });
    expect(source.warnings).toEqual(["Stage prod is imported as Production"]);
  });

  it("gives way to the one assigned later, and comes back when that one is taken away", async () => {
    const { versions, times, source } = await history([["m@v1.0.0", "m#stage#1", "m#prod#2", "m#prod!#3"]]);
    expect(versions.map(placesOf)).toEqual([
      [
        ["Staging", times[1], times[2]],
        ["Production", times[2], times[3]],
        ["Staging", times[3]],
      ],
    ]);
    expect(source.warnings).toContainEqual(
      expect.stringContaining("m v1.0.0 had more than one stage at once"),
    );
  });

  it("is one stay where two of GTO's are one here", async () => {
    const { versions, times } = await history([
      ["m@v1.0.0", "m#dev#1", "m#stage#2", "m#stage!#3", "m#dev!#4"],
    ]);
    expect(versions.map(placesOf)).toEqual([[["Staging", times[1], times[4]]]]);
    expect(versions[0]).not.toHaveProperty("stage");
  });

  it("is what the caller says, else the registry's of that name, else custom; and else refused", async () => {
    const { path } = await history([["m@v1.0.0", "m#dev#1", "m#canary#2"]], {
      own: [...own, { name: "Canary", synonyms: [] }],
    });
    await expect(openGtoRegistry(path, { own })).rejects.toThrow(
      new SourceError(
        "no counterpart for canary: say --stage canary=… with one of None, Staging, Production, Archived",
      ),
    );
    const stages = new Map([["canary", "archived"]]);
    const development = { name: "Development", synonyms: ["dev"] };
    const source = await openGtoRegistry(path, { own: [...own, development], stages });
    const [version] = (await everything(source)).versions;
    expect(version?.stays?.map(({ stage }) => stage)).toEqual(["Development", "Archived"]);
    await expect(openGtoRegistry(path, { own, stages: new Map([["canary", "x"]]) })).rejects.toThrow(
      "--stage canary=x: expected one of the registry's stages",
    );
  });
});

describe("a version of GTO", () => {
  it("that is deregistered stands nowhere and is deleted, until it is registered again", async () => {
    const { versions, times } = await history([
      ["m@v1.0.0", "m#prod#1", "m@v1.0.0!#2"],
      ["m@v2.0.0", "m#prod#3", "m@v2.0.0!#4", "m@v2.0.0#5"],
    ]);
    expect(versions.map(({ deletedAt }) => deletedAt)).toEqual([times[2], undefined]);
    expect(versions.map(placesOf)).toEqual([
      [["Production", times[1], times[2]]],
      [
        ["Production", times[4], times[5]],
        ["Production", times[6]],
      ],
    ]);
  });

  it("is registered before it is assigned in the same second, and counters tell the order of the rest", async () => {
    const { path, git } = repository();
    commit(git, "Train");
    for (const name of ["m#prod!#2", "m#prod#1", "m#stage#3", "m@v1.0.0"]) tagAt(git, 5, name);
    const { versions } = await everything(await openGtoRegistry(path, { own }));
    expect(versions[0]?.stays?.map(({ stage }) => stage)).toEqual(["Production", "Staging"]);
    expect(versions[0]?.stage).toBe("Staging");
  });

  it("whose build alone differs is a version of its own without a semantic version", async () => {
    const { versions, source } = await history([["m@v1.0.0+a"], ["m@v1.0.0+b"]]);
    expect(versions).toMatchObject([
      { number: 1, semanticVersion: "1.0.0", externalId: "gto:m@v1.0.0+a" },
      { number: 2, externalId: "gto:m@v1.0.0+b" },
    ]);
    expect(versions[1]).not.toHaveProperty("semanticVersion");
    expect(source.warnings).toHaveLength(1);
  });
});

describe("a model of GTO", () => {
  it("keeps its name as a tag where that cannot be one here, and says since when it is deprecated", async () => {
    const { models, source, times } = await history([["team/m@v1.0.0", "team/m@deprecated#1", "n@v1.0.0"]]);
    expect(models).toEqual([
      { name: "n", createdAt: times[2] },
      {
        name: "team-m",
        createdAt: times[0],
        tags: [
          { key: "gto.name", value: "team/m" },
          { key: "gto.deprecated", value: times[1] },
        ],
      },
    ]);
    expect(source.warnings.join()).toMatch(/"team\/m" is imported as "team-m".*team-m is deprecated since/);
  });
});

describe("what GTO would not read", () => {
  it("is left out and said", async () => {
    const { path, git } = repository();
    commit(git, "Train");
    git("tag", "m@v0.1.0");
    for (const [second, name] of ["m@v1.0.0", "m#prod##1", "M@v1.0.0", "release-1", "m#prod!#9"].entries())
      tagAt(git, second, name);
    commit(git, "Go on");
    for (const [second, name] of ["m#prod#2", "m@v7.0.0!", "n#prod#1"].entries())
      tagAt(git, 10 + second, name);
    git("tag", "-m", "a tree", "m@v3.0.0", "HEAD^{tree}");
    const source = await openGtoRegistry(path, { own });
    expect(await source.counts()).toMatchObject({ models: 1, versions: 1, commits: 1 });
    expect((await everything(source)).versions[0]).not.toHaveProperty("stays");
    for (const said of [
      "Tag m@v0.1.0 is a lightweight one, without a time, which GTO does not count; it is left out",
      'Tag "m#prod##1" is none that GTO writes; it is left out',
      'Tag "M@v1.0.0" is none that GTO writes; it is left out',
      "Tag m@v3.0.0 names no commit or no time; it is left out",
      "Tag m#prod!#9 takes a stage from v1.0.0 that it did not have; it is left out",
      "Tag m#prod#2 names a commit of which no version is registered by then; it is left out",
      "Tag m@v7.0.0! deregisters a version that is not registered by then; it is left out",
      "Tag n#prod#1 names a commit of which no version is registered by then; it is left out",
    ])
      expect(source.warnings).toContain(said);
  });

  it("is nothing at all in a repository without such tags", async () => {
    const { source } = await history([["release-1"]]);
    expect(await source.counts()).toMatchObject({ models: 0, versions: 0, commits: 0 });
  });
});
