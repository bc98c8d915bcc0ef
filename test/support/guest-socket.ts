import { once } from "node:events";
import { WebSocket } from "ws";

/** How a socket ended, and when. */
export interface Farewell {
  code: number;
  reason: string;
  /** Epoch ms. */
  at: number;
}

/** A socket that has shown a token. */
export interface GuestSocket {
  socket: WebSocket;
  farewell: Promise<Farewell>;
}

/** Shows the token and waits for the answer: null where the server lets it in, else how it ended. */
export async function knock(url: string, token: string): Promise<GuestSocket & { refusal: Farewell | null }> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const farewell = once(socket, "close").then(([code, reason]) => ({
    code,
    reason: String(reason),
    at: Date.now(),
  }));
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
  const refusal = await Promise.race([once(socket, "message").then(() => null), farewell]);
  return { socket, farewell, refusal };
}

/** A socket that the server must let in. */
export async function enter(url: string, token: string): Promise<GuestSocket> {
  const { refusal, ...guest } = await knock(url, token);
  if (refusal) throw new Error(`the socket was closed with ${refusal.code}: ${refusal.reason}`);
  return guest;
}
