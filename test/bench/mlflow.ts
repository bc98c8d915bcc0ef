import { deepStrictEqual } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MlflowVersion } from "../conformance/environments.ts";
import { askOnce, type Load, type Pressed, perSecond, press } from "./load.ts";
import { type Contest, contestsOf, type Seeded } from "./mlflow-contests.ts";
import { type Party, portsOf, startMlflow, startStemma, stopped, totalOf } from "./mlflow-parties.ts";
import { type Sizes, seedMlflow, seedStemma } from "./mlflow-seed.ts";
import { benchMysql, machine } from "./servers.ts";
import { cpuOf, median, ratioOf, type Sampled, speedOf } from "./sides.ts";

// MLflow's own server and Stemma, asked the same by MLflow's REST API, on one MySQL, each in a database of its own: one
// worker beside one process, then four beside four.

const processCounts = [1, 4];
const comparedTurns = 3;
/** Until V8 has compiled what is asked, as it has in a server that has run for a while. */
const warmUpAnswers = 60;

interface Wish {
  /** Of MLflow's server. */
  version: MlflowVersion;
  rounds: number;
  load: Load;
  only: string;
  sizes: Sizes;
}

interface Measured extends Sampled {
  party: Party;
  failed: Map<number, number>;
}

/** Both must mean the same, or the comparison means nothing. */
async function compareMeanings({ name, prepare, meaningOf }: Contest, parties: readonly Party[]) {
  const askings = await Promise.all(parties.map((party) => prepare(party)));
  for (let turn = 0; turn < comparedTurns; turn++) {
    const meanings: unknown[] = [];
    for (const [at, party] of parties.entries()) {
      const ports = portsOf(party);
      const { status, body } = await askOnce(ports[turn % ports.length]!, askings[at]!(turn));
      if (status !== 200)
        throw new Error(`${name}: ${party.name} answers ${status}: ${body.slice(0, 2_000)}`);
      meanings.push(meaningOf(JSON.parse(body)));
    }
    deepStrictEqual(meanings[1], meanings[0]);
  }
}

function loadOf({ pace }: Contest, usual: Load): Load {
  if (pace === "while there is time") return usual;
  if ("oneByOne" in pace) return { connections: 1, millis: 0, answers: pace.oneByOne };
  return { ...usual, millis: 0, answers: pace.together };
}

const isOneByOne = ({ pace }: Contest) => typeof pace === "object" && "oneByOne" in pace;

function speedIn(contest: Contest, { answers, millis, each }: Pressed): number {
  if (answers === 0) return 0;
  return isOneByOne(contest) ? 1_000 / median(each) : perSecond({ answers, millis });
}

async function takeSample(contest: Contest, { party, samples, failed }: Measured, usual: Load) {
  const asking = await contest.prepare(party);
  const before = totalOf(party, "cpuMillis");
  const pressed = await press(portsOf(party), asking, loadOf(contest, usual));
  const after = totalOf(party, "cpuMillis");
  const cpuMillis = before === null || after === null ? null : (after - before) / pressed.answers;
  samples.push({ perSecond: speedIn(contest, pressed), cpuMillis });
  for (const [status, count] of pressed.failed) failed.set(status, (failed.get(status) ?? 0) + count);
}

function millisOf({ samples }: Sampled): string {
  const all = samples.map(({ perSecond }) => 1_000 / perSecond);
  const [middle, least, most] = [median(all), Math.min(...all), Math.max(...all)];
  return `${middle.toFixed(1)} ms (${least.toFixed(1)}–${most.toFixed(1)})`;
}

function failuresOf({ failed }: Measured): string {
  const told = [...failed].map(([status, count]) => `${count} × ${status}`);
  return told.join(", ") || "0";
}

const row = (cells: readonly unknown[]) => console.log(`| ${cells.join(" | ")} |`);

