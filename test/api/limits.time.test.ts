import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { doors } from "../support/doors.ts";
import { trackerOf } from "../support/tracker.ts";
import { adminToken, socketClient, startWorld, type World } from "../support/world.ts";

const seconds = 0.15;
const statementMillis = 20;
const ancestors = 15; // each takes a statement: far longer than the time there is

let world: World;
/** On the same database, with all the time there is. */
let patient: World;
/** Statements of slow questions, and what happens at each. */
let statements: string[] = [];
let atStatement: ((count: number) => void) | null = null;

/** A database that takes its time over every statement. */
function onStatement(statement: string): void {
  if (!atStatement || !/ (FROM run|INTO `?"?model)\b/.test(statement)) return;
  statements.push(statement);
  atStatement(statements.length);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, statementMillis);
}

beforeAll(async () => {
  patient = await startWorld();
  const tracker = trackerOf(patient);
  let parentRunId: string | undefined;
  for (let at = 0; at <= ancestors; at++) {
    const { runId } = await tracker.done("createRun", { name: `run ${at}`, parentRunId });
    parentRunId = runId;
  }
  world = await startWorld({ settings: patient.settings, limits: { seconds }, onStatement });
  return async () => {
    await world.close();
    await patient.close();
  };
});

beforeEach(() => {
  statements = [];
  atStatement = () => {};
  onTestFinished(() => {
    atStatement = null;
  });
});

const chain = `{ runs(first: 1) { nodes { ${"parent { ".repeat(ancestors)} name ${"}".repeat(ancestors)} } } }`;

describe.each(doors)("an operation over %s that takes too long", (_, ask) => {
  it("is answered in time, and sends no statement after that", async () => {
    const { data, errors, status } = await ask(world, chain);
    const sent = statements.length;
    expect({ data, errors, status: status ?? 504 }).toEqual({
      data: undefined,
      errors: [
        {
          message: expect.stringMatching(/^not answered within 0.15 s; /),
          extensions: { code: "TIMEOUT" },
        },
      ],
      status: 504,
    });
    for (let turn = 0; turn < 30; turn++) await patient.ask("{ __typename }");
    expect(statements).toHaveLength(sent);
    expect(sent).toBeLessThan(ancestors);
  });

  it("is answered so each time, compiled or not", async () => {
    for (let turn = 0; turn < 4; turn++)
      expect((await ask(world, chain)).errors![0]!.extensions.code).toBe("TIMEOUT");
  });

  it("begins no further mutation", async () => {
    const name = `late ${ask.name}${Math.random()}`;
    const create = (at: number) =>
      `m${at}: createModel(input: { name: "${name} ${at}" }) { userErrors { message } }`;
    const many = Array.from({ length: 20 }, (_none, at) => create(at)).join(" ");
    expect((await ask(world, `mutation { ${many} }`)).errors![0]!.extensions.code).toBe("TIMEOUT");
    const made = async () => {
      const { models } = await patient.ask(
        `query ($name: String!) { models(filter: { name: { startsWith: $name } }) { totalCount } }`,
        { name },
      );
      return models.totalCount;
    };
    // The one that was under way may still be done.
    let count = await made();
    for (let looks = 0; looks < 30; looks++) {
      const now = await made();
      if (now !== count) looks = 0;
      count = now;
    }
    expect(count).toBeLessThan(20);
  });
});

type SocketClient = ReturnType<typeof socketClient>;

describe("a client that goes away", () => {
  const quiet = async () => {
    for (let turn = 0; turn < 30; turn++) await patient.ask("{ __typename }");
    expect(statements.length).toBeLessThan(ancestors);
  };

  it("over HTTP, is no longer worked for", async () => {
    const gone = new AbortController();
    atStatement = (count) => {
      if (count === 3) gone.abort();
    };
    const asked = fetch(`${world.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminToken}` },
      body: JSON.stringify({ query: chain }),
      signal: gone.signal,
    });
    await expect(asked).rejects.toThrow("aborted");
    await quiet();
  });

  it.each([
    ["ends its question", (_client: SocketClient, end: () => void) => end()],
    ["closes its socket", (client: SocketClient) => client.terminate()],
  ])("over a socket, is no longer worked for once it %s", async (_, leave) => {
    const client = socketClient(world.url);
    onTestFinished(() => client.dispose());
    await new Promise<void>((resolve) => {
      const sink = { next: () => {}, error: () => resolve(), complete: () => resolve() };
      const end = client.subscribe({ query: chain }, sink);
      atStatement = (count) => {
        if (count === 3) leave(client, end);
      };
    });
    await quiet();
  });
});
