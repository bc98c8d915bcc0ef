import { parseArgs } from "node:util";
import { newest } from "../conformance/environments.ts";
import { asOf } from "./as-of.ts";
import { files } from "./files.ts";
import { guard } from "./guard.ts";
import { interruptions } from "./interruptions.ts";
import type { Load } from "./load.ts";
import { mlflow } from "./mlflow.ts";
import { mlflowVersionOf } from "./mlflow-parties.ts";
import { overload } from "./overload.ts";
import { promotion } from "./promotion.ts";
import { lineageQuestion, type Question, registryQuestions } from "./questions.ts";
import { benchToken, seedRegistry } from "./seed.ts";
import { seedLineage } from "./seed-lineage.ts";
import { benchDatabase, built, machine, type Server, startServer } from "./servers.ts";
import { compareAnswers, cpuOf, ratioOf, sideOf, speedOf, takeSamples } from "./sides.ts";

// Stemma beside a hand-written handler, in one run, round by round. `npm run bench -- guard` puts Stemma beside itself
// with the guard switched off, `as-of` questions about the past beside the same about now, `promotion` a gated transition
// beside a plain one, `files` pushing and pulling beside plain copies, `mlflow` beside MLflow's own server; `overload` is
// another matter, and so is `interruptions`: uploads that are broken off.

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    seconds: { type: "string" },
    connections: { type: "string", default: "16" },
    /** Only questions whose name holds this. */
    only: { type: "string", default: "" },
    /** Size of the one large file of `files`. */
    mebibytes: { type: "string", default: "1024" },
    /** Versions of the largest model of `mlflow`, and its runs. */
    versions: { type: "string", default: "10000" },
    runs: { type: "string", default: "20000" },
    /** Of MLflow's server. */
    mlflow: { type: "string", default: newest },
    /** Writes a processor profile of Stemma into this folder. */
    profile: { type: "string" },
  },
});

const what = positionals[0] ?? "handwritten";
const usualRounds: Record<string, number> = { overload: 3, files: 3, mlflow: 5 };
const rounds = Number(options.rounds ?? usualRounds[what] ?? 7);
const seconds = Number(options.seconds ?? (what === "overload" ? 10 : 3));
const load: Load = { connections: Number(options.connections), millis: seconds * 1000, answers: 1 };

/** Prints one row; false where Stemma is slower than it may be. */
async function measure(question: Question, handwritten: Server, stemma: Server): Promise<boolean> {
  const theirs = sideOf(handwritten, question.handwritten);
  const ours = sideOf(stemma, question.stemma);
  const bytes = await compareAnswers(question, [theirs, ours]);
  await takeSamples(question, [theirs, ours], rounds, load);
  const ratio = ratioOf(ours, theirs);
  const { least, aim } = question;
  const cells = [
    question.name,
    bytes,
    speedOf(theirs),
    speedOf(ours),
    ratio.text,
    `${cpuOf(theirs)} / ${cpuOf(ours)}`,
    least === null ? "" : `≥ ${least.toFixed(2)}, aim ${aim!.toFixed(2)}`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
  return least === null || ratio.median >= least;
}

async function questions(databaseUrl: string): Promise<Question[]> {
  const all = [
    ...registryQuestions(),
    ...(await seedLineage(databaseUrl)).map((closure) => lineageQuestion(closure)),
  ];
  return all.filter(({ name }) => name.includes(options.only));
}

async function besideHandwritten(): Promise<void> {
  const database = await benchDatabase();
  const servers: Server[] = [];
  try {
    const stemma = await startServer(
      built("main.js"),
      [],
      { DATABASE_URL: database.url, PORT: "0", STEMMA_ADMIN_TOKEN: benchToken, RATE_LIMIT_PER_SECOND: "0" },
      options.profile ? ["--cpu-prof", `--cpu-prof-dir=${options.profile}`] : [],
    );
    servers.push(stemma);
    await seedRegistry(stemma.port);
    const asked = await questions(database.url);
    const handwritten = await startServer(
      built("bench/test/bench/handwritten.js"),
      [database.url, benchToken],
      {},
    );
    servers.push(handwritten);
    console.log(`${rounds} rounds of ${seconds} s, ${load.connections} connections; ${machine()}\n`);
    console.log("Requests a second: median (lowest–highest). Processor: the server's, ms a request.\n");
    console.log("| question | bytes | hand-written | Stemma | ratio | processor | target |");
    console.log("| --- | --- | --- | --- | --- | --- | --- |");
    let isGood = true;
    for (const question of asked) isGood = (await measure(question, handwritten, stemma)) && isGood;
    if (!isGood) process.exitCode = 1;
  } finally {
    for (const server of servers) await server.stop();
    await database.drop();
  }
}

if (what === "overload") await overload(rounds, seconds);
else if (what === "files") await files({ rounds, mebibytes: Number(options.mebibytes), only: options.only });
else if (what === "interruptions") await interruptions(options.only);
else if (what === "guard") await guard({ rounds, load, only: options.only, profile: options.profile });
else if (what === "as-of") await asOf({ rounds, load, only: options.only, profile: options.profile });
else if (what === "promotion")
  await promotion({ rounds, connections: load.connections, profile: options.profile });
else if (what === "mlflow") {
  const sizes = { versions: Number(options.versions), runs: Number(options.runs) };
  const version = mlflowVersionOf(options.mlflow);
  await mlflow({ version, rounds, load, only: options.only, sizes });
} else await besideHandwritten();
