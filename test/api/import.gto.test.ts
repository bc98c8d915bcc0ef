import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openGtoRegistry } from "../../src/cli/sources/gto-registry.ts";
import type { ImportBatch } from "../../src/client/import-batch.ts";
import { type ChurnRepository, churnTags, makeChurnRepository } from "../support/churn-history.ts";
import { runCli } from "../support/cli-process.ts";
import { listOf } from "../support/foreign-stores.ts";
import { send } from "../support/import-sending.ts";
import { startWorld, type World } from "../support/world.ts";

const tags = churnTags();
const registrations = tags.filter(({ name }) => name.includes("@"));
const assignments = tags.filter(({ name }) => name.includes("#") && !name.includes("@"));
const models = [...new Set(registrations.map(({ name }) => name.split("@")[0]!))].sort();
const stages = ["None", "Staging", "Production", "Archived"];
const ours: Record<string, string> = { dev: "Staging", stage: "Staging", prod: "Production" };

/** `v1.0.0` of `model@v1.0.0#4`. */
const versionOf = (name: string) => name.split("@")[1]!.split("#")[0]!;
const versionsOf = (model: string) =>
  registrations.filter(({ name }) => name.startsWith(`${model}@`)).map(({ name }) => versionOf(name));

/** Where each version of a model stood then, read off the tags once more from the first. */
function replay(model: string, at: number): Map<string, string> {
  const standing = new Map<string, string>();
  const holders = new Map<string, string>();
  const assigned = new Map<string, string[]>();
  for (const { name, commit, at: when } of tags) {
    if (when > at || !name.startsWith(model)) continue;
    if (name.includes("@")) {
      standing.set(versionOf(name), "None");
      continue;
    }
    const stage = name.split("#")[1]!;
    const registered = registrations.find(
      (one) => one.name.startsWith(`${model}@`) && one.commit === commit,
    )!;
    const version = versionOf(registered.name);
    holders.set(stage, version);
    assigned.set(version, [...(assigned.get(version) ?? []), stage]);
    for (const one of standing.keys()) {
      const held = (assigned.get(one) ?? []).filter((other) => holders.get(other) === one);
      standing.set(one, held.length === 0 ? "None" : ours[held.at(-1)!]!);
    }
  }
  return standing;
}

/** Right before each tag, with it, and halfway to the next. */
function momentsOf(all: readonly { at: number }[]): number[] {
  return all.flatMap(({ at }, index) => {
    const next = all[index + 1]?.at ?? at + 86_400_000;
    return [at - 1, at, at + Math.floor((next - at) / 2)];
  });
}

