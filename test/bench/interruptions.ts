import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import {
  askerAt,
  isRecorded,
  lyingIn,
  push,
  Sent,
  Told,
  threeFiles,
  wrongIn,
} from "../support/interrupted.ts";
import { senderOf } from "../support/uploads.ts";
import { benchToken } from "./seed.ts";
import { built, machine, type Server, startServer } from "./servers.ts";

// Uploads through a server that is killed, or whose disk fails, at the first, second, third … call of each kind that it
// makes of the system, until an upload needs fewer. Which thread makes the call matters: the database's are those of
// the main one, those of the folder of objects are a worker's. Needs strace.

type Thread = "main" | "worker";

/** Calls of one kind; `step` where there are too many to try each. */
interface Kind {
  thread: Thread;
  calls: string;
  step: number;
}

const kinds: Kind[] = [
  { thread: "main", calls: "fsync,fdatasync", step: 1 },
  { thread: "main", calls: "pwrite64", step: 2 },
  { thread: "worker", calls: "fsync", step: 1 },
  { thread: "worker", calls: "link,linkat", step: 1 },
  { thread: "worker", calls: "rename", step: 1 },
  { thread: "worker", calls: "mkdir", step: 1 },
  { thread: "worker", calls: "unlink,unlinkat,rmdir", step: 1 },
  { thread: "worker", calls: "open,openat", step: 2 },
  { thread: "worker", calls: "writev", step: 6 }, // write is how threads wake each other
];
const troubles = ["signal=KILL", "error=EIO", "error=ENOSPC"];

const begin = `mutation ($model: CreateModelInput!, $version: RegisterModelVersionInput!) {
  createModel(input: $model) { model { id } }
  registerModelVersion(input: $version) { modelVersion { id } } }`;

const leastInterruptions = 300;
const tally = { trials: 0, killed: 0, refused: 0, unhit: 0, halfRecorded: 0, wrong: 0, left: 0, needless: 0 };
const sentAgain: Record<number, number> = {};
const codes: Record<string, number> = {};
const bad: string[] = [];

/** A server with a database and a folder of its own. */
interface Place {
  folder: string;
  database: string;
  server: Server;
}

/** A server whose work of files is done by one thread, so that its calls can be counted. */
function serverAt({ folder, database }: Omit<Place, "server">): Promise<Server> {
  return startServer(built("main.js"), [], {
    ...{ DATABASE_URL: `sqlite:${database}`, OBJECT_STORE_URL: `file:${folder}`, PORT: "0" },
    ...{
      STEMMA_ADMIN_TOKEN: benchToken,
      RATE_LIMIT_PER_SECOND: "0",
      UV_THREADPOOL_SIZE: "1",
      LOG_LEVEL: "fatal",
    },
  });
}

/** The worker is the last thread that was begun. */
function threadOf(pid: number, thread: Thread): number {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  return thread === "main" ? pid : Math.max(...threads);
}

/** Has the `n`th such call of a thread go wrong, from now on. */
async function injected(
  pid: number,
  { thread, calls }: Kind,
  trouble: string,
  n: number,
): Promise<ChildProcess> {
  const inject = ["-e", `trace=${calls}`, "-e", `inject=${calls}:${trouble}:when=${n}`];
  const strace = spawn("strace", ["-o", "/dev/null", ...inject, "-p", String(threadOf(pid, thread))], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  strace.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  while (!/attached/.test(said)) {
    await Promise.race([once(strace.stderr, "data"), once(strace, "close")]);
    if (strace.exitCode !== null) throw new Error(`strace: ${said}`);
  }
  return strace;
}

/** As when the lease of a dead server has run out. */
const leasesRunOut = "UPDATE upload SET leasedUntil = 1 WHERE leasedUntil IS NOT NULL";
/** As when stored bytes are being deleted: nothing new refers to them, so all is sent each time. */
const blobsGo = "UPDATE stored_blob SET liveSha256 = NULL, state = 'DELETING'";

function change({ database }: Place, statement: string): void {
  const rows = new DatabaseSync(database, { timeout: 5_000 });
  rows.exec(statement);
  rows.close();
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "close");
}

