import { onTestFinished } from "vitest";
import { type Reader, sql } from "../../src/db/sql.ts";
import { freshDatabase, openDatabase } from "./engines.ts";
import { inLanes, type Registry, registryOf } from "./registry.ts";
import { startServer } from "./server-process.ts";
import { type StageRecord, stageRecord } from "./stage-record.ts";
import { type Asker, askOver } from "./world.ts";

const clients = 16;
const modelCount = 40;
const rivalsEach = 8;
const place = "Production";

/** What becomes of the version that stands there: the newcomer is refused, or takes its place. */
const kinds = ["REJECT", "ARCHIVE_EXISTING"] as const;
type Kind = (typeof kinds)[number];

const patternOf = (kind: Kind) => `${kind.toLowerCase()}.*`;
const kindOf = (model: number): Kind => kinds[model % kinds.length]!;
const nameOf = (model: number) => patternOf(kindOf(model)).replace("*", `m${model}`);

function registryAt(url: string): Registry & Pick<Asker, "ask"> {
  const ask: Asker["ask"] = async (query, variables) => {
    const { data, errors } = await askOver(url, query, variables);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return { ...registryOf({ ask }), ask };
}

/** Forty models with eight versions each, and policies that let one of each into Production. */
async function seedRivals(registry: Registry): Promise<void> {
  const range = (length: number) => Array.from({ length }, (_, at) => at);
  const batch = {
    source: "rivals",
    models: range(modelCount).map((model) => ({ name: nameOf(model) })),
    versions: range(modelCount).flatMap((model) =>
      range(rivalsEach).map((at) => ({
        model: nameOf(model),
        number: at + 1,
        externalId: `${model}/${at}`,
        stage: "None",
      })),
    ),
  };
  await registry.mutate("importHistory", { batch }, "imported");
  for (const kind of kinds) {
    const policy = { model: patternOf(kind), stage: place, maxVersions: 1, onFull: kind };
    await registry.mutate("setPolicy", policy, "policy { revision }");
  }
}

/** What became of promotions: how many moved a version, found it there already, or were refused, by code. */
type Outcomes = Record<string, number>;

interface Fought {
  outcomes: Record<Kind, Outcomes>;
  /** Versions moved, whichever way, by those who asked for it. */
  moved: number;
}

/** How many versions of one model stand in Production, as seen till now. */
interface Watch {
  readonly most: number;
  readonly looks: number;
  look(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Sixteen clients, spread over these servers, promote the eight rivals of one model after another, so that two models are
 * fought over at any time. Who comes in where others are refused leaves again, so that there is something to win.
 * Each looks at the rows when it is answered; ends early once a place is seen taken twice.
 */
async function fightFor(registries: readonly Registry[], promotions: number, seen: Watch): Promise<Fought> {
  const outcomes: Fought["outcomes"] = { REJECT: {}, ARCHIVE_EXISTING: {} };
  let moved = 0;
  const answer = "modelVersion { stage } stageChange { to }";
  await inLanes(clients, promotions, async (turn) => {
    if (seen.most > 1) return;
    const registry = registries[turn % registries.length]!;
    const model = Math.floor(turn / rivalsEach) % modelCount;
    const kind = kindOf(model);
    const version = `${nameOf(model)}/${(turn % rivalsEach) + 1}`;
    const wish = { version, to: place };
    const { userErrors, stageChange } = await registry.attempt("transitionModelVersion", wish, answer);
    const refused = userErrors.map(({ code }: { code: string }) => code).join(" ");
    const outcome = refused || (stageChange ? "moved" : "there already");
    outcomes[kind][outcome] = (outcomes[kind][outcome] ?? 0) + 1;
    await seen.look();
    if (outcome !== "moved") return;
    moved++;
    if (kind !== "REJECT") return;
    await registry.mutate("transitionModelVersion", { version, to: "Staging" }, answer);
    moved++;
  });
  return { outcomes, moved };
}

/** In the database itself, by one statement. */
async function mostInRows(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ total: number }>(
    sql`SELECT COUNT(*) AS total FROM model_version WHERE stage = ${place} AND deletedAt IS NULL
        GROUP BY modelId ORDER BY total DESC LIMIT 1`,
  );
  return Number(row?.total ?? 0);
}

/** As a client sees it. */
async function mostInAnswer({ ask }: Pick<Asker, "ask">): Promise<number> {
  const question = `{ models(first: ${modelCount}) { nodes { inStage(stage: "${place}") { number } } } }`;
  const { models } = await ask(question);
  return Math.max(...models.nodes.map(({ inStage }: { inStage: object[] }) => inStage.length));
}

/** Asks again and again, as a client, until it is told to stop; and looks at the rows whenever it is told to. */
function watch(reader: Reader, asker: Pick<Asker, "ask">): Watch {
  const watch = { most: 0, looks: 0 };
  let isOver = false;
  const saw = (count: number) => {
    watch.most = Math.max(watch.most, count);
    watch.looks++;
  };
  const asking = (async () => {
    while (!isOver) saw(await mostInAnswer(asker));
  })();
  return Object.assign(watch, {
    look: async () => saw(await mostInRows(reader)),
    stop: () => {
      isOver = true;
      return asking;
    },
  });
}

export interface Contest extends Fought {
  /** The most versions of one model that were seen in Production at once, while it was fought for. */
  most: number;
  record: StageRecord;
}

interface ContestWish {
  /** Of the operating system, on one database. */
  processes: number;
  promotions: number;
  env?: Record<string, string>;
}

/** Rivals for one place in each of forty models, until all have tried or the place is seen taken twice. */
export async function contest({ processes, promotions, env }: ContestWish): Promise<Contest> {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  const servers = await Promise.all(Array.from({ length: processes }, () => startServer(settings, 0, env)));
  const registries = servers.map(({ url }) => registryAt(url));
  await seedRivals(registries[0]!);
  const { read } = await openDatabase(settings);
  const seen = watch(read, registries.at(-1)!);
  const fought = await fightFor(registries, promotions, seen).finally(seen.stop);
  const { most, looks } = seen;
  console.info(`${JSON.stringify(fought.outcomes)}; at most ${most} in one place, in ${looks} looks`);
  return { ...fought, most, record: await stageRecord(read, place) };
}
