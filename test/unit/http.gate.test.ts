import { EventEmitter, once } from "node:events";
import { connect } from "node:net";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Gate } from "../../src/http/gate.ts";
import { busyServer } from "../support/busy-server.ts";

const refusal = {
  errors: [{ message: "too much is asked at once; come again", extensions: { code: "UNAVAILABLE" } }],
};

async function expectRefused(response: Response): Promise<void> {
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("1");
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(await response.json()).toEqual(refusal);
}

describe("the server", () => {
  it("works on so many at once, lets so many wait, and refuses the next, until there is room", async () => {
    const { ask, bring, begun, end, state } = await busyServer(2, 2);
    const answers = [];
    for (const id of ["a", "b", "c", "d"]) answers.push((await bring(id)).answer);
    expect(begun()).toEqual(["a", "b"]);
    expect(await state()).toEqual({ atWork: 2, waiting: 2, refused: 0 });
    await expectRefused(await ask("e"));
    await expectRefused(await ask("f"));
    expect(await state()).toEqual({ atWork: 2, waiting: 2, refused: 2 });
    end("b");
    expect(await (await answers[1]!).text()).toBe("b");
    expect(begun()).toEqual(["a", "b", "c"]);
    answers.push((await bring("g")).answer);
    await expectRefused(await ask("h"));
    for (const id of ["c", "d", "a", "g"]) {
      await expect.poll(begun).toContain(id);
      end(id);
    }
    expect(begun()).toEqual(["a", "b", "c", "d", "g"]);
    for (const answer of answers) expect((await answer).status).toBe(200);
    expect(await state()).toEqual({ atWork: 0, waiting: 0, refused: 3 });
  });

  it("refuses MLflow's client in the form that it reads", async () => {
    const { url, bring, end } = await busyServer(1, 0);
    const { answer } = await bring("a");
    for (const prefix of ["api", "ajax-api"]) {
      const refused = await fetch(`${url}/${prefix}/2.0/mlflow/runs/create?x=/graphql`, { method: "POST" });
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
      expect(await refused.json()).toEqual({
        error_code: "TEMPORARILY_UNAVAILABLE",
        message: "too much is asked at once; come again",
      });
    }
    end("a");
    await answer;
  });

  it("refuses as soon as it has read the head, and keeps the connection", async () => {
    const { url, bring, end } = await busyServer(1, 0);
    const { answer } = await bring("a");
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    onTestFinished(() => void socket.destroy());
    socket.setEncoding("utf8");
    socket.write("POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n{");
    const [head] = await once(socket, "data");
    expect(head).toContain("HTTP/1.1 503 Service Unavailable\r\n");
    expect(head).toContain("\r\nConnection: keep-alive\r\n");
    end("a");
    await answer;
  });

  it("always tells how it is", async () => {
    const { url, bring } = await busyServer(1, 0);
    await bring("a");
    for (const path of ["/health", "/ready?verbose", "/metrics"]) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
    }
    await expectRefused(await fetch(`${url}/nothing`));
  });

  it("gives the place of work that fails to the next", async () => {
    const { bring, begun, end, state } = await busyServer(1, 1);
    const [a, b] = [await bring("a"), await bring("b")];
    end("a", "with a fault");
    expect((await a.answer).status).toBe(500);
    await expect.poll(begun).toEqual(["a", "b"]);
    end("b");
    expect((await b.answer).status).toBe(200);
    expect(await state()).toEqual({ atWork: 0, waiting: 0, refused: 0 });
  });

  it("does no work for a token that was revoked while it waited", async () => {
    const { bring, begun, end, revoke, state } = await busyServer(1, 1);
    const [a, b] = [await bring("a"), await bring("b")];
    revoke();
    end("a");
    expect((await a.answer).status).toBe(200);
    expect((await b.answer).status).toBe(401);
    expect(begun()).toEqual(["a"]);
    expect(await state()).toEqual({ atWork: 0, waiting: 0, refused: 0 });
  });

  it("forgets who goes while it waits, and gives the turn to those who stay", async () => {
    const { bring, begun, end, state } = await busyServer(1, 2);
    const going = new AbortController();
    const a = await bring("a");
    await bring("b", { signal: going.signal });
    const c = await bring("c");
    going.abort();
    await expect.poll(state).toEqual({ atWork: 1, waiting: 1, refused: 0 });
    end("a");
    await a.answer;
    await expect.poll(begun).toEqual(["a", "c"]);
    end("c");
    expect((await c.answer).status).toBe(200);
  });

  it("lets nobody wait whom it does not know", async () => {
    const { ask, bring, state } = await busyServer(1, 1);
    await bring("a");
    expect((await ask("b", { headers: { "content-type": "application/json" } })).status).toBe(401);
    expect(await state()).toEqual({ atWork: 1, waiting: 0, refused: 0 });
  });
});

