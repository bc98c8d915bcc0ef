import type { IncomingMessage, ServerResponse } from "node:http";
import { ObjectStoreError } from "../objects/object-store.ts";

/** What bodies may take of the server, in one direction. */
export interface TransferLimits {
  /** Under way at once. Each takes up to 1 MiB of memory. */
  most: number;
  /** Of these, for one remote address: nobody is to shut out all others. */
  mostOfOne: number;
  /** How often it is looked at how fast each is. */
  paceMillis: number;
  /** To be moved between two looks, if it is to go on. */
  paceBytes: number;
}

/** A mebibyte a minute is 17 KiB/s. What systems hold of an answer moves in lumps of nearly as much: not to be shorter. */
const usual: TransferLimits = { most: 128, mostOfOne: 32, paceMillis: 60_000, paceBytes: 1024 * 1024 };

/** Bodies under way in one direction; what comes beyond is to come again. */
export class Transfers {
  private readonly limits: TransferLimits;
  private underWay = 0;
  private readonly ofOne = new Map<string, number>();

  constructor(limits: Partial<TransferLimits> = {}) {
    this.limits = { ...usual, ...limits };
  }

  /** Takes a place until the response is closed. Throws ObjectStoreError, AWAY, where there is none. */
  begin(from: string, response: ServerResponse<IncomingMessage>): void {
    const mine = this.ofOne.get(from) ?? 0;
    const { most, mostOfOne } = this.limits;
    // Of what is closed already, nobody would hear that its place is free again.
    const isGone = response.req.socket.destroyed || response.destroyed;
    if (isGone || this.underWay >= most || mine >= mostOfOne)
      throw new ObjectStoreError("AWAY", "too much is sent at once; come again");
    this.underWay++;
    this.ofOne.set(from, mine + 1);
    const watch = this.watch(response.req);
    response.once("close", () => {
      clearInterval(watch);
      this.underWay--;
      const left = (this.ofOne.get(from) ?? 1) - 1;
      if (left > 0) this.ofOne.set(from, left);
      else this.ofOne.delete(from);
    });
  }

  /** Cuts off who is slow. Where it is this server that is waited for, nobody is. */
  private watch(request: IncomingMessage): NodeJS.Timeout {
    const { socket } = request;
    const isSent = request.method === "PUT";
    const moved = () => (isSent ? socket.bytesRead : socket.bytesWritten);
    const isWaitedFor = () =>
      isSent ? request.complete || request.readableLength > 0 : socket.writableLength === 0;
    let before = moved();
    const look = () => {
      const isSlow = moved() - before < this.limits.paceBytes;
      before = moved();
      if (isSlow && !isWaitedFor()) socket.destroy();
    };
    return setInterval(look, this.limits.paceMillis).unref();
  }
}
