import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { type Tracker, trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let tracker: Tracker;
let viewer: Person;
let nobody: Person;

beforeAll(async () => {
  world = await startWorld();
  tracker = trackerOf(world);
  viewer = await person(world, "viewer", { grants: [["VIEWER", "risk.*"]] });
  nobody = await person(world, "nobody");
  return world.close;
});

it("deleted experiments are listed only where one may read them", async () => {
  for (const lab of ["risk", "other"]) {
    const { id } = await tracker.done("createExperiment", { name: `${lab} gone`, scope: `${lab}.gone` });
    await tracker.done("deleteExperiment", { experiment: id });
  }
  const question = `{ experiments(filter: { includeDeleted: true, name: { contains: "gone" } }) { totalCount nodes { name } } }`;
  expect((await world.ask(question)).experiments.totalCount).toBe(2);
  expect((await viewer.ask(question)).experiments).toEqual({ totalCount: 1, nodes: [{ name: "risk gone" }] });
});

it("a sha whose digits are not enough is an error for who may read commits, and absent for others", async () => {
  for (const end of ["1", "2"]) await tracker.done("recordCommit", { sha: `abcdef0${end}`.padEnd(40, "0") });
  const question = `{ commit(sha: "abcdef0") { sha } }`;
  expect((await viewer.graphql(question)).errors![0]!.message).toContain("more digits");
  expect(await nobody.ask(question)).toEqual({ commit: null });
});

describe("scopes", () => {
  it("of `risk.*` are risk and what begins with `risk.`, not what only begins alike", async () => {
    for (const scope of ["risk", "risk.a.b", "risky", "Risk.a", "risk-a", ""])
      await tracker.done("createExperiment", { name: `scoped (${scope})`, scope });
    const question = `{ experiments(filter: { name: { startsWith: "scoped (" } }) { totalCount nodes { scope } } }`;
    const { nodes, totalCount } = (await viewer.ask(question)).experiments;
    expect([totalCount, nodes.map(({ scope }: { scope: string }) => scope).sort()]).toEqual([
      2,
      ["risk", "risk.a.b"],
    ]);
    expect((await world.ask(question)).experiments.totalCount).toBe(6);
  });
});

describe("pages join", () => {
  const tenOf = Array.from({ length: 10 }, (_, index) => index);
  const places: Record<string, string> = {
    experiments: `filter: { name: { startsWith: "paged " } }`,
    runs: `filter: { name: { startsWith: "paged " } }, orderBy: { field: NAME }`,
    datasets: `filter: { name: { startsWith: "paged " } }`,
  };

  beforeAll(async () => {
    for (const index of tenOf) {
      const lab = index % 3 === 0 ? "other" : "risk";
      const name = `paged ${index}`;
      await tracker.done("createExperiment", { name, scope: `${lab}.paged` });
      await tracker.run({ experiment: name, name });
      await tracker.done("recordDataset", { name, digest: "1", scope: `${lab}.paged` });
    }
  });

  it.each(Object.entries(places))("of %s that lie between hidden ones", async (list, args) => {
    const walk = async (size: string, from: string, isBackward: boolean) => {
      const names: string[] = [];
      for (let cursor: string | null = null, hasMore = true; hasMore; ) {
        const at: string = cursor ? `, ${from}: "${cursor}"` : "";
        const page = (
          await viewer.ask(
            `{ ${list}(${size}: 2, ${args}${at}) { totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
          )
        )[list];
        expect(page.totalCount).toBe(6);
        const found = page.nodes.map(({ name }: { name: string }) => name);
        names.push(...(isBackward ? found.reverse() : found));
        cursor = isBackward ? page.pageInfo.startCursor : page.pageInfo.endCursor;
        hasMore = isBackward ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage;
      }
      return names;
    };
    const visible = tenOf.filter((index) => index % 3 !== 0).map((index) => `paged ${index}`);
    expect(await walk("first", "after", false)).toEqual(visible);
    expect(await walk("last", "before", true)).toEqual([...visible].reverse());
  });
});
