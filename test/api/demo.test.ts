import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { StemmaClient } from "../../src/client/client.ts";
import { models } from "../../src/demo/company/company.ts";
import { loadCompany } from "../../src/demo/loader.ts";
import { story } from "../../src/demo/pages.ts";
import { mistakeIn } from "../../src/demo/question.ts";
import { tally } from "../../src/demo/steps.ts";
import { BrokenLine, cutAfter } from "../support/broken-line.ts";
import { startWorld, type World } from "../support/world.ts";

const today = "2026-03-31";
const poisoned = [
  "models:/risk.chargeback-forecast/5",
  "models:/risk.credit-scoring/6",
  "models:/support.ticket-router/7",
];

/** Where the deeds of the first days left those that they moved. */
const moved: Record<string, string> = {
  "risk.fraud-detector/6": "Archived",
  "risk.fraud-detector/8": "Archived",
  "risk.fraud-detector/9": "Production",
  "risk.chargeback-forecast/6": "Staging",
  "support.reply-writer/3": "Archived",
  "support.reply-writer/5": "Production",
  "support.reply-writer/6": "Staging",
  "support.reply-ranker/3": "Archived",
  "support.reply-ranker/4": "Archived",
  "support.reply-ranker/5": "Production",
};

const clientOf = ({ url, token }: World) => new StemmaClient({ url, token });
const headOf = async (world: World) => (await world.ask("{ eventHead }")).eventHead;

/** Everything that the company has, counted by the server. */
async function countsIn(world: World) {
  const { actors, models, modelVersions, runs, commits, datasets } = await world.ask(`{
    actors(filter: { kind: PERSON }) { totalCount }
    models(first: 100) { totalCount }
    modelVersions(first: 1) { totalCount }
    runs(first: 1) { totalCount }
    commits(first: 1) { totalCount }
    datasets(first: 100) { nodes { versions(first: 1) { totalCount } } }
  }`);
  return {
    people: actors.totalCount,
    models: models.totalCount,
    versions: modelVersions.totalCount,
    runs: runs.totalCount,
    commits: commits.totalCount,
    datasetVersions: datasets.nodes.reduce(
      (sum: number, { versions }: { versions: { totalCount: number } }) => sum + versions.totalCount,
      0,
    ),
  };
}

async function reachedIn(world: World): Promise<string[]> {
  const { impact } = await world.ask(
    `query ($of: [ID!]!) { impact(of: $of, stages: ["Production"]) { nodes { modelVersion { uri } } } }`,
    { of: [await mistakeIn(clientOf(world))] },
  );
  return impact.nodes.map(({ modelVersion }: { modelVersion: { uri: string } }) => modelVersion.uri).sort();
}

