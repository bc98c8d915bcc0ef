import { noise } from "./invention.ts";

const dayMillis = 24 * 3600 * 1000;

/** Turns "weeks ago" into instants. `today` is a date such as 2026-03-31; all instants are before it. */
export class Calendar {
  private readonly midnight: number;

  constructor(readonly today: string) {
    this.midnight = Date.parse(`${today}T00:00:00.000Z`);
    if (!/^\d{4}-\d\d-\d\d$/.test(today) || Number.isNaN(this.midnight)) {
      throw new TypeError(`expected a date such as 2026-03-31; got ${JSON.stringify(today)}`);
    }
  }

  /** Epoch ms of some minute between nine and five on a day that many weeks ago. `what` decides the minute. */
  millis(weeksAgo: number, what: string): number {
    const day = this.midnight - Math.max(1, Math.round(weeksAgo * 7)) * dayMillis;
    return day + 9 * 3600 * 1000 + Math.floor(noise(`minute ${what}`)() * 8 * 60) * 60_000;
  }

  /** The same as RFC 3339. */
  at(weeksAgo: number, what: string): string {
    return instant(this.millis(weeksAgo, what));
  }

  /** Year and month, as folders are named. */
  month(weeksAgo: number): string {
    return instant(this.midnight - weeksAgo * 7 * dayMillis).slice(0, 7);
  }
}

export function instant(millis: number): string {
  return new Date(millis).toISOString();
}
