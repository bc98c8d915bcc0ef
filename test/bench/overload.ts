import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { drive, Line, perSecond } from "./load.ts";
import type { Order, Outcome } from "./open-load.ts";
import { modelsQuestion } from "./questions.ts";
import { benchToken, seedRegistry } from "./seed.ts";
import { benchDatabase, built, machine, type Server, startServer } from "./servers.ts";

// Ten times as much as the server can answer, for a while: what it answers meanwhile, and right after.

const times = 10;
const leastShare = 0.8;
const connectionCounts = [8, 16, 32, 64];
const warmUp = { connections: 16, millis: 3_000, answers: 500 };
const peakMillis = 3_000;
const afterMillis = 1_000;

interface Peak {
  connections: number;
  perSecond: number;
  /** Processor time of the server for one answer. */
  cpuMillis: number;
}

async function peakOf(server: Server): Promise<Peak> {
  const asking = modelsQuestion().stemma;
  await drive(server.port, asking, warmUp);
  let peak: Peak = { connections: 0, perSecond: 0, cpuMillis: 0 };
  for (const connections of connectionCounts) {
    const before = server.cpuMillis() ?? 0;
    const driven = await drive(server.port, asking, { connections, millis: peakMillis, answers: 1 });
    const cpuMillis = ((server.cpuMillis() ?? 0) - before) / driven.answers;
    const found = { connections, perSecond: perSecond(driven), cpuMillis };
    if (found.perSecond > peak.perSecond) peak = found;
  }
  return peak;
}

/** Asks for a second as before the overload; answers how often it was answered. */
async function ordinaryLoad(server: Server, request: Buffer, connections: number): Promise<number> {
  const end = performance.now() + afterMillis;
  let good = 0;
  const work = async () => {
    const line = await Line.to(server.port);
    while (performance.now() < end) if ((await line.ask(request)) === 200 && performance.now() < end) good++;
    line.close();
  };
  await Promise.all(Array.from({ length: connections }, work));
  return good;
}

/** Resolves with the outcome once all is answered; `over` when the last request has been sent. */
function overwhelm(order: Order): { over: Promise<unknown>; outcome: Promise<Outcome> } {
  const child: ChildProcess = fork(built("bench/test/bench/open-load.js"));
  child.send(order);
  const over = once(child, "message");
  const outcome = over.then(async () => (await once(child, "message"))[0] as Outcome);
  return { over, outcome };
}

const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;

/** Prints one row; false where the server answers too little of what it could. */
async function measure(server: Server, seconds: number): Promise<boolean> {
  const request = modelsQuestion().stemma(0);
  const peak = await peakOf(server);
  const before = server.cpuMillis() ?? 0;
  const { over, outcome } = overwhelm({
    port: server.port,
    request: request.toString("base64"),
    perSecond: peak.perSecond * times,
    millis: seconds * 1_000,
    afterMillis,
  });
  await over;
  const cpuMillis = (server.cpuMillis() ?? 0) - before;
  const after = await ordinaryLoad(server, request, peak.connections);
  const { asked, answered, answeredAfter, refused, others, millis, latestMillis } = await outcome;
  const share = answered / seconds / peak.perSecond;
  const at = (part: number) => millis[Math.floor(millis.length * part)]?.toFixed(0);
  const cells = [
    `${peak.perSecond.toFixed(0)} by ${peak.connections} connections`,
    (asked / seconds).toFixed(0),
    (answered / seconds).toFixed(0),
    `**${percent(answered / seconds, peak.perSecond)}**`,
    percent(refused, asked),
    others,
    `${at(0.5)} / ${at(0.99)}`,
    percent(answered * peak.cpuMillis, cpuMillis),
    (((cpuMillis - answered * peak.cpuMillis) / refused) * 1_000).toFixed(0),
    percent(after + answeredAfter, (peak.perSecond * afterMillis) / 1_000),
    latestMillis.toFixed(0),
  ];
  console.log(`| ${cells.join(" | ")} |`);
  return share >= leastShare;
}

export async function overload(rounds: number, seconds: number): Promise<void> {
  const database = await benchDatabase();
  let server: Server | null = null;
  try {
    server = await startServer(built("main.js"), [], {
      DATABASE_URL: database.url,
      PORT: "0",
      STEMMA_ADMIN_TOKEN: benchToken,
      RATE_LIMIT_PER_SECOND: "0",
    });
    await seedRegistry(server.port);
    console.log(`${times}× overload for ${seconds} s, ${rounds} rounds; ${machine()}\n`);
    console.log("Answers a second; milliseconds from when a request was due; the server's processor time.\n");
    const columns =
      "peak | asked | answered | share of peak | refused with 503 | other answers | p50 / p99 ms | processor spent on answers | µs a refusal | first second after | sent late by ms";
    console.log(`| ${columns} |`);
    console.log(`|${" --- |".repeat(columns.split("|").length)}`);
    for (let round = 0; round < rounds; round++) {
      if (!(await measure(server, seconds))) process.exitCode = 1;
    }
  } finally {
    await server?.stop();
    await database.drop();
  }
}
