import type { WebSocket } from "ws";

/** How patient the server is with sockets, in milliseconds, and how many it bears. */
export interface SocketLimits {
  /** For the client's first message. */
  initMillis: number;
  /** Silence after which it is asked whether it is still there; after as long again it is taken for gone. */
  silenceMillis: number;
  /** How long a consumer may take nothing while something waits for it. */
  stallMillis: number;
  /** Open at once, in this process. */
  socketsPerActor: number;
  /** Under way at once: subscriptions and queries. */
  operationsPerSocket: number;
}

/** Close code of a consumer that stands still; it comes back with its cursor. */
export const slowConsumer = 4429;

/**
 * One socket. `send` resolves when the message has left this process, so whoever awaits it sends no faster than the
 * other side reads, and at most one message of each subscription waits here.
 */
export class Line {
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  private waiting = 0;
  private movedAt = 0;
  private heardAt = Date.now();
  private askedAt: number | null = null;
  private isClosing = false;

  constructor(private readonly socket: WebSocket) {
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    const heard = () => {
      this.heardAt = Date.now();
      this.askedAt = null;
    };
    socket.on("message", heard);
    socket.on("pong", heard);
  }

  get isClosed(): boolean {
    return this.socket.readyState === this.socket.CLOSED;
  }

  send(text: string): Promise<void> {
    // Whoever sends into a closing socket waits for its end rather than running through the journal.
    if (this.socket.readyState !== this.socket.OPEN) return this.closed;
    if (this.waiting++ === 0) this.movedAt = Date.now();
    return new Promise((resolve) => {
      this.socket.send(text, (error) => {
        this.waiting--;
        this.movedAt = Date.now();
        if (error) this.closed.then(resolve);
        else resolve();
      });
    });
  }

  /** What was sent before comes first; ws gives up after 30 s. A reason holds at most 123 bytes. */
  close(code: number, reason: string): void {
    this.isClosing = true;
    this.socket.close(code, Buffer.from(reason).subarray(0, 123).toString().replace(/�+$/, ""));
  }

  /** Looks after the socket; called now and then. Says what it did to one that does not keep up. */
  check({ stallMillis, silenceMillis }: SocketLimits): "slow" | "gone" | null {
    if (this.isClosing) return null;
    const now = Date.now();
    if (this.waiting > 0 && now - this.movedAt > stallMillis) return this.giveUp();
    if (this.askedAt === null) {
      if (now - this.heardAt <= silenceMillis) return null;
      this.askedAt = now;
      this.socket.ping();
      return null;
    }
    const unanswered = now - this.askedAt;
    if (unanswered <= silenceMillis) return null;
    if (now - this.movedAt <= silenceMillis) {
      // Its pong stands behind all that the operating system keeps for it: it may just be slow.
      return unanswered > 3 * silenceMillis ? this.giveUp() : null;
    }
    this.socket.terminate();
    return "gone";
  }

  private giveUp(): "slow" {
    this.close(slowConsumer, "SLOW_CONSUMER: resume from your last cursor");
    return "slow";
  }

  terminate(): void {
    this.socket.terminate();
  }
}