describe("a gate", () => {
  const stranger = () => new AbortController();
  const never = () => new Promise<never>(() => {});

  it("refuses who has waited too long, and only that one", async () => {
    const gate = new Gate(
      { atWork: 1, waiting: 1, waitMillis: 5 },
      new Registry(),
      pino({ level: "silent" }),
    );
    gate.admit(stranger(), never);
    const late = gate.admit(stranger(), async () => "worked");
    expect(gate.isFull).toBe(true);
    await expect(late).rejects.toMatchObject({ code: "UNAVAILABLE", message: refusal.errors[0]!.message });
    expect(gate.isFull).toBe(false);
  });

  it("lets nobody wait who is gone already, nor beyond its limit", async () => {
    const gate = new Gate(
      { atWork: 1, waiting: 1, waitMillis: 1_000 },
      new Registry(),
      pino({ level: "silent" }),
    );
    gate.admit(stranger(), never);
    const gone = stranger();
    gone.abort(new Error("gone"));
    await expect(gate.admit(gone, never)).rejects.toThrow("gone");
    const waiting = stranger();
    const turn = gate.admit(waiting, never);
    await expect(gate.admit(stranger(), never)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    waiting.abort(new Error("left"));
    await expect(turn).rejects.toThrow("left");
  });

  it("lets no more wait than have their turn in time, as long as work takes now", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const room = { atWork: 4, waiting: 1_000, waitMillis: 1_000 };
    const gate = new Gate(room, new Registry(), pino({ level: "silent" }));
    const work = (millis: number) => () => new Promise<void>((resolve) => setTimeout(resolve, millis));
    for (let turn = 0; turn < 400; turn++) {
      const done = gate.admit(stranger(), work(110));
      await vi.advanceTimersByTimeAsync(110);
      await done;
    }
    let taken = 0;
    for (; !gate.isFull; taken++) gate.admit(stranger(), never).catch(() => {});
    // Four at work, and thirty-seven whose turn comes within a second: 4 × 1000 / 110.
    expect(taken).toBe(4 + 37);
  });

  it("lets the patient wait beyond its limits, and takes them in turns with the hasty", async () => {
    const room = { atWork: 1, waiting: 2, waitMillis: 60_000 };
    const gate = new Gate(room, new Registry(), pino({ level: "silent" }));
    const worked: string[] = [];
    const before = new EventEmitter();
    const first = gate.admit(stranger(), () => once(before, "end"));
    const work = (name: string) => async () => void worked.push(name);
    const gone = stranger();
    const left = gate.admit(gone, work("gone"), "patient");
    const waiting = [
      ...["p1", "p2", "p3", "p4"].map((name) => gate.admit(stranger(), work(name), "patient")),
      ...["h1", "h2"].map((name) => gate.admit(stranger(), work(name))),
    ];
    gone.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    await expect(gate.admit(stranger(), never)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    before.emit("end");
    await Promise.all([first, ...waiting]);
    expect(worked).toEqual(["h1", "p1", "h2", "p2", "p3", "p4"]);
  });

  it("writes one line a second of all it refused", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const lines: string[] = [];
    const log = pino({ base: null, timestamp: false }, { write: (line) => lines.push(line) });
    const gate = new Gate({ atWork: 1, waiting: 0, waitMillis: 1_000 }, new Registry(), log);
    gate.admit(stranger(), never);
    for (const count of [1_000, 7]) {
      for (let index = 0; index < count; index++) await gate.admit(stranger(), never).catch(() => {});
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await vi.advanceTimersByTimeAsync(5_000);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { refused: 1_000, atWork: 1, waiting: 0 },
      { refused: 7, atWork: 1, waiting: 0 },
    ]);
  });
});
