import { PassThrough, type Readable } from "node:stream";
import type { ObjectStoreError } from "./object-store.ts";

/** The same bytes, whose errors are told as the store's. Who leaves off reading ends the source, too. */
export function withTrouble(source: Readable, toTrouble: (error: unknown) => ObjectStoreError): Readable {
  const told = new PassThrough();
  source.on("error", (error) => told.destroy(toTrouble(error)));
  told.on("close", () => source.destroy());
  return source.pipe(told);
}

/** Has a failure wait for whoever reads the stream: one that nobody hears of ends the process. */
export function keepTrouble(source: Readable): void {
  source.on("error", () => {});
}
