import {
  answers,
  type Call,
  documentOf,
  gatedPolicy,
  type Hands,
  type Speaker,
  startLine,
  type Way,
  ways,
} from "../support/gated.ts";
import { inLanes } from "../support/lanes.ts";
import { askOnce, Line } from "./load.ts";
import { benchPrefix, benchToken, graphqlRequest } from "./seed.ts";
import { benchDatabase, built, machine, type Server, startServer } from "./servers.ts";
import { cpuOf, ratioOf, type Side, sideOf, speedOf } from "./sides.ts";

// What gates and approvals cost. In each round as many versions are moved into Production without a policy as past gates
// and by an approval, both ways there are: by who moves it, once its request is approved, and by the last approval, which
// writes the approval, too. Only the call that moves is measured; everything before it is done beforehand.

const most = 2;
const modelsEach = 16;
const callsPerRound = 96;
const lanes = 8;
const plain = `${benchPrefix}.plain`;
const gated = `${benchPrefix}.gated`;
const modelOf = (way: Way, at: number) => `${way === "plain" ? plain : gated}.m${at % modelsEach}`;

const told: Record<Way, string> = {
  plain: "plain: no policy",
  approved: "gated, carried out: its approval was given before",
  lastApproval: "gated, applied by the last approval",
};

function speakerAt(port: number, token: string): Speaker {
  return {
    async mutate(mutation, input, selection) {
      const query = documentOf(mutation, `${selection} userErrors { code message path }`);
      const { body } = await askOnce(port, graphqlRequest(query, { input }, token));
      const payload = JSON.parse(body).data?.[mutation];
      if (payload?.userErrors.length !== 0) throw new Error(`${mutation}: ${body.slice(0, 2_000)}`);
      return payload;
    },
  };
}

/** The secret of a new person with this role on all that is measured. */
async function personBy(administrator: Speaker, role: string): Promise<string> {
  const name = `bench ${role.toLowerCase()}`;
  await administrator.mutate("createActor", { name, kind: "PERSON" }, "actor { id }");
  await administrator.mutate("grantRole", { actor: name, role, scope: `${benchPrefix}.*` }, "grant { id }");
  return (await administrator.mutate("createToken", { actor: name, name: "for the bench" }, "secret")).secret;
}

async function statementsSent({ port }: Server): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^stemma_sql_statements_total (\d+)/m.exec(metrics)![1]);
}

type Secrets = Record<keyof Hands, string>;

function requestOf({ by, mutation, input }: Call, secrets: Secrets): Buffer {
  return graphqlRequest(documentOf(mutation, answers[mutation].fields), { input }, secrets[by]);
}

interface Measured extends Side {
  way: Way;
  /** For one call, by round. */
  statements: number[];
}

/** Makes the calls, and takes their time. Throws where one of them moved nothing. */
async function takeSample(side: Measured, calls: Call[], secrets: Secrets, connections: number) {
  const requests = calls.map((call) => requestOf(call, secrets));
  const lines = await Promise.all(Array.from({ length: connections }, () => Line.to(side.server.port)));
  const [sentBefore, cpuBefore] = [await statementsSent(side.server), side.server.cpuMillis()];
  const begin = performance.now();
  const bodies = await inLanes(connections, requests.length, async (at) => {
    const line = lines.pop()!;
    const { body } = await line.askForBody(requests[at]!);
    lines.push(line);
    return body;
  });
  const millis = performance.now() - begin;
  const [sent, cpu] = [await statementsSent(side.server), side.server.cpuMillis()];
  for (const line of lines) line.close();
  for (const [at, body] of bodies.entries()) {
    const { mutation } = calls[at]!;
    const moved = JSON.stringify({ data: { [mutation]: answers[mutation].moved } });
    if (!body.startsWith(moved.slice(0, -1))) throw new Error(`${told[side.way]}: ${body.slice(0, 2_000)}`);
  }
  side.statements.push((sent - sentBefore) / calls.length);
  side.samples.push({
    perSecond: (calls.length / millis) * 1_000,
    cpuMillis: cpu === null || cpuBefore === null ? null : (cpu - cpuBefore) / calls.length,
  });
}

interface Wish {
  rounds: number;
  connections: number;
  profile: string | undefined;
}

export async function promotion({ rounds, connections, profile }: Wish): Promise<void> {
  const database = await benchDatabase();
  const flags = profile ? ["--cpu-prof", `--cpu-prof-dir=${profile}`] : [];
  const environment = {
    ...{ DATABASE_URL: database.url, PORT: "0", STEMMA_ADMIN_TOKEN: benchToken },
    RATE_LIMIT_PER_SECOND: "0",
  };
  const server = await startServer(built("main.js"), [], environment, flags);
  try {
    const administrator = speakerAt(server.port, benchToken);
    const secrets: Secrets = {
      maintainer: await personBy(administrator, "MAINTAINER"),
      reviewer: await personBy(administrator, "APPROVER"),
    };
    const hands: Hands = {
      maintainer: speakerAt(server.port, secrets.maintainer),
      reviewer: speakerAt(server.port, secrets.reviewer),
    };
    for (let at = 0; at < modelsEach; at++) {
      for (const model of [plain, gated]) await startLine(hands, administrator, `${model}.m${at}`);
    }
    await administrator.mutate("setPolicy", { model: `${gated}.*`, ...gatedPolicy }, "policy { revision }");
    const sides = (Object.keys(ways) as Way[]).map(
      (way): Measured => ({ ...sideOf(server, () => Buffer.alloc(0)), way, statements: [] }),
    );
    // The first round warms up.
    for (let round = 0; round <= rounds; round++) {
      if (round === 1) for (const side of sides) [side.samples, side.statements] = [[], []];
      const first = round % sides.length;
      for (const side of [...sides.slice(first), ...sides.slice(0, first)]) {
        const { way } = side;
        const calls = await inLanes(lanes, callsPerRound, (at) => ways[way](hands, modelOf(way, at)));
        await takeSample(side, calls, secrets, connections);
      }
    }
    print(sides, rounds, connections);
  } finally {
    await server.stop();
    await database.drop();
  }
}

function print(sides: readonly Measured[], rounds: number, connections: number): void {
  const base = sides.find(({ way }) => way === "plain")!;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  console.log(`${rounds} rounds of ${callsPerRound} calls each, ${connections} connections; ${machine()}\n`);
  console.log(
    "Statements: sent for one call. Calls a second: median (lowest–highest). Time: as a multiple of plain.\n",
  );
  console.log("| transition | statements | ratio | calls a second | time | processor | target |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  for (const side of sides) {
    const statements = mean(side.statements);
    const ratio = statements / mean(base.statements);
    // As much slower as plain is faster.
    const time = ratioOf(base, side);
    const isPlain = side === base;
    const cells = [
      told[side.way],
      statements.toFixed(1),
      isPlain ? "" : `**${ratio.toFixed(2)}**`,
      speedOf(side),
      isPlain ? "" : time.text,
      `${cpuOf(side)} ms`,
      isPlain ? "" : `≤ ${most.toFixed(2)}`,
    ];
    console.log(`| ${cells.join(" | ")} |`);
    if (ratio > most || time.median > most) process.exitCode = 1;
  }
}
