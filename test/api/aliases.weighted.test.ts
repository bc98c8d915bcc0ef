import { beforeAll, describe, expect, it } from "vitest";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

async function modelWith(name: string, versions: number): Promise<void> {
  await registry.model(name);
  for (let turn = 0; turn < versions; turn++) await registry.version(name);
}

type Share = [alias: string, version: number, weight: number];

const weigh = (model: string, ...shares: Share[]) => ({
  model,
  weights: shares.map(([alias, version, weight]) => ({ alias, version, weight })),
});

/** `champion → 1 (90)`, by name. */
async function aliasesOf(model: string): Promise<string[]> {
  const asked = `query ($model: String!) { model(name: $model) { aliases { name weight modelVersion { number } } } }`;
  const { aliases } = (await world.ask(asked, { model })).model;
  return aliases.map(
    ({
      name,
      weight,
      modelVersion,
    }: {
      name: string;
      weight: number | null;
      modelVersion: { number: number };
    }) => `${name} → ${modelVersion.number}${weight === null ? "" : ` (${weight})`}`,
  );
}

async function eventsOf(model: string): Promise<{ type: string; payload: object; groupSeq: number }[]> {
  const asked = `query ($model: String!) { model(name: $model) { history(first: 100) { nodes { type payload groupSeq } } } }`;
  const { nodes } = (await world.ask(asked, { model })).model.history;
  return nodes.filter(({ type }: { type: string }) => type.startsWith("alias."));
}

async function resolved(ref: string, stickyKey: string | null = null, requireLive = false) {
  const asked = `query ($ref: VersionRef!, $stickyKey: String, $requireLive: Boolean) {
    resolve(ref: $ref, stickyKey: $stickyKey, requireLive: $requireLive) { alias uri modelVersion { number } } }`;
  const { resolve } = await world.ask(asked, { ref, stickyKey, requireLive });
  return resolve && { alias: resolve.alias, number: resolve.modelVersion.number };
}

