import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Signer } from "../../src/objects/s3-signing.ts";
import type { S3Server } from "../support/s3-server.ts";
import { startSeaweed } from "../support/seaweed-server.ts";
import { startSwift } from "../support/swift-server.ts";
import { benchToken } from "./seed.ts";
import { built, machine, type Server, startServer } from "./servers.ts";
import { median } from "./sides.ts";

// Files pushed and pulled by the command line, beside what moves the same bytes without a registry: `cp` and `sha256sum`
// for the folder, one PUT to a presigned URL for S3. In one run, round by round; what is printed are ratios of speed.

const mebibyte = 1024 * 1024;
const pieceBytes = 64 * mebibyte;
/** Of speed, of what goes without a registry. */
const least = 0.5;
const mostGrownMebibytes = 64;
/** What was pushed and pulled before memory is looked at. */
const usual = { files: 500, bytesEach: 4_096 };

export interface FilesWish {
  rounds: number;
  /** Of the one large file. */
  mebibytes: number;
  /** Only cases whose name holds this. */
  only: string;
}

interface Case {
  name: string;
  files: number;
  bytesEach: number;
  /** The server of S3 where the registry keeps them; null for a folder. */
  start: (() => Promise<S3Server>) | null;
  /** What either ratio must not be less than; null where it is only told. */
  least: number | null;
}

interface Times {
  push: number[];
  pull: number[];
  plain: number[];
}

/** Seconds that a command takes. Throws what it said where it fails. */
async function timed(program: string, args: string[], env: Record<string, string> = {}): Promise<number> {
  const began = performance.now();
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, HOME: tmpdir(), ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${program} ${args[0]}: ${said.slice(0, 2_000)}`);
  return (performance.now() - began) / 1_000;
}

/** Files that no round before had: each begins with other bytes. */
async function writeFiles(folder: string, { files, bytesEach }: Case): Promise<void> {
  const piece = randomBytes(Math.min(bytesEach, pieceBytes));
  await mkdir(folder, { recursive: true });
  for (let at = 0; at < files; at++) {
    const file = await open(join(folder, `file-${at}.bin`), "w");
    for (let left = bytesEach; left > 0; left -= piece.length) {
      randomBytes(16).copy(piece);
      await file.write(piece, 0, Math.min(left, piece.length));
    }
    await file.close();
  }
}

/** Without a registry: a copy, and its digests. */
async function copied(from: string, to: string): Promise<number> {
  const copying = await timed("cp", ["-r", from, to]);
  return (
    copying +
    (await timed("sh", ["-c", 'find "$1" -type f -print0 | xargs -0 sha256sum > /dev/null', "sh", to]))
  );
}

/** Without a registry: one signed request a file, one after the other. */
async function put({ endpoint, owner, bucket }: S3Server, from: string, wanted: Case): Promise<number> {
  const place = { region: "us-east-1", endpoint, isPathStyle: true };
  const signer = new S3Signer(owner, await bucket(), place, Date.now);
  let seconds = 0;
  for (let at = 0; at < wanted.files; at++) {
    const { url } = await signer.sign({ method: "PUT", key: `plain-${at}` }, Date.now() + 900_000);
    seconds += await timed("curl", ["-sf", "-T", join(from, `file-${at}.bin`), url]);
  }
  return seconds;
}

async function round(
  { server, s3, folder }: { server: Server; s3: S3Server | null; folder: string },
  wanted: Case,
  number: number,
): Promise<Record<keyof Times, number>> {
  const from = join(folder, "from");
  await writeFiles(from, wanted);
  const env = { STEMMA_URL: `http://127.0.0.1:${server.port}`, STEMMA_TOKEN: benchToken };
  const stemma = (...args: string[]) => timed(process.execPath, [built("cli/main.js"), ...args], env);
  const model = `bench-${wanted.files}`;
  const plain = () => (s3 ? put(s3, from, wanted) : copied(from, join(folder, "copy")));
  const early = number % 2 === 0 ? await plain() : null;
  const push = await stemma("push", model, from, "--create-model");
  const pull = await stemma("pull", `${model}@latest`, join(folder, "to"));
  const times = { push, pull, plain: early ?? (await plain()) };
  for (const name of ["from", "to", "copy"]) await rm(join(folder, name), { recursive: true, force: true });
  return times;
}