/** Prints one row; says what was missed. */
async function measure(
  contest: Contest,
  parties: readonly Party[],
  { rounds, load }: Wish,
): Promise<string[]> {
  await compareMeanings(contest, parties);
  const [theirs, ours] = parties.map((party): Measured => ({ party, samples: [], failed: new Map() }));
  const sides = [theirs!, ours!];
  const usual = loadOf(contest, load);
  const warmUp = { ...usual, answers: Math.max(usual.answers, warmUpAnswers) };
  for (const { party } of sides) await press(portsOf(party), await contest.prepare(party), warmUp);
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 ? sides.toReversed() : sides) await takeSample(contest, side, load);
  }
  const ratio = ratioOf(ours!, theirs!);
  const shown = isOneByOne(contest) ? millisOf : (side: Sampled) => `${speedOf(side)} /s`;
  row([
    ...[contest.name, ...sides.map(shown), ratio.text, sides.map(cpuOf).join(" / ")],
    ...[sides.map(failuresOf).join(" / "), contest.aim === 1 ? "> 1" : `≥ ${contest.aim}`],
  ]);
  return ratio.median > 1 && ratio.median >= contest.aim
    ? []
    : [`${contest.name}: ${ratio.median.toFixed(2)}, aim ${contest.aim}`];
}

/** The same for what their processes hold. */
function compareMemory(name: string, parties: readonly Party[]): string[] {
  const [theirs, ours] = parties.map((party) => totalOf(party, "residentBytes"));
  if (!theirs || !ours) return [];
  const shown = [theirs, ours].map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`);
  const ratio = theirs / ours;
  row([name, ...shown, `**${ratio.toFixed(2)}**`, "", "", "> 1"]);
  return ratio > 1 ? [] : [`${name}: ${ratio.toFixed(2)}, aim 1`];
}

async function besideEachOther(
  processes: number,
  [mlflow, stemma]: readonly [Party, Party],
  seeded: Seeded,
  wish: Wish,
): Promise<string[]> {
  const parties = [mlflow, stemma];
  console.log(`\n## ${processes} and ${processes}\n`);
  row(["", "MLflow", "Stemma", "ratio", "processor, ms", "failed", "aim"]);
  row(Array(7).fill("---"));
  const missed = compareMemory("memory, after the start", parties);
  for (const contest of contestsOf(seeded).filter(({ name }) => name.includes(wish.only))) {
    missed.push(...(await measure(contest, parties, wish)));
  }
  missed.push(...compareMemory("memory, after the load", parties));
  return missed.map((line) => `${processes} and ${processes}, ${line}`);
}

export async function mlflow(wish: Wish): Promise<void> {
  const { version, rounds, load, sizes } = wish;
  const mysql = await benchMysql();
  const folder = await mkdtemp(join(tmpdir(), "stemma-bench-store-"));
  const databases = { MLflow: await mysql.database(), Stemma: await mysql.database() };
  const start = {
    MLflow: (workers: number) =>
      startMlflow(version, { databaseUrl: databases.MLflow.url, artifacts: join(folder, "mlflow"), workers }),
    Stemma: (count: number) => startStemma(databases.Stemma.url, join(folder, "stemma"), count),
  };
  /** Whoever sows has a larger heap and warmer code from then on: none that is measured may be that one. */
  const sow = async (name: Party["name"], seed: typeof seedMlflow) => {
    const sower = await start[name](1);
    try {
      return await seed(sower, databases[name].url, sizes);
    } finally {
      await stopped(sower);
    }
  };
  try {
    const experiments = {
      MLflow: await sow("MLflow", seedMlflow),
      Stemma: await sow("Stemma", seedStemma),
    };
    console.log(`MLflow ${version}; ${rounds} rounds of ${load.millis / 1_000} s, ${machine()}\n`);
    console.log(
      `Requests a second by ${load.connections} connections, or milliseconds a request where they come one by one: ` +
        "median (lowest–highest). Ratio: how many times as fast Stemma is, of memory how many times less. Processor: the " +
        "servers', ms a request. Failed: answers but 200. Stemma asks who asks, and is shown a token with every request, " +
        "without a limit of its rate; MLflow asks nobody, and runs no jobs.",
    );
    const missed: string[] = [];
    for (const processes of processCounts) {
      const theirs = await start.MLflow(processes);
      const ours = await start.Stemma(processes).catch(async (cause) => {
        await stopped(theirs);
        throw cause;
      });
      try {
        missed.push(...(await besideEachOther(processes, [theirs, ours], { sizes, experiments }, wish)));
      } finally {
        await stopped(ours);
        await stopped(theirs);
      }
    }
    console.log(missed.length > 0 ? `\nMissed:\n- ${missed.join("\n- ")}` : "\nNothing missed.");
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
    for (const { drop } of Object.values(databases)) await drop();
    await mysql.stop();
  }
}
