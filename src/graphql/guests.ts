import type { AccessChanges } from "../access/access-changes.ts";
import type { Authenticator, Session } from "../access/authenticate.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { overLimit, StemmaError } from "../kernel/errors.ts";

/** What of access a socket door needs. */
export interface Doorkeeping {
  authenticator: Authenticator;
  changes: AccessChanges;
  clock: Clock;
}

/** Whoever opened a socket, for as long as what was shown then is good. */
export class Guest {
  constructor(
    private readonly keeping: Doorkeeping,
    private readonly authorization: string | undefined,
    private session: Session,
    /** Ends the socket; told why. */
    readonly dismiss: (reason: string) => void,
  ) {}

  get actor(): Actor {
    return this.session.actor;
  }

  get isOver(): boolean {
    const { endsAt } = this.session;
    return endsAt !== null && this.keeping.clock() >= endsAt;
  }

  /** By the rights that stand once the journal has reached this seq. Throws UNAUTHENTICATED. */
  async renew(seq: number): Promise<Actor> {
    await this.keeping.changes.upTo(seq);
    return this.look();
  }

  /** By the rights that are known to stand now. Throws UNAUTHENTICATED. */
  async look(): Promise<Actor> {
    this.session = await this.keeping.authenticator.sessionOf(this.authorization);
    return this.session.actor;
  }
}

/** Everybody who has a socket open. Whose token ends or is revoked is shown out. */
export class Guests {
  private readonly present = new Set<Guest>();
  /** Those whose rights may have changed and could not be looked up. */
  private readonly unsure = new Set<Guest>();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly keeping: Doorkeeping,
    /** Sockets one actor may have open at once. */
    private readonly mostPerActor: number,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.unsubscribe = keeping.changes.subscribe(() => this.lookAll());
  }

  /** Throws UNAUTHENTICATED, and LIMIT where the actor has too many sockets open. */
  async admit(authorization: string | undefined, dismiss: (reason: string) => void): Promise<Guest> {
    const { changes } = this.keeping;
    const { revision } = changes;
    const session = await this.keeping.authenticator.sessionOf(authorization);
    const { node } = session.actor;
    const others = [...this.present].filter((guest) => guest.actor.node === node).length;
    if (others >= this.mostPerActor) {
      throw overLimit(`at most ${this.mostPerActor} sockets of one actor at once`);
    }
    const guest = new Guest(this.keeping, authorization, session, dismiss);
    this.present.add(guest);
    // What changed while its token was looked at was told to those who were here already.
    if (changes.revision !== revision) this.lookAt(guest);
    return guest;
  }

  leave(guest: Guest): void {
    this.present.delete(guest);
    this.unsure.delete(guest);
  }

  /** Shows out those whose time is over; called now and then. */
  dismissLate(): void {
    for (const guest of this.present) if (guest.isOver) this.showOut(guest, "this token has expired");
    for (const guest of this.unsure) this.lookAt(guest);
  }

  close(): void {
    this.unsubscribe();
  }

  private lookAll(): void {
    for (const guest of this.present) this.lookAt(guest);
  }

  private lookAt(guest: Guest): void {
    const isAnew = this.unsure.delete(guest);
    guest.look().catch((error) => {
      if (error instanceof StemmaError && error.code === "UNAUTHENTICATED") {
        return this.showOut(guest, error.message);
      }
      // The database is away, perhaps: it is asked again until it answers.
      if (this.present.has(guest)) this.unsure.add(guest);
      if (!isAnew) this.onFailure(error);
    });
  }

  private showOut(guest: Guest, reason: string): void {
    this.leave(guest);
    guest.dismiss(reason);
  }
}