describe("setWeightedAliases", () => {
  it("moves and weighs all at once, an event for each alias that changes, all in one group", async () => {
    await modelWith("ab", 3);
    await registry.mutate("setAlias", { model: "ab", alias: "champion", version: 1 });
    await registry.mutate("setAlias", { model: "ab", alias: "other", version: 1 });
    const { aliases } = await registry.mutate(
      "setWeightedAliases",
      weigh("ab", ["champion", 1, 90], ["challenger", 2, 10]),
    );
    expect(aliases).toEqual([
      { name: "challenger", weight: 10, modelVersion: { number: 2 } },
      { name: "champion", weight: 90, modelVersion: { number: 1 } },
    ]);
    expect(await aliasesOf("ab")).toEqual(["challenger → 2 (10)", "champion → 1 (90)", "other → 1"]);
    await registry.mutate("setWeightedAliases", weigh("ab", ["champion", 1, 90], ["new", 3, 10]));
    expect(await aliasesOf("ab")).toEqual([
      "challenger → 2",
      "champion → 1 (90)",
      "new → 3 (10)",
      "other → 1",
    ]);
    const events = (await eventsOf("ab")).slice(2);
    expect(events.map(({ payload }) => payload)).toEqual([
      { alias: "champion", from: 1, to: 1, weight: 90 },
      { alias: "challenger", from: null, to: 2, weight: 10 },
      { alias: "new", from: null, to: 3, weight: 10 },
      { alias: "challenger", from: 2, to: 2, weight: null },
    ]);
    expect(new Set(events.map(({ groupSeq }) => groupSeq)).size).toBe(2);
    await registry.mutate("setWeightedAliases", weigh("ab"));
    expect(await aliasesOf("ab")).toEqual(["challenger → 2", "champion → 1", "new → 3", "other → 1"]);
  });

  it.each([
    ["shares of 99", [["a", 1, 99]], "INVALID", "weights: expected a sum of 100; got 99", ["weights"]],
    ["no version", [["a", 9, 100]], "NOT_FOUND", "version refused/9 not found", ["weights", "0", "version"]],
    ["latest", [["Latest", 1, 100]], "INVALID", "another name than latest", ["weights", "0", "alias"]],
  ] as [string, Share[], string, string, string[]][])(
    "refuses %s, and moves none",
    async (title, shares, code, message, path) => {
      const model = `refused ${title}`;
      await modelWith(model, 2);
      await registry.mutate("setWeightedAliases", weigh(model, ["a", 1, 50], ["b", 2, 50]));
      const before = await rowCounts(world.settings);
      const refusal = await registry.refusal("setWeightedAliases", weigh(model, ...shares));
      expect(refusal).toMatchObject({ code, path: ["input", ...path] });
      expect(refusal.message).toContain(message.replace("refused/", `${model}/`));
      expect(await aliasesOf(model)).toEqual(["a → 1 (50)", "b → 2 (50)"]);
      expect(await rowCounts(world.settings)).toEqual(before);
    },
  );

  it("moves none where a later one cannot move", async () => {
    await modelWith("whole", 2);
    const shares = weigh("whole", ["a", 1, 50], ["b", 9, 50]);
    expect(await registry.refusal("setWeightedAliases", shares)).toMatchObject({ code: "NOT_FOUND" });
    expect(await aliasesOf("whole")).toEqual([]);
  });

  it("moves only from where the caller has seen each", async () => {
    await modelWith("seen", 2);
    const input = weigh("seen", ["a", 1, 50], ["b", 2, 50]);
    const expecting = (versions: number[]) => ({
      ...input,
      weights: input.weights.map((weight, at) => ({ ...weight, expectedVersion: versions[at] })),
    });
    expect(await registry.refusal("setWeightedAliases", expecting([0, 1]))).toEqual({
      code: "CONFLICT",
      message: "alias seen@b does not exist; 1 was expected",
      path: ["input", "weights", "1", "expectedVersion"],
    });
    await registry.mutate("setWeightedAliases", expecting([0, 0]));
    await registry.mutate("setWeightedAliases", expecting([1, 2]));
    expect(await eventsOf("seen")).toHaveLength(2);
  });

  it("leaves one whole set, whoever of sixteen rivals comes last", async () => {
    await modelWith("rivals", 4);
    for (let round = 0; round < 5; round++) {
      await inLanes(16, 16, (at) =>
        registry.mutate(
          "setWeightedAliases",
          weigh("rivals", [`a${at % 5}`, 1, 30 + at], [`b${at % 3}`, 2, 70 - at]),
        ),
      );
      const weights = (await aliasesOf("rivals")).flatMap((text) => /\((\d+)\)/.exec(text)?.[1] ?? []);
      expect(weights).toHaveLength(2);
      expect(weights.reduce((sum, weight) => sum + Number(weight), 0)).toBe(100);
    }
  });
});

describe("an alias with a share", () => {
  it("keeps it where it is moved", async () => {
    await modelWith("kept", 3);
    await registry.mutate("setWeightedAliases", weigh("kept", ["a", 1, 60], ["b", 2, 40]));
    await registry.mutate("setAlias", { model: "kept", alias: "b", version: 3 });
    expect(await aliasesOf("kept")).toEqual(["a → 1 (60)", "b → 3 (40)"]);
    expect((await eventsOf("kept")).at(-1)!.payload).toEqual({ alias: "b", from: 2, to: 3, weight: 40 });
  });

  it("is not deleted, and neither is the version it points to: the others would not sum to 100", async () => {
    await modelWith("needed", 2);
    await registry.mutate("setWeightedAliases", weigh("needed", ["a", 1, 60], ["b", 2, 40]));
    const message = "alias needed@b has 40 of 100: set the weights without it first";
    expect(await registry.refusal("deleteAlias", { model: "needed", alias: "b" })).toEqual({
      code: "CONFLICT",
      message,
      path: ["input", "alias"],
    });
    expect(await registry.refusal("deleteModelVersion", { version: "needed/2" })).toEqual({
      code: "CONFLICT",
      message,
      path: ["input", "version"],
    });
    await registry.mutate("setWeightedAliases", weigh("needed", ["a", 1, 100]));
    await registry.mutate("deleteModelVersion", { version: "needed/2" });
    expect(await aliasesOf("needed")).toEqual(["a → 1 (100)"]);
  });
});