/** How fast, as a share of what goes without a registry; with the lowest and the highest of a round. */
function ratioOf(ours: readonly number[], plain: readonly number[]): { median: number; text: string } {
  const each = ours.map((seconds, at) => plain[at]! / seconds);
  const ratio = median(plain) / median(ours);
  const text = `**${ratio.toFixed(2)}** (${Math.min(...each).toFixed(2)}–${Math.max(...each).toFixed(2)})`;
  return { median: ratio, text };
}

async function measure(wanted: Case, rounds: number): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "stemma-files-"));
  const s3 = (await wanted.start?.()) ?? null;
  const where: Record<string, string> = s3
    ? {
        OBJECT_STORE_URL: `s3://${await s3.bucket()}?endpoint=${s3.endpoint}&pathStyle=true`,
        AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
      }
    : {};
  const settings = { DATABASE_URL: `sqlite:${join(folder, "stemma.db")}`, RATE_LIMIT_PER_SECOND: "0" };
  const server = await startServer(built("main.js"), [], {
    ...{ ...settings, ...where, PORT: "0", STEMMA_ADMIN_TOKEN: benchToken },
  });
  try {
    // Code is compiled and the heap has its usual size in a server that is in use; that is not what these files take.
    await round({ server, s3, folder }, { ...wanted, ...usual }, -1);
    const before = server.residentBytes() ?? 0;
    const times: Times = { push: [], pull: [], plain: [] };
    for (let number = 0; number < rounds; number++) {
      const taken = await round({ server, s3, folder }, wanted, number);
      for (const name of ["push", "pull", "plain"] as const) times[name].push(taken[name]);
    }
    const ratios = { push: ratioOf(times.push, times.plain), pull: ratioOf(times.pull, times.plain) };
    const grown = ((server.peakBytes() ?? 0) - before) / mebibyte;
    const seconds = (["plain", "push", "pull"] as const).map((name) => median(times[name]).toFixed(2));
    const cells = [wanted.name, ...seconds, ratios.push.text, ratios.pull.text, `${grown.toFixed(0)} MiB`];
    console.log(`| ${cells.join(" | ")} |`);
    const isFast = Math.min(ratios.push.median, ratios.pull.median) >= (wanted.least ?? 0);
    return isFast && grown < mostGrownMebibytes;
  } finally {
    await server.stop();
    await s3?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Prints one row a case, and fails where one is slower or takes more of the server's memory than it may. */
export async function files({ rounds, mebibytes, only }: FilesWish): Promise<void> {
  const large = { files: 1, bytesEach: mebibytes * mebibyte };
  const small = { files: 5_000, bytesEach: 4_096 };
  const cases: Case[] = [
    { name: `one file of ${mebibytes} MiB, folder`, start: null, least, ...large },
    // Each file is a request, a row and two durable writes; cp and sha256sum know none of these.
    { name: "5,000 files of 4 KiB, folder", start: null, least: null, ...small },
    { name: `one file of ${mebibytes} MiB, S3 (SeaweedFS)`, start: startSeaweed, least, ...large },
    { name: "5,000 files of 4 KiB, S3 (SeaweedFS)", start: startSeaweed, least: null, ...small },
    // Swift takes parts of what is completed, so all of it is copied within Swift before it counts; and here its Python
    // needs as long to copy and to give as to take. Hashing, one PUT and one GET alone would be at 0.44.
    { name: `one file of ${mebibytes} MiB, S3 (Swift)`, start: startSwift, least: null, ...large },
  ];
  console.log(`${rounds} rounds; ${machine()}\n`);
  console.log(
    `Plain: cp and sha256sum for the folder, one presigned PUT for S3. Ratios of speed, at least ${least} where something is judged; the server's memory is to grow by less than ${mostGrownMebibytes} MiB.\n`,
  );
  console.log("| files | plain s | push s | pull s | push | pull | the server's memory grew by |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  let isGood = true;
  for (const wanted of cases.filter(({ name }) => name.includes(only))) {
    isGood = (await measure(wanted, rounds)) && isGood;
  }
  if (!isGood) process.exitCode = 1;
}
