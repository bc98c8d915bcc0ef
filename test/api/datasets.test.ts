import { beforeAll, describe, expect, it } from "vitest";
import { inLanes } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let tracker: ReturnType<typeof trackerOf>;

beforeAll(async () => {
  world = await startWorld();
  tracker = trackerOf(world);
  return world.close;
});

const record = (input: object) => tracker.done("recordDataset", input);
const found = `query ($name: String!) { dataset(name: $name) { id name scope createdAt
  versions { totalCount nodes { id digest digestAlgorithm source schema profile } } } }`;
const datasetOf = async (name: string) => (await world.ask(found, { name })).dataset;

const schema = {
  columns: [
    { name: "âge", type: "long" },
    { name: "b", type: { nested: [1, 2.5, null, true, ""] } },
  ],
};

describe("recordDataset", () => {
  it("makes dataset and version known, with an event each", async () => {
    const made = await record({
      name: "loans/2026 🦊",
      digest: "8f14e45f",
      digestAlgorithm: "md5",
      source: "s3://bucket/loans.csv",
      scope: "risk",
      schema,
      profile: { num_rows: 1_000 },
    });
    expect(made).toMatchObject({
      digest: "8f14e45f",
      digestAlgorithm: "md5",
      source: "s3://bucket/loans.csv",
      schema,
      profile: { num_rows: 1_000 },
      dataset: { name: "loans/2026 🦊", scope: "risk" },
    });
    expect(await tracker.eventsOf(made.id)).toEqual(["dataset_version.recorded"]);
    expect(await tracker.eventsOf(made.dataset.id)).toEqual(["dataset.created"]);
    const { node } = await world.ask(
      `query ($id: ID!) { node(id: $id) { ... on DatasetVersion { schema } } }`,
      made,
    );
    expect(node.schema).toEqual(schema);
  });

  it("keeps versions apart by digest, the latest first, and says nothing new twice", async () => {
    for (const digest of ["1", "2", "1", "3"]) await record({ name: "versions", digest });
    const { versions } = await datasetOf("versions");
    expect(versions.totalCount).toBe(3);
    expect(versions.nodes.map(({ digest }: { digest: string }) => digest)).toEqual(["3", "2", "1"]);
    const before = await rowCounts(world.settings);
    await record({ name: "versions", digest: "2" });
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it("adds what was not told, and keeps what was", async () => {
    const { id } = await record({ name: "filled", digest: "1", source: "first" });
    const more = {
      name: "filled",
      digest: "1",
      source: "second",
      schema: { a: 1 },
      digestAlgorithm: "sha256",
    };
    for (const _ of [1, 2]) {
      expect(await record(more)).toMatchObject({
        id,
        source: "first",
        schema: { a: 1 },
        digestAlgorithm: "sha256",
      });
    }
    expect(await record({ name: "filled", digest: "1", profile: [1] })).toMatchObject({
      profile: [1],
      schema: { a: 1 },
    });
    expect(await tracker.eventsOf(id)).toEqual([
      "dataset_version.recorded",
      "dataset_version.updated",
      "dataset_version.updated",
    ]);
  });

  it("joins a version to what it was made from, once, and never in a ring", async () => {
    const derivedFrom = [
      { name: "raw", digest: "1" },
      { name: "raw", digest: "2" },
    ];
    const clean = await record({ name: "clean", digest: "1", derivedFrom });
    await record({ name: "clean", digest: "1", derivedFrom });
    expect(await tracker.eventsOf(clean.id)).toEqual(["dataset_version.recorded", "dataset_version.derived"]);
    for (const ring of [
      { name: "raw", digest: "1", derivedFrom: [{ name: "clean", digest: "1" }] },
      { name: "clean", digest: "1", derivedFrom: [{ name: "clean", digest: "1" }] },
    ]) {
      const before = await rowCounts(world.settings);
      expect(await tracker.refusal("recordDataset", ring)).toMatchObject({ code: "CONFLICT" });
      expect(await rowCounts(world.settings)).toEqual(before);
    }
  });

  it("lets one of two rings through, whichever comes first", async () => {
    for (let round = 0; round < 5; round++) {
      const key = (name: string) => ({ name: `ring ${name}`, digest: `${round}` });
      await record(key("a"));
      await record(key("b"));
      const attempts = await Promise.all([
        tracker.attempt("recordDataset", { ...key("a"), derivedFrom: [key("b")] }),
        tracker.attempt("recordDataset", { ...key("b"), derivedFrom: [key("a")] }),
      ]);
      const codes = attempts.flatMap(({ userErrors }) =>
        userErrors.map(({ code }: { code: string }) => code),
      );
      expect(codes).toEqual(["CONFLICT"]);
    }
  });

  it("makes one dataset and one version of sixteen that come at once", async () => {
    const made = await inLanes(16, 32, (index) => record({ name: "crowd", digest: `${index % 2}` }));
    expect(new Set(made.map(({ id }) => id)).size).toBe(2);
    expect((await datasetOf("crowd")).versions.totalCount).toBe(2);
  });

  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
  it.each([
    [{ name: "" }, "INVALID", "name"],
    [{ name: "a\u0000b" }, "INVALID", "name"],
    [{ name: "x".repeat(10_000) }, "INVALID", "name"],
    [{ digest: " d" }, "INVALID", "digest"],
    [{ digest: "x".repeat(256) }, "INVALID", "digest"],
    [{ digestAlgorithm: "x".repeat(65) }, "INVALID", "digestAlgorithm"],
    [{ source: "x".repeat(16_001) }, "INVALID", "source"],
    [{ source: "a\u0000b" }, "INVALID", "source"],
    [{ schema: deep(31) }, "INVALID", "schema"],
    [{ schema: { a: ["\ud800"] } }, "INVALID", "schema"],
    [{ profile: { "\udc00": 1 } }, "INVALID", "profile"],
    [{ profile: "x".repeat(1024 * 1024) }, "INVALID", "profile"],
    [{ derivedFrom: [{ name: "a", digest: "" }] }, "INVALID", "derivedFrom.0.digest"],
    [
      { derivedFrom: Array.from({ length: 101 }, () => ({ name: "a", digest: "b" })) },
      "LIMIT",
      "derivedFrom",
    ],
  ])("refuses %#", async (input, code, path) => {
    const refusal = await tracker.refusal("recordDataset", { name: "refused", digest: "d", ...input });
    expect(refusal).toMatchObject({ code, path: ["input", ...path.split(".")] });
    expect(refusal.message.length).toBeLessThan(500);
  });

  it("takes any JSON of 30 levels", async () => {
    for (const [index, json] of [
      deep(29),
      "text",
      0,
      false,
      [],
      {},
      { "": { "a\u0000b": "\u0000🦊" } },
    ].entries()) {
      expect((await record({ name: "json", digest: `${index}`, schema: json })).schema).toEqual(json);
      await record({ name: "json", digest: `later ${index}` });
      expect((await record({ name: "json", digest: `later ${index}`, profile: json })).profile).toEqual(json);
    }
  });
});

describe("datasets", () => {
  it("are null for names that none has", async () => {
    for (const name of ["nothing", "", "a\u0000b", "versions ", "x".repeat(10_000)]) {
      expect(await datasetOf(name)).toBeNull();
    }
  });

  it("are listed by filter and order", async () => {
    for (const name of ["list b", "list a", "list c"])
      await record({ name, digest: "l1", source: `s3://${name}` });
    await record({ name: "list b", digest: "l2" });
    const list = async (rest: string) =>
      (await world.ask(`{ datasets(${rest}) { nodes { name } } }`)).datasets.nodes.map(
        ({ name }: { name: string }) => name.slice(-1),
      );
    expect(await list('filter: { name: { startsWith: "list " } }')).toEqual(["a", "b", "c"]);
    expect(await list('filter: { digest: { eq: "l2" } }')).toEqual(["b"]);
    expect(
      await list('filter: { not: { source: { contains: "list" } } name: { startsWith: "list" } }'),
    ).toEqual([]);
    expect(
      await list(
        'filter: { digest: { eq: "l1" } }, orderBy: { field: CREATED_AT, direction: DESC }, first: 2',
      ),
    ).toEqual(["c", "a"]);
  });

  it("know the runs that used each version, once each, in pages", async () => {
    const use = (role: string) => ({ name: "used", digest: "1", role });
    const runs: string[] = [];
    for (let index = 0; index < 3; index++) {
      runs.push((await tracker.run({ datasets: [use("train"), use("test"), use("")] })).runId);
    }
    await tracker.done("deleteRun", { runId: runs[1] });
    const usedBy = async (first: number, after: string | null) => {
      const { dataset } = await world.ask(
        `query ($first: Int, $after: String) { dataset(name: "used") { versions { nodes {
           usedBy(first: $first, after: $after) { totalCount pageInfo { endCursor } nodes { runId } } } } } }`,
        { first, after },
      );
      return dataset.versions.nodes[0].usedBy;
    };
    const first = await usedBy(2, null);
    const second = await usedBy(2, first.pageInfo.endCursor);
    expect(first.totalCount).toBe(3);
    expect([...first.nodes, ...second.nodes].map(({ runId }) => runId)).toEqual(runs);
  });
});
