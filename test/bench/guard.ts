import type { Load } from "./load.ts";
import { lineageQuestion, type Question, registryQuestions } from "./questions.ts";
import { ask, benchPrefix, benchToken, seedRegistry } from "./seed.ts";
import { seedLineage } from "./seed-lineage.ts";
import { benchDatabase, built, machine, type Server, startServer } from "./servers.ts";
import { compareAnswers, cpuOf, ratioOf, sideOf, speedOf, takeSamples } from "./sides.ts";

// What the guard costs: three servers of one build on one database are asked the same. The first looks at no token and
// lets everybody read everything. The second is shown the token of a viewer of everything: who asks is found out, and
// what it may read needs no condition. The third is shown that of a viewer of the prefix under which all the data lies:
// the answers are the same, and every condition is in force.

const least = 0.9;

const createActor = `mutation ($input: CreateActorInput!) { createActor(input: $input) { userErrors { message } } }`;
const grantRole = `mutation ($input: GrantRoleInput!) { grantRole(input: $input) { userErrors { message } } }`;
const createToken = `mutation ($input: CreateTokenInput!) { createToken(input: $input) { secret userErrors { message } } }`;

/** The secret of a new viewer. */
async function viewerOf(port: number, name: string, scope: string): Promise<string> {
  await ask(port, createActor, { input: { name, kind: "SERVICE" } });
  await ask(port, grantRole, { input: { actor: name, role: "VIEWER", scope } });
  return (await ask(port, createToken, { input: { actor: name, name: "for the bench" } })).createToken.secret;
}

interface Guarded {
  name: string;
  server: Server;
  /** What it is asked with. */
  token: string;
}

interface Wish {
  rounds: number;
  load: Load;
  only: string;
  profile: string | undefined;
}

/** Prints one row; false where the guard costs more than it may. */
async function measure(at: number, all: Question[][], guarded: Guarded[], wish: Wish): Promise<boolean> {
  const question = all[0]![at]!;
  const sides = guarded.map(({ server }, side) => sideOf(server, all[side]![at]!.stemma));
  const bytes = await compareAnswers(question, sides);
  await takeSamples(question, sides, wish.rounds, wish.load);
  const ratios = sides.slice(1).map((side) => ratioOf(side, sides[0]!));
  const cells = [
    question.name,
    bytes,
    ...sides.map(speedOf),
    ...ratios.map(({ text }) => text),
    sides.map(cpuOf).join(" / "),
  ];
  console.log(`| ${cells.join(" | ")} |`);
  return ratios.every(({ median }) => median >= least);
}

export async function guard(wish: Wish): Promise<void> {
  const database = await benchDatabase();
  const servers: Server[] = [];
  const start = async (settings: Record<string, string>) => {
    const environment = { DATABASE_URL: database.url, PORT: "0", RATE_LIMIT_PER_SECOND: "0", ...settings };
    const flags = wish.profile ? ["--cpu-prof", `--cpu-prof-dir=${wish.profile}`] : [];
    const server = await startServer(built("main.js"), [], environment, flags);
    servers.push(server);
    return server;
  };
  try {
    // Whoever writes much has a larger heap and warmer code from then on: no side of the comparison may be that one.
    const sower = await start({ STEMMA_AUTH: "off" });
    await seedRegistry(sower.port);
    const closures = await seedLineage(database.url);
    const everywhere = await viewerOf(sower.port, "viewer of everything", "*");
    const prefix = `${benchPrefix}.*`;
    const within = await viewerOf(sower.port, "viewer of a prefix", prefix);
    await sower.stop();
    const guarded: Guarded[] = [
      { name: "switched off", server: await start({ STEMMA_AUTH: "off" }), token: benchToken },
      { name: "viewer on *", server: await start({ STEMMA_ADMIN_TOKEN: benchToken }), token: everywhere },
      { name: `viewer on ${prefix}`, server: await start({ STEMMA_ADMIN_TOKEN: benchToken }), token: within },
    ];
    const all = guarded.map(({ token }) =>
      [...registryQuestions(token), ...closures.map((closure) => lineageQuestion(closure, token))].filter(
        ({ name }) => name.includes(wish.only),
      ),
    );
    const { rounds, load } = wish;
    console.log(
      `${rounds} rounds of ${load.millis / 1000} s, ${load.connections} connections; ${machine()}\n`,
    );
    console.log("Requests a second: median (lowest–highest). Processor: the servers', ms a request.");
    console.log(`Ratios: to the guard switched off, at least ${least.toFixed(2)}.\n`);
    const names = guarded.map(({ name }) => name);
    const columns = [
      "question",
      "bytes",
      ...names,
      ...names.slice(1).map((name) => `ratio, ${name}`),
      "processor",
    ];
    console.log(`| ${columns.join(" | ")} |`);
    console.log(`|${" --- |".repeat(columns.length)}`);
    let isGood = true;
    for (const at of all[0]!.keys()) isGood = (await measure(at, all, guarded, wish)) && isGood;
    if (!isGood) process.exitCode = 1;
  } finally {
    for (const server of servers) await server.stop();
    await database.drop();
  }
}
