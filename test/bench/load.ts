import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** One HTTP request over a kept connection, as bytes. */
export function requestBytes(
  method: "GET" | "POST",
  path: string,
  headers: Record<string, string>,
  body = "",
): Buffer {
  const all: Record<string, string> = {
    host: "127.0.0.1",
    accept: "application/json",
    ...(body
      ? { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }
      : {}),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}

/** The request of a question's turn, the first being 0. */
export type Asking = (turn: number) => Buffer;

export interface Answer {
  status: number;
  body: string;
}

const endOfHead = Buffer.from("\r\n\r\n");
const refusal = Buffer.from('{"errors"');

/**
 * A client of one connection that asks one thing at a time; where the server keeps none, of one for each. It reads no more of an answer than its status, its length
 * and how it begins: the load must not take the processor from what is measured. Answers carry Content-Length.
 */
export class Line {
  private head: Buffer = Buffer.alloc(0);
  /** Bytes of the answer's body still to come; −1 before its head has come. */
  private missing = -1;
  private kept: Buffer[] | null = null;
  private status = 0;
  private isKept = true;
  private settle: ((status: number) => void) | null = null;
  private fail: ((error: Error) => void) | null = null;

  private socket: Socket | null = null;

  private constructor(private readonly port: number) {}

  static async to(port: number): Promise<Line> {
    const line = new Line(port);
    line.socket = await line.connected();
    return line;
  }

  /** Resolves with the status, once the whole answer is here; 0 for errors that came with 200. */
  async ask(request: Buffer): Promise<number> {
    this.socket ??= await this.connected();
    const { socket } = this;
    return new Promise((resolve, reject) => {
      this.settle = resolve;
      this.fail = reject;
      socket.write(request);
    });
  }

  private async connected(): Promise<Socket> {
    const socket = connect(this.port, "127.0.0.1");
    await once(socket, "connect");
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.take(chunk));
    socket.on("error", (error) => this.failOf(socket, error));
    socket.on("close", () => this.failOf(socket, new Error("the server closed the connection")));
    return socket;
  }

  private failOf(socket: Socket, error: Error): void {
    if (socket === this.socket) this.fail?.(error);
  }

  async askForBody(request: Buffer): Promise<Answer> {
    this.kept = [];
    const status = await this.ask(request);
    const body = Buffer.concat(this.kept).toString();
    this.kept = null;
    return { status, body };
  }

  close(): void {
    this.fail = null;
    this.socket?.destroy();
  }

  private take(chunk: Buffer): void {
    if (this.missing >= 0) {
      this.takeBody(chunk);
      return;
    }
    this.head = this.head.length === 0 ? chunk : Buffer.concat([this.head, chunk]);
    const end = this.head.indexOf(endOfHead);
    if (end < 0) return;
    const head = this.head.toString("latin1", 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    const rest = this.head.subarray(end + endOfHead.length);
    this.head = Buffer.alloc(0);
    const status = Number(head.slice(9, 12));
    this.status = status === 200 && rest.subarray(0, refusal.length).equals(refusal) ? 0 : status;
    this.missing = Number(length?.[1] ?? 0);
    this.isKept = !/\r\nconnection: *close/i.test(head);
    this.takeBody(rest);
  }

  private leave(): void {
    this.socket?.destroy();
    this.socket = null;
  }

  private takeBody(chunk: Buffer): void {
    this.kept?.push(chunk);
    this.missing -= chunk.length;
    if (this.missing > 0) return;
    this.missing = -1;
    if (!this.isKept) this.leave();
    this.settle?.(this.status);
  }
}

/** One request, with its answer. */
export async function askOnce(port: number, request: Buffer): Promise<Answer> {
  const line = await Line.to(port);
  try {
    return await line.askForBody(request);
  } finally {
    line.close();
  }
}

export interface Load {
  /** Kept connections, each of which asks again as soon as it is answered. */
  connections: number;
  /** Until both are reached. */
  millis: number;
  answers: number;
}

export interface Driven {
  answers: number;
  millis: number;
}

export function perSecond({ answers, millis }: Driven): number {
  return (answers / millis) * 1_000;
}

/** What came of a load that may be answered badly. */
export interface Pressed extends Driven {
  /** How long each good answer took, in milliseconds. */
  each: number[];
  /** How many answers were no good, by status. */
  failed: Map<number, number>;
}

/** Counts on where the last load ended, so that no turn comes twice. */
let turn = 0;

/** Asks turn after turn. Throws on any answer but a good one. */
export async function drive(port: number, asking: Asking, load: Load): Promise<Driven> {
  const { failed, ...driven } = await press([port], asking, load);
  const [status] = failed.keys();
  if (status !== undefined) throw new Error(`answered ${status || "errors"} under load`);
  return driven;
}

/** Asks turn after turn, the connections spread over the ports. */
export async function press(ports: readonly number[], asking: Asking, load: Load): Promise<Pressed> {
  const lines = await Promise.all(
    Array.from({ length: load.connections }, (_, at) => Line.to(ports[at % ports.length]!)),
  );
  const each: number[] = [];
  const failed = new Map<number, number>();
  let asked = 0;
  const begin = performance.now();
  const isOver = () => performance.now() - begin >= load.millis && asked >= load.answers;
  const work = async (line: Line) => {
    while (!isOver()) {
      asked++;
      const request = asking(turn++);
      const sent = performance.now();
      const status = await line.ask(request);
      if (status === 200) each.push(performance.now() - sent);
      else failed.set(status, (failed.get(status) ?? 0) + 1);
    }
  };
  try {
    await Promise.all(lines.map(work));
    return { answers: each.length, millis: performance.now() - begin, each, failed };
  } finally {
    for (const line of lines) line.close();
  }
}
