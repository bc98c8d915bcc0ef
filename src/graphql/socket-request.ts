import { randomUUID } from "node:crypto";
import type { Actor } from "../kernel/actor.ts";
import { Life } from "../kernel/life.ts";
import { Request } from "../kernel/request.ts";

/** Thrown where an event came to be told when its subscriber could not read it any more: it is none for them. */
export class Untold extends Error {}

/** One event on its way to a subscriber. */
class EventRequest extends Request {
  constructor(
    id: string,
    /** Who could read the event when it was looked up. */
    private readonly reader: Actor,
    life: Life,
    look: () => Promise<Actor>,
    private readonly isReadable: (actor: Actor) => Promise<boolean>,
  ) {
    super(id, reader, life, look);
  }

  /** Throws Untold, too. */
  override async lookAgain(): Promise<void> {
    await super.lookAgain();
    if (this.actor === this.reader || this.actor.sight === this.reader.sight) return;
    if (!(await this.isReadable(this.actor))) throw new Untold();
  }
}

/** One operation over a socket, until it is ended. */
export class SocketRequest extends Request {
  private delivered = 0;
  private latest: Actor;
  private isReadable = async (_actor: Actor) => true;

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

  override tells(isReadable: (actor: Actor) => Promise<boolean>): void {
    this.isReadable = isReadable;
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
    const id = `${this.id}.${++this.delivered}`;
    try {
      return await work(new EventRequest(id, this.latest, life, () => this.renewed(0), this.isReadable));
    } finally {
      this.signal.removeEventListener("abort", end);
    }
  }

  end(): void {
    this.life.end();
  }
}
