import { type Asking, askOnce, type Load } from "./load.ts";
import { benchToken, graphqlRequest } from "./seed.ts";
import { instantCount, type SeededStays, seedStays } from "./seed-stays.ts";
import { benchDatabase, built, machine, type Server, startServer } from "./servers.ts";
import { type Asked, cpuOf, dataIn, ratioOf, sideOf, speedOf, takeSamples } from "./sides.ts";

// What it costs to ask for the past: one server is asked the same of now and of instants all over a journal of 100,000
// events, round by round.

const least = 0.5;
const events = 100_000;
/** The same journal, told of many models and of few: the more of it one model has, the more of it a question meets. */
const shapes = [
  { name: "of-many", models: 100, events },
  { name: "of-few", models: 10, events },
];

const inStageQuery = `query ($model: String!, $asOf: DateTime, $basis: TimeBasis) {
  model(name: $model) { inStage(stage: "Production", asOf: $asOf, basis: $basis) { number } } }`;
const pageQuery = `query ($asOf: DateTime, $prefix: String) { models(first: 10, filter: { name: { startsWith: $prefix } }) {
  nodes { name inStage(stage: "Production", asOf: $asOf) { number } } } }`;
const registryQuery = `query ($asOf: DateTime!, $basis: TimeBasis, $stages: [String!]) {
  registry(asOf: $asOf, basis: $basis, stages: $stages, first: 50) {
    nodes { at from to policyRevision modelVersion { number } actor { name } } } }`;

/** One question, of now and of then. */
interface Comparison extends Asked {
  now: Asking;
  then: Asking;
  /** Only told: a page of models meets the past of all of them. */
  isReported: boolean;
}

/** Several models are asked of each instant, and other ones of it each time round. */
const turnsPerInstant = 7;

const turnOf = <T>(all: readonly T[], turn: number): T => all[turn % all.length]!;

function comparison(
  name: string,
  { instants }: SeededStays,
  query: string,
  variables: (turn: number) => object,
  now: string | null,
): Comparison {
  const asking = (instantOf: (turn: number) => string | null): Asking => {
    return (turn) => graphqlRequest(query, { ...variables(turn), asOf: instantOf(turn) });
  };
  const then = asking((turn) => turnOf(instants, Math.floor(turn / turnsPerInstant)));
  const isReported = query === pageQuery;
  return { name, variants: 1, warmUpAnswers: 500, now: asking(() => now), then, isReported };
}

function comparisons(seeded: SeededStays, prefix: string): Comparison[] {
  const { models, instants } = seeded;
  const shape = `${models.length} models`;
  const ofModel = (basis: string) => (turn: number) => ({ model: turnOf(models, turn), basis });
  const now = instants.at(-1)!;
  const ofRegistry = (basis: string, stages: string[] | null) => () => ({ basis, stages });
  return [
    comparison(`inStage, ${shape}`, seeded, inStageQuery, ofModel("RECORDED"), null),
    comparison(`inStage by occurred time, ${shape}`, seeded, inStageQuery, ofModel("OCCURRED"), null),
    comparison(`inStage of 10 models, ${shape}`, seeded, pageQuery, () => ({ prefix }), null),
    comparison(`registry, ${shape}`, seeded, registryQuery, ofRegistry("RECORDED", null), now),
    comparison(
      `registry by occurred time, ${shape}`,
      seeded,
      registryQuery,
      ofRegistry("OCCURRED", null),
      now,
    ),
    comparison(
      `registry of Production, ${shape}`,
      seeded,
      registryQuery,
      ofRegistry("RECORDED", ["Production"]),
      now,
    ),
  ];
}

interface Wish {
  rounds: number;
  load: Load;
  only: string;
  profile: string | undefined;
}

/** The turn that asks of the last of all instants. */
const lastTurn = turnsPerInstant * (instantCount - 1);

/** The last of all instants is now: both must answer the same. */
async function mustAgree({ name, now, then }: Comparison, port: number): Promise<void> {
  const [one, other] = await Promise.all([now, then].map((asking) => askOnce(port, asking(lastTurn))));
  if (dataIn(one!.body) !== dataIn(other!.body) || !/number/.test(one!.body)) {
    throw new Error(`${name}: answers differ\n${one!.body.slice(0, 900)}\n${other!.body.slice(0, 900)}`);
  }
}

/** Prints one row; false where the past takes more than twice as long. */
async function measure(asked: Comparison, server: Server, { rounds, load }: Wish): Promise<boolean> {
  await mustAgree(asked, server.port);
  const now = sideOf(server, asked.now);
  const then = sideOf(server, asked.then);
  await takeSamples(asked, [now, then], rounds, load);
  const ratio = ratioOf(then, now);
  const target = asked.isReported ? "" : `≥ ${least.toFixed(2)}`;
  const cells = [
    asked.name,
    speedOf(now),
    speedOf(then),
    ratio.text,
    `${cpuOf(now)} / ${cpuOf(then)}`,
    target,
  ];
  console.log(`| ${cells.join(" | ")} |`);
  return asked.isReported || ratio.median >= least;
}

async function measureShape(shape: (typeof shapes)[number], wish: Wish): Promise<boolean> {
  const database = await benchDatabase();
  let server: Server | null = null;
  try {
    const flags = wish.profile ? ["--cpu-prof", `--cpu-prof-dir=${wish.profile}`] : [];
    const settings = { PORT: "0", STEMMA_ADMIN_TOKEN: benchToken, RATE_LIMIT_PER_SECOND: "0" };
    server = await startServer(built("main.js"), [], { DATABASE_URL: database.url, ...settings }, flags);
    const seeded = await seedStays(database.url, shape.name, shape);
    let isGood = true;
    for (const asked of comparisons(seeded, `bench.${shape.name}`)) {
      if (!asked.name.includes(wish.only)) continue;
      isGood = (await measure(asked, server, wish)) && isGood;
    }
    return isGood;
  } finally {
    await server?.stop();
    await database.drop();
  }
}

export async function asOf(wish: Wish): Promise<void> {
  const { rounds, load } = wish;
  console.log(
    `${events} events; ${rounds} rounds of ${load.millis / 1000} s, ${load.connections} connections; ${machine()}\n`,
  );
  console.log("Requests a second: median (lowest–highest). Processor: the server's, ms a request.");
  console.log("Ratio: of then to now.\n");
  console.log("| question | now | then | ratio | processor | target |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  let isGood = true;
  for (const shape of shapes) isGood = (await measureShape(shape, wish)) && isGood;
  if (!isGood) process.exitCode = 1;
}
