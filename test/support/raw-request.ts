import { connect } from "node:net";
import { text } from "node:stream/consumers";

export interface RawRequest {
  method: string;
  /** Path and query, letter by letter: no client tidies them up. */
  target: string;
  headers: Record<string, string>;
  body?: Buffer;
}

/** Sends exactly these bytes over a connection of its own; the answer's status and all of its text. */
export async function sendRaw(base: string, request: RawRequest): Promise<{ status: number; text: string }> {
  const { hostname, port, host } = new URL(base);
  const socket = connect(Number(port), hostname);
  const headers = Object.entries({ host, connection: "close", ...request.headers });
  const head = `${request.method} ${request.target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  socket.write(head);
  if (request.body) socket.write(request.body);
  const answer = await text(socket);
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]), text: answer };
}
