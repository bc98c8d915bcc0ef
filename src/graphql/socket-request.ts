import { randomUUID } from "node:crypto";
import type { Actor } from "../kernel/actor.ts";
import { Life } from "../kernel/life.ts";
import { Request } from "../kernel/request.ts";

/** One operation over a socket, until it is ended. */
export class SocketRequest extends Request {
  private delivered = 0;
  private latest: Actor;

  constructor(
    actor: Actor,
    private readonly renewed: (seq: number) => Promise<Actor>,
  ) {
    super(randomUUID(), actor, new Life(), () => renewed(0));
    this.latest = actor;
  }

  override async renew(seq: number): Promise<Actor> {
    this.latest = await this.renewed(seq);
    return this.latest;
  }

  /**
   * Works on one event: with loaders of its own, so that each is told as things stand then, and a life of its own, so
   * that one which takes too long ends alone. The end of the operation is its end, too.
   */
  async forEvent<T>(work: (request: Request) => Promise<T>): Promise<T> {
    const life = new Life();
    const end = () => life.end();
    if (this.life.isOver) end();
    this.signal.addEventListener("abort", end, { once: true });
    try {
      return await work(new Request(`${this.id}.${++this.delivered}`, this.latest, life));
    } finally {
      this.signal.removeEventListener("abort", end);
    }
  }

  end(): void {
    this.life.end();
  }
}
