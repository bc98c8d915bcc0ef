import type { IncomingMessage } from "node:http";

const mostBytes = 1024 * 1024;
const mostMillis = 2_000;

/**
 * Reads on for a little, so that a client that is still sending hears why it is refused: closed at once, a connection
 * takes its answer with it. Whoever goes on for longer is cut off.
 */
export function drain(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let left = mostBytes;
  const cut = () => request.destroy();
  const timer = setTimeout(cut, mostMillis);
  timer.unref();
  request.once("close", () => clearTimeout(timer));
  request.on("error", () => {}); // Nobody waits for it anymore.
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) cut();
  });
  request.resume();
}
