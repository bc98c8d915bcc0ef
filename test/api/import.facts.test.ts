import { beforeAll, describe, expect, it } from "vitest";
import { sql } from "../../src/db/sql.ts";
import { readId } from "../../src/kernel/ids.ts";
import { openDatabase } from "../support/engines.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

const importing = (batch: object) =>
  registry.attempt("importHistory", { batch: { source: "test", ...batch } }, "imported unchanged");
const many = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => ({ key: `k${from + at}`, value: "v" }));

describe("tags that importHistory adds to experiments", () => {
  it("arrive once when many bring them at once", async () => {
    const names = Array.from({ length: 20 }, (_, at) => `shared ${at}`);
    await importing({ experiments: names.map((name) => ({ name })) });
    for (let turn = 0; turn < 3; turn++) {
      const tagged = names.map((name) => ({ name, tags: many(turn * 50, 50) }));
      const answers = await Promise.all(
        [tagged, [...tagged].reverse(), tagged, [...tagged].reverse()].map((experiments) =>
          importing({ experiments }),
        ),
      );
      expect(answers.flatMap(({ userErrors }) => userErrors)).toEqual([]);
      expect(answers.map(({ imported }) => imported).sort((a, b) => a - b)).toEqual([0, 0, 0, 20]);
    }
  });
});

describe("facts of one subject that importHistory takes over", () => {
  const run = { runId: "a".repeat(32), experiment: "Default", status: "FINISHED" };
  const loggedModel = { modelId: `m-${"a".repeat(32)}`, experiment: "Default", status: "READY" };

  it.each([
    ["runs", "tags", run],
    ["runs", "params", run],
    ["loggedModels", "tags", loggedModel],
    ["loggedModels", "params", loggedModel],
  ])("are at most 1,000, in however many parts they come: %s, %s", async (list, field, subject) => {
    const parts = [many(0, 600), many(500, 600)].map((pairs) => ({ ...subject, [field]: pairs }));
    const limit = [{ code: "LIMIT", path: ["input", "batch", list, "0", field] }];
    expect((await importing({ [list]: parts })).userErrors).toMatchObject(limit);
    expect((await importing({ [list]: [parts[0]] })).userErrors).toEqual([]);
    expect((await importing({ [list]: [parts[1]] })).userErrors).toMatchObject(limit);
    expect((await importing({ [list]: [parts[0]] })).userErrors).toEqual([]);
  });

  it("are at most 1,000 on an experiment, too", async () => {
    await importing({ experiments: [{ name: "full", tags: many(0, 1_000) }] });
    expect(
      (await importing({ experiments: [{ name: "full", tags: many(1_000, 1) }] })).userErrors,
    ).toMatchObject([{ code: "LIMIT", path: ["input", "batch", "experiments", "0", "tags"] }]);
  });
});

describe("a subject with too many tags", () => {
  it("may change and lose them, and gain none", async () => {
    const { id } = await registry.model("crowded", { tags: many(0, 1_000) });
    const database = await openDatabase(world.settings);
    await database.write((tx) =>
      tx.run(sql`INSERT INTO tag (nodeId, name, value) VALUES (${readId(id)!.node}, ${"one more"}, ${"v"})`),
    );
    const set = (input: object) => registry.attempt("setModelTags", { model: id, ...input }, "model { id }");
    expect((await set({ set: [{ key: "k1", value: "changed" }] })).userErrors).toEqual([]);
    expect((await set({ set: [{ key: "other", value: "v" }] })).userErrors).toMatchObject([
      { code: "LIMIT" },
    ]);
    expect((await set({ set: [{ key: "other", value: "v" }], delete: ["k2"] })).userErrors).toEqual([]);
    expect((await set({ delete: ["k3", "k4"] })).userErrors).toEqual([]);
  });
});