/** One upload that is broken off at most once; whether it was. */
async function trial(place: Place, kind: Kind, trouble: string, n: number): Promise<boolean> {
  const name = `${kind.thread} ${kind.calls} ${trouble} ${n}`;
  const model = `m${++tally.trials}`;
  const ask = () => askerAt(`http://127.0.0.1:${place.server.port}`, benchToken);
  await ask().ask(begin, { model: { name: model }, version: { model } });
  const version = `${model}/1`;
  const [files, sent] = [threeFiles(), new Sent()];
  const strace = await injected(place.server.pid, kind, trouble, n);
  const error = await push(senderOf(ask()), version, files, sent).then(
    (upload) => (upload.state === "COMPLETED" ? null : new Error(upload.state)),
    (error) => error,
  );
  await ended(strace);
  if (error !== null && !(error instanceof Told)) {
    await place.server.stop();
    place.server = await serverAt(place);
  }
  const asker = ask();
  if (error === null) tally.unhit++;
  else if (error instanceof Told) tally.refused++;
  else tally.killed++;
  if (error instanceof Told) codes[error.code] = (codes[error.code] ?? 0) + 1;
  if (error !== null && (trouble === "signal=KILL") === error instanceof Told) bad.push(`${name}: ${error}`);
  await isRecorded(asker, version, files).catch((error) => {
    tally.halfRecorded++;
    bad.push(`${name}: ${error}`);
  });
  if (error !== null) {
    change(place, leasesRunOut);
    const upload = await push(senderOf(asker), version, files, sent).catch(async (again) => {
      // One that was sealed is not announced again: whoever did not hear of it looks.
      if (again instanceof Told && again.code === "CONFLICT" && (await isRecorded(asker, version, files)))
        return null;
      bad.push(`${name}: then ${again}`);
      return null;
    });
    if (upload && upload.state !== "COMPLETED") bad.push(`${name}: then ${upload.state}`);
  }
  const wrong = await wrongIn(asker, version, files);
  if (wrong.length > 0) {
    tally.wrong++;
    bad.push(`${name}: ${wrong}`);
  }
  tally.needless += sent.needless.length;
  sentAgain[sent.again] = (sentAgain[sent.again] ?? 0) + 1;
  const lying = await lyingIn(place.folder);
  if (lying.keys.length !== files.length || lying.incoming.length > 0) {
    tally.left++;
    bad.push(`${name}: left ${lying.keys.length} objects, ${lying.incoming.length} incoming`);
  }
  change(place, blobsGo);
  for (const one of ["objects/sha256", "incoming", "arriving"]) {
    for (const entry of readdirSync(join(place.folder, one))) {
      await rm(join(place.folder, one, entry), { recursive: true });
    }
  }
  return error !== null;
}

export async function interruptions(only: string): Promise<void> {
  console.log(machine());
  for (const kind of kinds) {
    for (const trouble of troubles) {
      if (!`${kind.thread} ${kind.calls} ${trouble}`.includes(only)) continue;
      const root = await mkdtemp(join(tmpdir(), "stemma-interrupted-"));
      const paths = { folder: join(root, "objects"), database: join(root, "stemma.db") };
      const place = { ...paths, server: await serverAt(paths) };
      try {
        let hits = 0;
        // Some calls may fail without harm.
        for (let n = 1, misses = 0; misses < 3; n += kind.step) {
          const isHit = await trial(place, kind, trouble, n);
          if (isHit) hits++;
          misses = isHit ? 0 : misses + 1;
        }
        console.log(
          `${kind.thread}: ${kind.calls}, ${trouble}: ${hits} interruptions; ${bad.length} bad so far`,
        );
      } finally {
        await place.server.stop();
        await rm(root, { recursive: true, force: true });
      }
    }
  }
  console.log(JSON.stringify({ ...tally, sentAgain, codes, bad }, null, 1));
  const isEnough = only !== "" || tally.trials - tally.unhit >= leastInterruptions;
  if (!isEnough) console.log(`expected at least ${leastInterruptions} interruptions`);
  if (bad.length > 0 || !isEnough) process.exitCode = 1;
}
