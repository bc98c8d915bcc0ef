import { request } from "node:http";
import { text } from "node:stream/consumers";
import { type Logger, pino } from "pino";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { type AppOptions, createApp } from "../../src/app.ts";
import type { Config } from "../../src/config.ts";
import { freshDatabase } from "./engines.ts";
import { configOf } from "./world.ts";

/** A server with settings of its own, for as long as the test. Answers where it is. */
export async function serverWith(
  settings: Partial<Config["http"]>,
  more: Partial<Pick<Config, "auth">> & AppOptions = {},
): Promise<URL> {
  const { settings: database, drop } = await freshDatabase();
  const config = configOf(database);
  const { auth = config.auth, ...options } = more;
  const app = await createApp({ ...config, http: { ...config.http, ...settings }, auth }, options);
  onTestFinished(async () => {
    await app.close();
    await drop();
  });
  return new URL(app.url);
}

/** A log whose lines the test reads. */
export function keptLog(): { log: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: "info" }, { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** One request with exactly these headers: fetch would not let a test choose its Host. */
export function send(
  { hostname, port }: URL,
  path: string,
  { method = "GET", headers = {}, body = "" }: SendOptions = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method, headers, agent: false });
    asked.on("error", reject).on("response", async (response) => {
      resolve({ status: response.statusCode!, headers: response.headers, body: await text(response) });
    });
    asked.end(body);
  });
}

export interface SendOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Status and body of a handshake with these headers; 101 where the socket opens. */
export function handshake(url: URL, headers: Record<string, string>): Promise<[number, string]> {
  const socket = new WebSocket(`ws://${url.host}/graphql`, "graphql-transport-ws", { headers });
  socket.on("error", () => {});
  return new Promise((resolve) => {
    socket.on("open", () => {
      socket.terminate();
      resolve([101, ""]);
    });
    socket.on("unexpected-response", async (_request, response) => {
      resolve([response.statusCode!, await text(response)]);
    });
  });
}
