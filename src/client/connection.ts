// One subscription over one socket, read no faster than it is taken.
import { type Client, createClient, type FormattedExecutionResult } from "graphql-ws";
import { WebSocket } from "ws";
import type { ClientSettings } from "./environment.ts";

const pauseAt = 200; // answers waiting here
const resumeAt = 20;
const silenceMillis = 15_000; // a ping is sent after as long, and must be answered within as long

export type Answer = FormattedExecutionResult<Record<string, unknown>, Record<string, unknown>>;

/** What ends a connection: a close event, an error of the socket, or the GraphQL errors of the subscription. */
export type Ending = unknown;

/** Its answers, and then how it ended, as a throw; ends silently only where the server completes it. */
export class Connection {
  /** Whether the server has taken the token. */
  isAccepted = false;
  private readonly waiting: Answer[] = [];
  private ending: { with: Ending } | "complete" | null = null;
  private socket: WebSocket | null = null;
  private isPaused = false;
  private wake: () => void = () => {};
  private pongWait: NodeJS.Timeout | undefined;
  private readonly client: Client;
  private readonly unsubscribe: () => void;

  constructor({ url, token }: ClientSettings, query: string, variables: Record<string, unknown>) {
    this.client = createClient({
      url: `${url.replace(/^http/, "ws")}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: token ? { authorization: `Bearer ${token}` } : {},
      retryAttempts: 0,
      keepAlive: silenceMillis,
      on: {
        opened: (socket) => {
          this.socket = socket as WebSocket;
        },
        connected: () => {
          this.isAccepted = true;
        },
        ping: (isReceived) => {
          if (!isReceived) this.awaitPong();
        },
        pong: (isReceived) => {
          if (isReceived) clearTimeout(this.pongWait);
        },
      },
    });
    this.unsubscribe = this.client.subscribe<Record<string, unknown>, Record<string, unknown>>(
      { query, variables },
      {
        next: (answer) => this.take(answer),
        error: (error) => this.end({ with: error }),
        complete: () => this.end("complete"),
      },
    );
  }

  async *answers(signal: AbortSignal | undefined): AsyncGenerator<Answer, void, void> {
    const stop = () => this.end("complete");
    signal?.addEventListener("abort", stop, { once: true });
    try {
      while (!signal?.aborted) {
        const answer = this.waiting.shift();
        if (answer) {
          if (this.isPaused && this.waiting.length <= resumeAt) this.resume();
          yield answer;
        } else if (this.ending === "complete") return;
        else if (this.ending) throw this.ending.with;
        else {
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
        }
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      this.close();
    }
  }

  private take(answer: Answer): void {
    this.waiting.push(answer);
    if (this.waiting.length >= pauseAt && this.socket && !this.isPaused) {
      // The server notices, and waits or closes; memory here stays bounded either way.
      this.isPaused = true;
      clearTimeout(this.pongWait);
      this.socket.pause();
    }
    this.wake();
  }

  private resume(): void {
    this.isPaused = false;
    this.socket?.resume();
  }

  private end(ending: { with: Ending } | "complete"): void {
    this.ending ??= ending;
    clearTimeout(this.pongWait);
    this.wake();
  }

  private awaitPong(): void {
    clearTimeout(this.pongWait);
    if (this.isPaused) return;
    this.pongWait = setTimeout(() => this.client.terminate(), silenceMillis);
  }

  private close(): void {
    clearTimeout(this.pongWait);
    if (this.isPaused) this.resume();
    this.unsubscribe();
    Promise.resolve(this.client.dispose()).catch(() => {}); // gone already
  }
}
