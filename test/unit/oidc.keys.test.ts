import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { errors } from "jose";
import { pino } from "pino";
import { expect, it, onTestFinished } from "vitest";
import { ProviderKeys } from "../../src/access/oidc-keys.ts";

const header = { alg: "RS256", kid: "key-1" };
const token = { payload: "", signature: "" };

/** The keys of a provider that answers so, what it was asked for, and what is logged. */
async function keysOf(answer: RequestListener, mostMillis = 5_000) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const logged: string[] = [];
  const log = pino({}, { write: (line) => void logged.push(JSON.parse(line).err.message) });
  const issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const settings = { issuer, jwksUrl: `${issuer}/jwks` };
  const keys = new ProviderKeys(
    settings,
    () => 0,
    log,
    () => {},
    mostMillis,
  );
  return { keys, asked, logged };
}

const unavailable = { code: "UNAVAILABLE" };

it.each<[string, RequestListener]>([
  ["does not begin to answer", () => {}],
  ["does not come to an end", (_request, response) => void response.write('{"keys": [')],
])("a provider that %s holds nobody up for longer than is settled", async (_, answer) => {
  const { keys, logged } = await keysOf(answer, 20);
  await expect(keys.of(header, token)).rejects.toMatchObject(unavailable);
  expect(logged).toEqual([expect.stringContaining("due to timeout")]);
});

it.each<[string, RequestListener, string]>([
  ["answers without end", (_request, response) => endless(response), "more than 524288 bytes"],
  ["answers with a fault", (_request, response) => void response.writeHead(500).end("{}"), "answered 500"],
  ["answers no JSON", (_request, response) => void response.end("<html>"), "JSON"],
  ["answers no keys", (_request, response) => void response.end("{}"), "Key Set"],
  [
    "sends us elsewhere",
    (request, response) =>
      request.url === "/jwks"
        ? void response.writeHead(302, { location: "/keys" }).end()
        : void response.end('{"keys":[]}'),
    "fetch failed",
  ],
])("a provider that %s has told nothing", async (_, answer, reason) => {
  const { keys, asked, logged } = await keysOf(answer);
  await expect(keys.of(header, token)).rejects.toMatchObject(unavailable);
  expect(logged).toEqual([expect.stringContaining(reason)]);
  expect(asked).toEqual(["/jwks"]);
});

it("a provider that has no keys is believed, too", async () => {
  const { keys, logged } = await keysOf((_request, response) => void response.end('{"keys":[]}'));
  await expect(keys.of(header, token)).rejects.toThrow(errors.JWKSNoMatchingKey);
  expect(logged).toEqual([]);
});

it("a provider that fails is asked again after a rest only, whoever comes meanwhile", async () => {
  const { keys, asked } = await keysOf((_request, response) => void response.writeHead(500).end());
  for (let time = 0; time < 10; time++) {
    await expect(keys.of(header, token)).rejects.toMatchObject(unavailable);
  }
  expect(asked).toEqual(["/jwks"]);
});

function endless(response: { write(text: string, done: (error?: Error | null) => void): void }): void {
  response.write(" ".repeat(64 * 1024), (error) => {
    if (!error) endless(response);
  });
}
