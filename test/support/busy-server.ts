import { pino } from "pino";
import { Registry } from "prom-client";
import { expect, onTestFinished } from "vitest";
import { administrator } from "../../src/access/authenticate.ts";
import { RefusalLog } from "../../src/access/refusal-log.ts";
import { readConfig } from "../../src/config.ts";
import type { HttpAnswer } from "../../src/graphql/apollo.ts";
import { Admission } from "../../src/http/admission.ts";
import { gateOf } from "../../src/http/gate.ts";
import { httpServer } from "../../src/http/server.ts";
import { StemmaError } from "../../src/kernel/errors.ts";
import type { Request } from "../../src/kernel/request.ts";

const silent = pino({ level: "silent" });

/** The HTTP door before work of which the test says when it ends. */
export interface BusyServer {
  url: string;
  /** Asks under this id, which is the answer, too. */
  ask(id: string, more?: RequestInit): Promise<Response>;
  /** The same; returns once it is at work or waits. */
  bring(id: string, more?: RequestInit): Promise<{ answer: Promise<Response> }>;
  /** Ids in the order in which their work began. */
  begun(): string[];
  end(id: string, how?: "well" | "with a fault"): void;
  /** From here on nobody's token is good any more. */
  revoke(): void;
  state(): Promise<{ atWork: number; waiting: number; refused: number }>;
}

export async function busyServer(
  maxConcurrentRequests: number,
  maxWaitingRequests: number,
): Promise<BusyServer> {
  const settings = { ...readConfig({}).http, maxConcurrentRequests, maxWaitingRequests };
  const work = new Map<string, (how: "well" | "with a fault") => void>();
  const handle = (_question: unknown, { id }: Request) =>
    new Promise<HttpAnswer>((resolve, reject) => {
      work.set(id, (how) => {
        if (how === "well") resolve({ status: 200, headers: new Map(), body: id });
        else reject(new Error("a fault"));
      });
    });
  let isRevoked = false;
  const metrics = new Registry();
  const server = httpServer({
    settings,
    endpoint: { handle },
    gate: gateOf(settings, metrics, silent),
    authenticator: {
      sessionOf: async (authorization) => {
        if (authorization === undefined || isRevoked)
          throw new StemmaError("UNAUTHENTICATED", "send a token");
        return { actor: administrator, endsAt: null };
      },
    },
    admission: new Admission(settings, true, silent),
    serving: null,
    mlflow: null,
    health: { troubles: async () => ({}), metrics },
    blobs: null,
    refusals: new RefusalLog(metrics, silent),
    log: silent,
  });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  const end = (id: string, how: "well" | "with a fault" = "well") => work.get(id)!(how);
  onTestFinished(async () => {
    const closed = server.close();
    for (const id of work.keys()) end(id);
    await closed;
  });
  const state = async () => {
    const told = await (await fetch(`${url}/metrics`)).text();
    const value = (name: string) =>
      Number(
        told
          .split("\n")
          .find((line) => line.startsWith(`${name} `))
          ?.split(" ")[1] ?? 0,
      );
    return {
      atWork: value("stemma_requests_at_work"),
      waiting: value("stemma_requests_waiting"),
      refused: value('stemma_requests_refused_total{reason="full"}'),
    };
  };
  const revoke = () => {
    isRevoked = true;
  };
  const ask = (id: string, more: RequestInit = {}) =>
    fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer x", "x-request-id": id },
      body: "{}",
      ...more,
    });
  const taken = async () => {
    const { atWork, waiting } = await state();
    return atWork + waiting;
  };
  const bring = async (id: string, more?: RequestInit) => {
    const before = await taken();
    const answer = ask(id, more);
    answer.catch(() => {}); // The test may let it go.
    await expect.poll(taken).toBe(before + 1);
    return { answer };
  };
  return {
    url,
    ask,
    bring,
    begun: () => [...work.keys()],
    end,
    revoke,
    state,
  };
}
