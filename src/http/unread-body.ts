import type { IncomingMessage } from "node:http";

/** More than any part of an object below 1.2 TiB has. */
const mostBytes = 128 * 1024 * 1024;
const mostMillis = 30_000;
const silenceMillis = 2_000;
const farewellMillis = 2_000;

/**
 * Reads on, so that a client that is still sending hears why it is refused: closed at once, a connection takes its answer
 * with it, and many clients look for none before they have sent everything. Whoever falls silent, or goes on for too long,
 * is told that nothing more comes, has a moment to read what came, and is cut off.
 */
export function drain(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  let left = mostBytes;
  const timers: NodeJS.Timeout[] = [];
  const later = (work: () => void, millis: number) => {
    const timer = setTimeout(work, millis).unref();
    timers.push(timer);
    return timer;
  };
  const forget = () => timers.forEach(clearTimeout);
  const leave = () => {
    forget();
    request.pause().off("data", count);
    socket.end();
    later(() => socket.destroy(), farewellMillis);
  };
  const silence = later(leave, silenceMillis);
  const count = (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) leave();
    else silence.refresh();
  };
  later(leave, mostMillis);
  request.once("end", forget).once("close", forget);
  request.on("error", () => {}); // Nobody waits for it anymore.
  request.on("data", count);
}