describe("the demo company", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
    expect((await loadCompany(clientOf(world), today)).wasThere).toBe(false);
    return world.close;
  });

  it("is as large as it says", async () => {
    const { teams: _, metricPoints: __, ...counts } = tally();
    expect(await countsIn(world)).toEqual(counts);
    expect([counts.models, counts.versions, counts.people]).toEqual([7, 42, 10]);
  });

  it("is not loaded twice", async () => {
    const head = await headOf(world);
    expect((await loadCompany(clientOf(world), "2026-04-01")).wasThere).toBe(true);
    expect(await headOf(world)).toBe(head);
  });

  it("has let the mislabelled chargebacks into production, in both teams", async () => {
    expect(await reachedIn(world)).toEqual(poisoned);
  });

  it("knows what a support model was made from, down to the other team's data", async () => {
    const { modelVersion } = await world.ask(`{
      modelVersion(ref: "support.ticket-router@champion") {
        parents { relation modelVersion { uri } }
        lineage(direction: UPSTREAM) { isPartial nodes { kind containerLabel } }
      }
    }`);
    const { lineage, parents } = modelVersion;
    expect(parents).toEqual([
      { relation: "quantized", modelVersion: { uri: "models:/support.ticket-router/6" } },
    ]);
    const met = lineage.nodes.map(({ kind, containerLabel }: Record<string, string>) =>
      [kind, containerLabel].join(" "),
    );
    expect(met).toContain("DATASET_VERSION risk.chargebacks");
    expect(met).toContain("MODEL_VERSION support.text-foundation");
    expect(lineage.isPartial).toBe(false);
  });

  it("has a past with dates, and a present with reasons", async () => {
    const { modelVersion, reply } = await world.ask(`{
      modelVersion(ref: "risk.fraud-detector/4") { transitions { nodes { to at isImported } } }
      reply: modelVersion(ref: "support.reply-writer/5") { transitions { nodes { from to comment isImported request { reason } } } }
    }`);
    const past = modelVersion.transitions.nodes;
    expect(past.map(({ to }: { to: string }) => to).sort()).toEqual(["Archived", "Production", "Staging"]);
    expect(
      past.every(({ at, isImported }: { at: string; isImported: boolean }) => isImported && at < today),
    ).toBe(true);
    expect(reply.transitions.nodes).toContainEqual({
      from: "Staging",
      to: "Production",
      comment: expect.stringContaining("fifty of its drafts"),
      isImported: false,
      request: { reason: expect.stringContaining("63 drafts of 100") },
    });
  });

  it("stood in production where its past says, at the time", async () => {
    const { model } = await world.ask(
      `query ($asOf: DateTime!) {
        model(name: "risk.fraud-detector") { inStage(stage: "Production", asOf: $asOf, basis: OCCURRED) { number } }
      }`,
      { asOf: "2025-09-15T00:00:00.000Z" },
    );
    expect(model.inStage).toEqual([{ number: 4 }]);
  });

  it("trained with curves, in sweeps", async () => {
    const { modelVersion } = await world.ask(`{
      modelVersion(ref: "risk.fraud-detector/9") {
        metrics(split: "test") { key slice }
        run { status metricHistory(key: "val_loss", first: 100) { nodes { value step } } parent { children { totalCount } } }
      }
    }`);
    const { run, metrics } = modelVersion;
    expect(metrics).toHaveLength(4);
    expect(run.status).toBe("FINISHED");
    expect(run.parent.children.totalCount).toBe(3);
    const losses = run.metricHistory.nodes.map(({ value }: { value: number }) => value);
    expect(losses).toHaveLength(40);
    expect(losses.at(-1)).toBeLessThan(losses[0] / 2);
  });

  it("stands where its deeds left it", async () => {
    const { models: found } = await world.ask(
      `{ models(first: 100) { nodes { name owner aliases { name modelVersion { number } } versions(first: 50) { nodes { number stage semanticVersion } } } } }`,
    );
    for (const model of models) {
      const { versions, owner } = found.nodes.find(({ name }: { name: string }) => name === model.name);
      expect(owner).toMatch(/@kestrel\.example$/);
      for (const [index, { semantic, stages }] of model.versions.entries()) {
        const { stage, semanticVersion } = versions.nodes.find(
          ({ number }: { number: number }) => number === index + 1,
        );
        expect(semanticVersion).toBe(semantic);
        const name = `${model.name}/${index + 1}`;
        expect([name, stage]).toEqual([name, moved[name] ?? stages?.at(-1)?.[0] ?? "None"]);
      }
    }
  });

  it("is told with its question and answer, without a secret", async () => {
    const client = clientOf(world);
    const told = await story(client, await mistakeIn(client), "loaded in 1.0 s");
    expect(told).toContain("query WhoLetItIn");
    for (const wanted of [
      /risk\.fraud-detector\/9 {2}2\.3\.0 {2}@champion {2}since \d{4}-/,
      /asked for by +nadia@kestrel\.example: “Corrected labels/,
      /approved by +petra@kestrel\.example: “.*\n +samir@kestrel\.example: “/,
      /on evidence +[0-9a-f]{64}, the same now/,
      /judged by +revision 1 of the policy\n +✓ /,
      /effects .*\n +risk\.fraud-detector\/6: Production → Archived/,
      /├─ code: commit [0-9a-f]{10} "Retrain everything/,
      /├─ train: risk\.fraud-features @ [0-9a-f]{16}/,
      /└─ approval: APPROVE Production, by samir@kestrel\.example/,
      /support\.ticket-router\/7 +3\.0\.1 {2}4 steps away, by way of support\.dispute-tickets {2}@champion/,
      /REJECTED +risk\.credit-scoring\/7 .*\n +REJECT by samir@kestrel\.example: “Calibration/,
      /STALE +support\.reply-writer\/6 .*\n +APPROVE, stale by now, by lena@kestrel\.example/,
      /PENDING +support\.reply-ranker\/5 +done in an emergency, to be looked at, by aoife@kestrel\.example/,
    ]) {
      expect(told).toMatch(wanted);
    }
    expect(told).not.toMatch(/stm_/);
    expect(told).not.toContain(world.token);
  });
});

it("takes up a load that broke off, on the day that it began", async () => {
  const world = await startWorld();
  onTestFinished(world.close);
  const broken = new BrokenLine(world, cutAfter(60));
  await expect(loadCompany(broken, today)).rejects.toThrow("the line is dead");
  expect((await loadCompany(clientOf(world), "2026-04-02")).wasThere).toBe(false);
  const { teams: _, metricPoints: __, ...counts } = tally();
  expect(await countsIn(world)).toEqual(counts);
  expect(await reachedIn(world)).toEqual(poisoned);
});

it("keeps away from a registry that has such a model of its own", async () => {
  const world = await startWorld();
  onTestFinished(world.close);
  await world.ask(`mutation { createModel(input: { name: "support.reply-ranker" }) { model { id } } }`);
  const head = await headOf(world);
  await expect(loadCompany(clientOf(world), today)).rejects.toThrow("support.reply-ranker is a model of");
  expect(await headOf(world)).toBe(head);
});

it("keeps away from a registry that has such people of its own", async () => {
  const world = await startWorld();
  onTestFinished(world.close);
  await world.ask(
    `mutation { createActor(input: { name: "samir@kestrel.example", kind: PERSON }) { actor { id } } }`,
  );
  const head = await headOf(world);
  await expect(loadCompany(clientOf(world), today)).rejects.toThrow("samir@kestrel.example is an actor of");
  expect(await headOf(world)).toBe(head);
});
