import { once } from "node:events";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { type RawRequest, sendRaw } from "../support/raw-request.ts";

/** What becomes of a request whose sender is told 503 then, whatever the server made of it. */
export type Loss = (request: RawRequest) => Promise<unknown>;

/** Stands between a client and a server, and loses requests when told. */
export interface LossyRelay {
  readonly url: string;
  /** From now on the first POST to each of these paths gets lost. Answers the bodies that come for each path. */
  lose(paths: readonly string[], loss: Loss): Map<string, string[]>;
  close(): Promise<void>;
}

export async function lossyRelayTo(origin: string): Promise<LossyRelay> {
  let [losing, loss, came]: [readonly string[], Loss, Map<string, string[]>] = [
    [],
    async () => {},
    new Map(),
  ];

  async function relay(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: path = "" } = incoming;
    const { connection: _, ...headers } = incoming.headers as Record<string, string>;
    const body = await buffer(incoming);
    const request: RawRequest = { origin, method, path, headers, body: body.length > 0 ? body : null };
    if (method === "POST" && losing.includes(path)) {
      const bodies = came.get(path) ?? [];
      came.set(path, [...bodies, body.toString("latin1")]);
      if (bodies.length === 0) {
        await loss(request);
        response.writeHead(503).end();
        return;
      }
    }
    const answer = await sendRaw(request);
    if (answer.status === 0) response.destroy();
    else response.writeHead(answer.status, answer.headers as OutgoingHttpHeaders).end(answer.body);
  }

  const server = createServer((incoming, response) => {
    relay(incoming, response).catch((error) => response.destroy(error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    lose(paths, how) {
      [losing, loss, came] = [paths, how, new Map()];
      return came;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
