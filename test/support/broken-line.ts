import { StemmaClient } from "../../src/client/client.ts";

/** Whether the line is cut before this mutation is sent. */
export type Cut = (document: string) => boolean;

/** Before the mutation that comes after so many, or after so many of this document. */
export function cutAfter(count: number, wanted?: string): Cut {
  let met = 0;
  return (document) => (wanted === undefined || document === wanted) && ++met > count;
}

/** A client whose connection breaks, and with it that of everybody who came in through it. */
export class BrokenLine extends StemmaClient {
  constructor(
    private readonly from: { url: string; token: string | null },
    private readonly isCut: Cut,
  ) {
    super(from);
  }

  override as(token: string | null): StemmaClient {
    return new BrokenLine({ ...this.from, token }, this.isCut);
  }

  override mutate<T>(document: string, variables?: Record<string, unknown>): Promise<T> {
    if (this.isCut(document)) return Promise.reject(new Error("the line is dead"));
    return super.mutate<T>(document, variables);
  }
}
