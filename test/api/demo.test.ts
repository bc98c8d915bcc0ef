import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { StemmaClient } from "../../src/client/client.ts";
import { models } from "../../src/demo/company/company.ts";
import { deeds } from "../../src/demo/company/deeds.ts";
import { loadCompany } from "../../src/demo/loader.ts";
import { story } from "../../src/demo/pages.ts";
import { mistakeIn } from "../../src/demo/question.ts";
import { tally } from "../../src/demo/steps.ts";
import { engine, freshDatabase } from "../support/engines.ts";
import { adminToken, startWorld, type World } from "../support/world.ts";

const today = "2026-03-31";
const program = fileURLToPath(new URL("../../dist/demo/main.js", import.meta.url));
const poisoned = [
  "models:/risk.chargeback-forecast/5",
  "models:/risk.credit-scoring/6",
  "models:/risk.fraud-detector/8",
  "models:/support.ticket-router/7",
];

const clientOf = ({ url, token }: World) => new StemmaClient({ url, token });
const headOf = async (world: World) => (await world.ask("{ eventHead }")).eventHead;

/** Everything that the company has, counted by the server. */
async function countsIn(world: World) {
  const { models, modelVersions, runs, commits, datasets } = await world.ask(`{
    models(first: 100) { totalCount }
    modelVersions(first: 1) { totalCount }
    runs(first: 1) { totalCount }
    commits(first: 1) { totalCount }
    datasets(first: 100) { nodes { versions(first: 1) { totalCount } } }
  }`);
  return {
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

/** A client whose connection breaks after so many mutations. */
class Breaking extends StemmaClient {
  constructor(
    world: World,
    private left: number,
  ) {
    super({ url: world.url, token: world.token });
  }

  override mutate<T>(document: string, variables?: Record<string, unknown>): Promise<T> {
    if (this.left-- <= 0) return Promise.reject(new Error("the line is dead"));
    return super.mutate<T>(document, variables);
  }
}

describe("the demo company", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
    expect((await loadCompany(clientOf(world), today)).wasThere).toBe(false);
    return world.close;
  });

  it("is as large as it says", async () => {
    const { models, versions, runs, commits, datasetVersions } = tally();
    expect(await countsIn(world)).toEqual({ models, versions, runs, commits, datasetVersions });
    expect([models, versions]).toEqual([7, 42]);
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
      modelVersion(ref: "risk.fraud-detector/6") { transitions { nodes { to at isImported } } }
      reply: modelVersion(ref: "support.reply-writer/5") { transitions { nodes { from to comment isImported } } }
    }`);
    const past = modelVersion.transitions.nodes;
    expect(past.map(({ to }: { to: string }) => to).sort()).toEqual(["Archived", "Production", "Staging"]);
    expect(
      past.every(({ at, isImported }: { at: string; isImported: boolean }) => isImported && at < today),
    ).toBe(true);
    expect(reply.transitions.nodes).toContainEqual({
      from: "Staging",
      to: "Production",
      comment: expect.stringContaining("63 drafts of 100"),
      isImported: false,
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
      modelVersion(ref: "risk.fraud-detector@challenger") {
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
    const last = new Map(deeds.flatMap((deed) => ("move" in deed ? [[deed.move, deed.to]] : [])));
    for (const model of models) {
      const { versions, owner } = found.nodes.find(({ name }: { name: string }) => name === model.name);
      expect(owner).toMatch(/@kestrel\.example$/);
      for (const [index, { semantic, stages }] of model.versions.entries()) {
        const { stage, semanticVersion } = versions.nodes.find(
          ({ number }: { number: number }) => number === index + 1,
        );
        expect(semanticVersion).toBe(semantic);
        const isReplaced = ["support.reply-writer/3", "support.reply-ranker/3"].includes(
          `${model.name}/${index + 1}`,
        );
        const expected = last.get(`${model.name}/${index + 1}`) ?? stages?.at(-1)?.[0] ?? "None";
        expect([model.name, index + 1, stage]).toEqual([
          model.name,
          index + 1,
          isReplaced ? "Archived" : expected,
        ]);
      }
    }
  });

  it("is told with its question and answer, without a secret", async () => {
    const client = clientOf(world);
    const told = await story(client, await mistakeIn(client), "loaded in 1.0 s");
    expect(told).toContain("query WhatDidTheBadLabelsReach");
    expect(told).toContain("risk.fraud-detector/8       2.2.1  3 steps away  @champion");
    expect(told).toMatch(/from risk\.chargebacks @ [0-9a-f]{16} {3}<== mislabelled/);
    expect(told).not.toContain(world.token);
  });
});

it("takes up a load that broke off, on the day that it began", async () => {
  const world = await startWorld();
  onTestFinished(world.close);
  await expect(loadCompany(new Breaking(world, 90), today)).rejects.toThrow("the line is dead");
  expect((await loadCompany(clientOf(world), "2026-04-02")).wasThere).toBe(false);
  const { models, versions, runs, commits, datasetVersions } = tally();
  expect(await countsIn(world)).toEqual({ models, versions, runs, commits, datasetVersions });
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

/** `npm run demo`, built. Answers what it has written, and its exit code once it has ended. */
function demo(environment: Record<string, string>) {
  const child = spawn(process.execPath, [program], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close").then(() => child.exitCode);
  onTestFinished(async () => {
    child.kill("SIGTERM"); // it ends its server
    await ended;
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (said += text));
  }
  const until = async (wanted: string) => {
    while (!said.includes(wanted)) {
      await Promise.race([once(child.stdout, "data"), ended]);
      if (child.exitCode !== null && !said.includes(wanted)) throw new Error(`the demo ended: ${said}`);
    }
  };
  return { child, ended, until, said: () => said };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

it("starts a server where none answers, tells its story, shows no secret, and ends both on Ctrl-C", async () => {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  const database = settings.engine === "sqlite" ? `sqlite:${settings.path}` : settings.url;
  const url = `http://127.0.0.1:${await freePort()}`;
  // The embedded database mints a token of its own beside it.
  const token: Record<string, string> = engine() === "sqlite" ? {} : { STEMMA_ADMIN_TOKEN: adminToken };
  const first = demo({ STEMMA_URL: url, DATABASE_URL: database, ...token });
  await first.until("The server runs until Ctrl-C.");
  const again = demo({ STEMMA_URL: url, DATABASE_URL: database, ...token });
  expect(await again.ended).toBe(0);
  expect(again.said()).toContain("was here already; nothing was changed");
  first.child.kill("SIGINT");
  expect(await first.ended).toBe(0);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  for (const said of [first.said(), again.said()]) {
    expect(said).toContain(`${url}/graphql`);
    expect(said).toContain("npx stemma models");
    expect(said).not.toMatch(/stm_admin_|:\d+:\d+\)|\bat \/|node_modules/);
    expect(said).not.toContain(adminToken);
    if (settings.engine === "mysql") expect(said).not.toContain(new URL(settings.url).password || "root@");
  }
});

it("says in one line that something else answers there", async () => {
  const server = createServer((socket) => {
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const { ended, said } = demo({ STEMMA_URL: `http://127.0.0.1:${port}` });
  expect(await ended).toBe(1);
  expect(said()).toBe(
    `demo: something else than a Stemma server answers at http://127.0.0.1:${port}; choose another port, such as PORT=4001\n`,
  );
});
