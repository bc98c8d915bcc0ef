import { vi } from "vitest";
import { Transaction } from "../../src/db/transaction.ts";
import { Claims } from "../../src/journal/claims.ts";

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

/**
 * Whatever is done once stops when it is done, before it is answered, until `goOn` is given; `isDone` when so many are.
 * Restore the mock afterwards.
 */
export function pauseBeforeTheAnswer(many = 1): { isDone: Signal; goOn: Signal } {
  const [isDone, goOn] = [signal(), signal()];
  let done = 0;
  const run = Claims.prototype.run;
  vi.spyOn(Claims.prototype, "run").mockImplementation(async function (this: Claims, ...given) {
    const outcome = await run.apply(this, given);
    if (++done === many) isDone.give();
    await goOn.given;
    return outcome;
  } as Claims["run"]);
  return { isDone, goOn };
}
