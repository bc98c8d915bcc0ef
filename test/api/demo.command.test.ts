import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import type { DatabaseSettings } from "../../src/config.ts";
import { engine, freshDatabase, objectFolderOf } from "../support/engines.ts";
import { adminToken, startWorld } from "../support/world.ts";

const program = fileURLToPath(new URL("../../dist/demo/main.js", import.meta.url));

/** `npm run demo`, built. Answers what it has written, and its exit code once it has ended. */
function demo(environment: Record<string, string>) {
  const child = spawn(process.execPath, [program], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close").then(() => child.exitCode);
  onTestFinished(async () => {
    child.kill("SIGTERM"); // it ends its server
    await ended;
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (said += text));
  }
  const until = async (wanted: string) => {
    while (!said.includes(wanted)) {
      await Promise.race([once(child.stdout, "data"), ended]);
      if (child.exitCode !== null && !said.includes(wanted)) throw new Error(`the demo ended: ${said}`);
    }
  };
  return { child, ended, until, said: () => said };
}

/** A store belongs to one database. */
function placesOf(settings: DatabaseSettings): Record<string, string> {
  const database = settings.engine === "sqlite" ? `sqlite:${settings.path}` : settings.url;
  return { DATABASE_URL: database, OBJECT_STORE_URL: `file:${objectFolderOf(settings)}` };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

it("starts a server where none answers, tells its story, shows no secret, and ends both on Ctrl-C", async () => {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  const url = `http://127.0.0.1:${await freePort()}`;
  // The embedded database mints a token of its own beside it.
  const token: Record<string, string> = engine() === "sqlite" ? {} : { STEMMA_ADMIN_TOKEN: adminToken };
  const first = demo({ STEMMA_URL: url, ...placesOf(settings), ...token });
  await first.until("The server runs until Ctrl-C.");
  const again = demo({ STEMMA_URL: url, ...placesOf(settings), ...token });
  expect(await again.ended).toBe(0);
  expect(again.said()).toContain("was here already; nothing was changed");
  first.child.kill("SIGINT");
  expect(await first.ended).toBe(0);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  for (const said of [first.said(), again.said()]) {
    expect(said).toContain(`${url}/graphql`);
    expect(said).toContain("npx stemma models");
    expect(said).not.toMatch(/stm_admin_|:\d+:\d+\)|\bat \/|node_modules/);
    expect(said).not.toContain(adminToken);
    if (settings.engine === "mysql") expect(said).not.toContain(new URL(settings.url).password || "root@");
  }
});

it("refuses a server that takes everybody for one and the same, and writes nothing there", async () => {
  const { settings, drop } = await freshDatabase();
  onTestFinished(drop);
  const url = `http://127.0.0.1:${await freePort()}`;
  const open = { STEMMA_URL: url, ...placesOf(settings), STEMMA_AUTH: "off" };
  const { ended, said } = demo(open);
  expect(await ended).toBe(2);
  expect(said()).toContain("demo: STEMMA_AUTH: expected a server that tells people apart");
  const world = await startWorld({ settings });
  onTestFinished(world.close);
  const { models, actors } = await world.ask("{ models { totalCount } actors { totalCount } }");
  expect([models.totalCount, actors.totalCount]).toEqual([0, 1]);
});

it("says in one line that something else answers there", async () => {
  const server = createServer((socket) => {
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const { ended, said } = demo({ STEMMA_URL: `http://127.0.0.1:${port}` });
  expect(await ended).toBe(1);
  expect(said()).toBe(
    `demo: something else than a Stemma server answers at http://127.0.0.1:${port}; choose another port, such as PORT=4001\n`,
  );
});
