import { createConnection } from "mysql2/promise";
import { expect, it, onTestFinished } from "vitest";
import { freshMysql } from "../support/engines.ts";
import { freePort, startMariadb } from "../support/mariadb.ts";
import { startRedis } from "../support/redis-server.ts";
import { type ServerProcess, startServer } from "../support/server-process.ts";
import { askOver, socketClient } from "../support/world.ts";

const passwords = { database: "canary@of:the/database", redis: "canary@of:redis" };

/** Neither as it is nor as a URL writes it. */
function expectNoPassword(text: string): void {
  for (const password of Object.values(passwords)) {
    expect(text).not.toContain(password);
    expect(text).not.toContain(encodeURIComponent(password));
  }
  expect(text).not.toMatch(/canary(@|%40)/);
}

/** The same address with somebody's password in it. */
function withPassword(address: string, user: string, password: string): string {
  const url = new URL(address);
  url.username = user;
  url.password = encodeURIComponent(password);
  return url.href;
}

/** A database whose user has a password. */
async function guardedDatabase() {
  const server = await startMariadb();
  onTestFinished(() => server.stop());
  const { settings } = await freshMysql(server.url);
  if (settings.engine !== "mysql") throw new Error("a MySQL database was asked for");
  const root = await createConnection(server.url);
  await root.query(`CREATE USER keeper@'127.0.0.1' IDENTIFIED BY '${passwords.database}'`);
  await root.query("GRANT ALL ON *.* TO keeper@'127.0.0.1'");
  await root.end();
  return { server, settings: { ...settings, url: withPassword(settings.url, "keeper", passwords.database) } };
}

/** All that it answers by either door. */
async function answersOf({ url }: ServerProcess): Promise<string> {
  const create = `mutation { createModel(input: { name: "x" }) { userErrors { code } } }`;
  const told = [await askOver(url, "{ models { nodes { id } } }"), await askOver(url, create)];
  const client = socketClient(url);
  const socket = await client
    .iterate({ query: "{ models { nodes { id } } }" })
    .next()
    .then(({ value }) => value)
    .catch(({ code, reason }) => ({ code, reason }));
  await client.dispose();
  const pages = ["/ready", "/ready?verbose", "/metrics", "/health"].map(async (path) =>
    (await fetch(url + path)).text(),
  );
  return JSON.stringify([told, socket, await Promise.all(pages)]);
}

it("passwords of the database and of Redis are told by nobody when these are there, and when they are gone", async () => {
  const { server, settings } = await guardedDatabase();
  const redis = await startRedis();
  onTestFinished(redis.kill);
  const stemma = await startServer(settings, 0, {
    LOG_LEVEL: "trace",
    REDIS_URL: withPassword(redis.url, "default", passwords.redis),
  });
  let answers = await answersOf(stemma);
  expect(answers).toContain('"userErrors":[]');
  await redis.kill();
  await server.kill();
  answers += await answersOf(stemma);
  expect(answers).toContain("UNAVAILABLE");
  await expect.poll(stemma.said).toContain("Redis does not answer");
  await server.restart();
  await expect.poll(async () => (await fetch(`${stemma.url}/ready`)).status, { timeout: 10_000 }).toBe(200);
  answers += await answersOf(stemma);
  await stemma.stop();
  expectNoPassword(answers);
  expectNoPassword(stemma.said());
});

it("a start that fails for want of the database names it without its password", async () => {
  const { settings } = await guardedDatabase();
  const address = new URL(settings.url);
  const wrongPassword = withPassword(settings.url, "keeper", `${passwords.database} no more`);
  address.port = String(await freePort());
  for (const url of [address.href, wrongPassword, settings.url.replace(/\/\w+$/, "/no_such_database")]) {
    const failure = await startServer({ ...settings, url }, 0, { LOG_LEVEL: "trace" }).then(
      ({ stop }) => stop(),
      ({ message }: Error) => message,
    );
    expect(failure).toContain(`DATABASE_URL: MySQL at ${new URL(url).host}`);
    expectNoPassword(String(failure));
  }
});
