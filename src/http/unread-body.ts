import type { IncomingMessage } from "node:http";

/** More than any part of an object below 1.2 TiB has. */
const mostBytes = 128 * 1024 * 1024;
const mostMillis = 30_000;
const farewellMillis = 2_000;

/**
 * Reads on, so that a client that is still sending hears why it is refused: closed at once, a connection takes its answer
 * with it, and many clients look for none before they have sent everything. Whoever goes on for too long is told that
 * nothing more comes, has a moment to read what came, and is cut off.
 */
export function drain(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  let left = mostBytes;
  const leave = () => {
    request.pause().off("data", count);
    socket.end();
    timer = setTimeout(() => socket.destroy(), farewellMillis).unref();
  };
  const count = (chunk: Buffer) => {
    left -= chunk.length;
    if (left >= 0) return;
    clearTimeout(timer);
    leave();
  };
  let timer = setTimeout(leave, mostMillis).unref();
  request.once("end", () => clearTimeout(timer)).once("close", () => clearTimeout(timer));
  request.on("error", () => {}); // Nobody waits for it anymore.
  request.on("data", count);
}