describe("resolve with a sticky key", () => {
  it("gives each key one member of the set, the same by whichever alias it is asked for", async () => {
    await modelWith("sticky", 3);
    await registry.mutate("setWeightedAliases", weigh("sticky", ["champion", 1, 90], ["challenger", 2, 10]));
    const keys = Array.from({ length: 100 }, (_, at) => `customer-${at}`);
    const by = (alias: string) => inLanes(8, keys.length, (at) => resolved(`sticky@${alias}`, keys[at]!));
    const first = await by("champion");
    expect(await by("challenger")).toEqual(first);
    const counts = (answers: (typeof first)[number][]) => ({
      champion: answers.filter((answer) => answer.alias === "champion" && answer.number === 1).length,
      challenger: answers.filter((answer) => answer.alias === "challenger").length,
    });
    const { champion, challenger } = counts(first);
    expect(champion + challenger).toBe(100);
    expect(challenger).toBeGreaterThan(0);
    expect(challenger).toBeLessThan(30);
    await registry.mutate("setAlias", { model: "sticky", alias: "challenger", version: 3 });
    const moved = first.map(({ alias, number }) => ({ alias, number: alias === "challenger" ? 3 : number }));
    expect(await by("champion")).toEqual(moved);
  });

  it("answers what was asked for without a key, or where that is no alias in a set", async () => {
    await modelWith("plain", 2);
    await registry.mutate("setWeightedAliases", weigh("plain", ["a", 1, 1], ["b", 2, 99]));
    await registry.mutate("setAlias", { model: "plain", alias: "alone", version: 1 });
    expect(await resolved("plain@a")).toEqual({ alias: "a", number: 1 });
    for (const stickyKey of ["x", "y", "z"]) {
      expect(await resolved("plain@alone", stickyKey)).toEqual({ alias: "alone", number: 1 });
      expect(await resolved("plain/2", stickyKey)).toEqual({ alias: null, number: 2 });
      expect(await resolved("plain/None", stickyKey)).toEqual({ alias: null, number: 2 });
      expect(await resolved("plain@absent", stickyKey)).toBeNull();
    }
  });

  it("lets no member through that is not live where that is asked for", async () => {
    await modelWith("live", 2);
    await registry.promote("live/1", "Production");
    await registry.mutate("setWeightedAliases", weigh("live", ["a", 1, 1], ["b", 2, 99]));
    const keys = ["1", "2", "3", "4"];
    const asked = `query ($key: String!) { resolve(ref: "live@a", stickyKey: $key, requireLive: true) { uri } }`;
    const answers = await Promise.all(keys.map((key) => world.graphql(asked, { key })));
    expect(answers.flatMap(({ errors }) => errors ?? [])).not.toEqual([]);
    for (const { errors } of answers) {
      if (errors) expect(errors).toMatchObject([{ message: "ref: live/2 is in None, which is not live" }]);
    }
  });

  it.each([[""], ["x".repeat(256)], ["a\u0000"], ["\ud800"]])("refuses the key %j", async (stickyKey) => {
    const asked = `query ($stickyKey: String!) { resolve(ref: "m@a", stickyKey: $stickyKey) { uri } }`;
    const { errors } = await world.graphql(asked, { stickyKey });
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argumentPath: ["stickyKey"] } }]);
  });
});
