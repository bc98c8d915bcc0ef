import { vi } from "vitest";
import { Transaction } from "../../src/db/transaction.ts";

export interface Signal {
  give: () => void;
  given: Promise<void>;
}

export function signal(): Signal {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { give, given };
}

/**
 * Whoever reads rows to keep them as they are until commit stops once it has read them, until `goOn` is given. `read` is
 * how it reads them. Restore the mock afterwards.
 */
export function pauseAfterReading(read: "share" | "query"): { hasRead: Signal; goOn: Signal } {
  const [hasRead, goOn] = [signal(), signal()];
  const reading = Transaction.prototype[read];
  vi.spyOn(Transaction.prototype, "share").mockImplementation(async function (this: Transaction, statement) {
    const rows = await reading.call(this, statement);
    hasRead.give();
    await goOn.given;
    return rows;
  } as Transaction["share"]);
  return { hasRead, goOn };
}
