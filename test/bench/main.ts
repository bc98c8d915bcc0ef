import { parseArgs } from "node:util";
import { type Asking, askOnce, drive, type Load, perSecond } from "./load.ts";
import { overload } from "./overload.ts";
import { lineageQuestion, type Question, registryQuestions } from "./questions.ts";
import { benchToken, seedRegistry } from "./seed.ts";
import { seedLineage } from "./seed-lineage.ts";
import { benchDatabase, built, machine, type Server, startServer } from "./servers.ts";

// Stemma beside a hand-written handler, in one run, round by round; `npm run bench -- overload` is another matter.

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    seconds: { type: "string" },
    connections: { type: "string", default: "16" },
    /** Only questions whose name holds this. */
    only: { type: "string", default: "" },
    /** Writes a processor profile of Stemma into this folder. */
    profile: { type: "string" },
  },
});

const isOverload = positionals[0] === "overload";
const rounds = Number(options.rounds ?? (isOverload ? 3 : 7));
const seconds = Number(options.seconds ?? (isOverload ? 10 : 3));
const connections = Number(options.connections);
const load: Load = { connections, millis: seconds * 1000, answers: 1 };

interface Sample {
  perSecond: number;
  /** Processor time of the server for one request, in milliseconds; null where the system does not tell. */
  cpuMillis: number | null;
}

interface Side {
  server: Server;
  asking: Asking;
  samples: Sample[];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

async function takeSample({ server, asking, samples }: Side): Promise<void> {
  const before = server.cpuMillis();
  const driven = await drive(server.port, asking, load);
  const after = server.cpuMillis();
  const cpuMillis = before === null || after === null ? null : (after - before) / driven.answers;
  samples.push({ perSecond: perSecond(driven), cpuMillis });
}

/** Without what the answer cost, which only Stemma tells. */
function dataIn(body: string): string {
  return JSON.stringify(JSON.parse(body).data);
}

/** Both must say the same, byte for byte, or the comparison means nothing. Returns the length of an answer. */
async function compareAnswers({ name, variants }: Question, theirs: Side, ours: Side): Promise<number> {
  let bytes = 0;
  for (let turn = 0; turn < variants; turn++) {
    // Three times: from the second on, Stemma runs compiled code.
    for (let time = 1; time <= 3; time++) {
      const wanted = await askOnce(theirs.server.port, theirs.asking(turn));
      const came = await askOnce(ours.server.port, ours.asking(turn));
      if (came.status !== 200 || dataIn(came.body) !== dataIn(wanted.body)) {
        throw new Error(`${name}: answers differ\n${wanted.body.slice(0, 900)}\n${came.body.slice(0, 900)}`);
      }
      bytes = came.body.length;
    }
  }
  return bytes;
}

function spread(samples: readonly Sample[]): string {
  const all = samples.map(({ perSecond }) => perSecond);
  const short = (value: number) => (value < 100 ? value.toFixed(1) : Math.round(value).toString());
  return `${short(median(all))} (${short(Math.min(...all))}–${short(Math.max(...all))})`;
}

function cpuOf(samples: readonly Sample[]): string {
  const known = samples.map(({ cpuMillis }) => cpuMillis).filter((value) => value !== null);
  return known.length > 0 ? median(known).toFixed(2) : "?";
}

/** Prints one row; false where Stemma is slower than it may be. */
async function measure(question: Question, handwritten: Server, stemma: Server): Promise<boolean> {
  const theirs: Side = { server: handwritten, asking: question.handwritten, samples: [] };
  const ours: Side = { server: stemma, asking: question.stemma, samples: [] };
  const bytes = await compareAnswers(question, theirs, ours);
  for (const { server, asking } of [theirs, ours]) {
    await drive(server.port, asking, { connections, millis: 1_000, answers: question.warmUpAnswers });
  }
  for (let round = 0; round < rounds; round++) {
    // Who goes first changes with every round.
    for (const side of round % 2 ? [ours, theirs] : [theirs, ours]) await takeSample(side);
  }
  const speed = ({ samples }: Side) => samples.map(({ perSecond }) => perSecond);
  const ratios = speed(ours).map((perSecond, round) => perSecond / speed(theirs)[round]!);
  const ratio = median(speed(ours)) / median(speed(theirs));
  const { least, aim } = question;
  const cells = [
    question.name,
    bytes,
    spread(theirs.samples),
    spread(ours.samples),
    `**${ratio.toFixed(2)}** (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`,
    `${cpuOf(theirs.samples)} / ${cpuOf(ours.samples)}`,
    least === null ? "" : `≥ ${least.toFixed(2)}, aim ${aim!.toFixed(2)}`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
  return least === null || ratio >= least;
}

async function questions(databaseUrl: string): Promise<Question[]> {
  const all = [...registryQuestions(), ...(await seedLineage(databaseUrl)).map(lineageQuestion)];
  return all.filter(({ name }) => name.includes(options.only));
}

async function main(): Promise<void> {
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
      built("bench/bench/handwritten.js"),
      [database.url, benchToken],
      {},
    );
    servers.push(handwritten);
    console.log(`${rounds} rounds of ${seconds} s, ${connections} connections; ${machine()}\n`);
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

if (isOverload) await overload(rounds, seconds);
else await main();
