import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { Arrivals } from "../../src/http/arrivals.ts";
import { Connections } from "../../src/http/connections.ts";
import { Gate } from "../../src/http/gate.ts";

/** Runs `each` in every turn of the event loop until it says that it is over. */
function turnByTurn(each: (turn: number) => boolean): Promise<void> {
  return new Promise((resolve) => {
    let turn = 0;
    const next = () => (each(++turn) ? resolve() : void setImmediate(next));
    next();
  });
}

describe("work", () => {
  it("begins at once where no connection has come", () => {
    expect(new Arrivals().areComing).toBe(false);
  });

  it("waits for a turn in which none comes, and begins piece by piece in the order of asking", async () => {
    const arrivals = new Arrivals();
    const begun: string[] = [];
    const beginnings: number[] = [];
    await turnByTurn((turn) => {
      if (turn <= 3) arrivals.note();
      if (turn === 1) {
        for (const piece of ["a", "b", "c"]) arrivals.settled().then(() => begun.push(piece));
        expect(arrivals.areComing).toBe(true);
      }
      beginnings.push(begun.length);
      return begun.length === 3;
    });
    expect(begun).toEqual(["a", "b", "c"]);
    expect(beginnings.slice(0, 3)).toEqual([0, 0, 0]);
    expect(new Set(beginnings)).toEqual(new Set([0, 1, 2, 3]));
    expect(arrivals.areComing).toBe(false);
  });

  it("goes on under connections without end, once in eight turns", async () => {
    const arrivals = new Arrivals();
    let pieces = 0;
    await turnByTurn((turn) => {
      arrivals.note();
      if (turn % 2 === 0) arrivals.settled().then(() => pieces++);
      return turn === 80;
    });
    expect(pieces).toBeGreaterThanOrEqual(9);
    expect(pieces).toBeLessThanOrEqual(10);
  });
});

it("two hundred who stand outside a busy server are let in while it does no more than a few pieces of work", async () => {
  const room = { atWork: 4, waiting: 0, waitMillis: 1_000 };
  const gate = new Gate(room, new Registry(), pino({ level: "silent" }));
  let steps = 0;
  /** Four steps, each of which keeps the processor for a while, as the rows of an answer do. */
  const work = async () => {
    for (let step = 0; step < 4; step++) {
      await new Promise((resolve) => setImmediate(resolve));
      for (const end = performance.now() + 1; performance.now() < end; );
      steps++;
    }
  };
  const server = new Connections(gate)
    .serve((_request, response) => {
      gate.admit(new AbortController(), work).then(
        () => response.end("done"),
        () => response.writeHead(503).end(),
      );
    })
    .listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const answers = Array.from({ length: 200 }, async () => {
    const socket = connect(port, "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    const [data] = await once(socket, "data");
    return Number(String(data).slice(9, 12));
  });
  onTestFinished(() => void server.close());
  const statuses = await Promise.all(answers);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  // One connection a turn, and four steps in each, would make 800.
  console.info(`200 connections were let in and answered while ${steps} pieces of work were done`);
  expect(steps).toBeLessThan(400);
});
