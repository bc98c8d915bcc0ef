import { once } from "node:events";
import type { RequestListener, Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { pino } from "pino";
import { Registry } from "prom-client";
import { expect, it, onTestFinished } from "vitest";
import { type ConnectionLimits, Connections } from "../../src/http/connections.ts";
import { Gate } from "../../src/http/gate.ts";

const question = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

async function listening(answer: RequestListener, limits: Partial<ConnectionLimits>) {
  const room = { atWork: 1, waiting: 1, waitMillis: 1_000 };
  const connections = new Connections(new Gate(room, new Registry(), pino({ level: "silent" })), limits);
  const server = connections.serve(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { connections, server };
}

/** A client's end of a connection, and the server's. */
async function connected(server: Server): Promise<{ client: Socket; socket: Socket }> {
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => void client.destroy());
  const [socket] = await once(server, "connection");
  return { client, socket };
}

it("a connection whose client does not take its answer is closed", async () => {
  // More than operating systems keep for a connection.
  const endless = Buffer.alloc(64 * 1024 * 1024);
  const { server } = await listening((_request, response) => response.end(endless), { silenceMillis: 50 });
  const { client, socket } = await connected(server);
  client.pause();
  client.write(question);
  await once(socket, "close");
  expect(socket.bytesWritten).toBeGreaterThan(0);
});

it("a server that stops waits for no connection over which nothing was asked, but for answers under way", async () => {
  let stopped: Promise<unknown> | null = null;
  const { connections, server } = await listening((_request, response) => {
    connections.dismiss();
    stopped = once(server.close(), "close");
    setImmediate(() => response.end("finished"));
  }, {});
  await connected(server);
  const { client } = await connected(server);
  client.setEncoding("utf8").write(question);
  const [answer] = await once(client, "data");
  expect(answer).toContain("finished");
  await stopped;
});

it("a server that stops does not wait for ever for an answer", async () => {
  const { connections, server } = await listening(() => {}, { farewellMillis: 20 });
  const { client, socket } = await connected(server);
  client.write(question);
  await once(server, "request");
  connections.dismiss();
  const stopped = once(server.close(), "close");
  await once(socket, "close");
  await stopped;
});