describe("the registry that GTO kept of the churn models", () => {
  let world: World;
  let repository: ChurnRepository;
  let batches: ImportBatch[];

  beforeAll(async () => {
    world = await startWorld();
    repository = makeChurnRepository();
    const { stages: own } = await world.ask("{ stages { name synonyms } }");
    batches = await listOf((await openGtoRegistry(repository.path, { own })).batches());
    await send(world, batches);
  });
  afterAll(async () => {
    repository.remove();
    await world.close();
  });

  it("arrives with 3 models and 8 versions, numbered as they were registered, each with its commit", async () => {
    expect([tags.length, models.length, registrations.length, assignments.length]).toEqual([17, 3, 8, 9]);
    const { models: found } = await world.ask(
      `{ models(orderBy: { field: NAME }) { nodes { name versions(first: 100) {
        nodes { number semanticVersion createdAt description attributedTo commit { sha committedAt } } } } } }`,
    );
    expect(found.nodes.map(({ name }: { name: string }) => name)).toEqual(models);
    for (const { name: model, versions } of found.nodes) {
      const own = registrations.filter(({ name }) => name.startsWith(`${model}@`));
      const expected = own.map(({ name, commit, at, subject }, index) => ({
        number: index + 1,
        semanticVersion: versionOf(name).slice(1),
        createdAt: new Date(at).toISOString(),
        description: subject,
        attributedTo: "A",
        commit: { sha: repository.shas.get(commit), committedAt: expect.any(String) },
      }));
      expect(versions.nodes.toReversed()).toEqual(expected);
    }
  });

  it("answers where every version stood at any instant as a replay of the tags does", async () => {
    const moments = momentsOf(tags);
    for (const model of models) {
      const numbers = versionsOf(model);
      for (const moment of moments) {
        const asOf = new Date(moment).toISOString();
        const asked = stages.map(
          (stage) => `${stage}: inStage(stage: "${stage}", asOf: $asOf, basis: OCCURRED) { number }`,
        );
        const { model: answer } = await world.ask(
          `query ($model: String!, $asOf: DateTime!) { model(name: $model) { ${asked.join(" ")} } }`,
          { model, asOf },
        );
        const standing = replay(model, moment);
        for (const stage of stages) {
          const expected = numbers.flatMap((version, at) =>
            standing.get(version) === stage ? [at + 1] : [],
          );
          const found = answer[stage].map(({ number }: { number: number }) => number).sort();
          expect(found, `${model} in ${stage} at ${asOf}`).toEqual(expected);
        }
      }
    }
  });

  it("answers what stood in any stage at any instant as a replay of the tags does", async () => {
    for (const moment of momentsOf(tags)) {
      const expected = models.flatMap((model) => {
        const standing = replay(model, moment);
        return versionsOf(model).flatMap((version, at) => {
          const stage = standing.get(version) ?? "None";
          return stage === "None" ? [] : [`models:/${model}/${at + 1} in ${stage}`];
        });
      });
      const asOf = new Date(moment).toISOString();
      const { then, recorded } = await world.ask(
        `query ($asOf: DateTime!) { recorded: registry(asOf: $asOf) { totalCount } then: registry(asOf: $asOf, basis: OCCURRED, first: 100) {
          totalCount nodes { at to isImported modelVersion { uri } } } }`,
        { asOf },
      );
      const found = then.nodes.map(
        ({ modelVersion, to }: { modelVersion: { uri: string }; to: string }) =>
          `${modelVersion.uri} in ${to}`,
      );
      expect(found.sort(), asOf).toEqual(expected.sort());
      expect(then.totalCount).toBe(expected.length);
      for (const { at, isImported } of then.nodes) {
        expect(isImported && Date.parse(at) <= moment && tags.some((tag) => tag.at === Date.parse(at))).toBe(
          true,
        );
      }
      expect(recorded.totalCount).toBe(0);
    }
  });

  it("keeps every move at its time, with who decided and why", async () => {
    let seen = 0;
    for (const model of models) {
      for (const [index, version] of versionsOf(model).entries()) {
        const expected = [];
        let from = "None";
        for (const { name, at, subject } of tags) {
          const to = replay(model, at).get(version) ?? "None";
          if (to !== from) {
            const isOwn = subject.endsWith(` ${version}`) && name.startsWith(model);
            const comment = isOwn ? subject : null;
            expected.push({ from, to, at: new Date(at).toISOString(), isImported: true, comment });
          }
          from = to;
        }
        const { modelVersion } = await world.ask(
          `query ($ref: VersionRef!) { modelVersion(ref: $ref) { stage transitions { nodes { from to at isImported comment } } } }`,
          { ref: `${model}/${index + 1}` },
        );
        expect(modelVersion.transitions.nodes.toReversed(), `${model} ${version}`).toEqual(expected);
        expect(modelVersion.stage).toBe(from);
        seen += expected.filter(({ comment }) => comment !== null).length;
      }
    }
    expect(seen).toBe(assignments.length);
  });

  it("changes nothing when it is imported again", async () => {
    const { eventHead } = await world.ask("{ eventHead }");
    expect(await send(world, batches)).toBe(0);
    expect(await world.ask("{ eventHead }")).toEqual({ eventHead });
  });

  it("comes in by the command line, which says what it mapped and what it refuses", async () => {
    const other = await startWorld();
    try {
      const run = (...more: string[]) =>
        runCli(["import", "gto", repository.path, ...more], { server: other });
      const bad = await run("--stage", "dev=Testing");
      expect(bad).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("None, Staging, Production, Archived"),
      });
      expect(await run("--stage", "dev")).toMatchObject({ code: 2 });
      const first = await run("--stage", "dev=None");
      expect(first, first.stderr).toMatchObject({ code: 0 });
      expect(first.stdout).toMatch(
        /3 models, 8 versions, 9 stays in stages, 8 commits\n19 records were new\./,
      );
      expect(first.stderr).toContain("note: Stage prod is imported as Production");
      expect(await run("--stage", "dev=None")).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("nothing was changed"),
      });
      const { model } = await other.ask(
        `{ model(name: "randomforest-model") { inStage(stage: "Production") { number } none: inStage(stage: "None") { number } } }`,
      );
      expect(model).toEqual({ inStage: [{ number: 1 }], none: [{ number: 2 }] });
    } finally {
      await other.close();
    }
  });
});
