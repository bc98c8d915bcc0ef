import { Line } from "./load.ts";

// Asks at a given rate, whether or not it is answered; a process of its own, so that it keeps to the rate.

/** What overload.ts sends to begin. */
export interface Order {
  port: number;
  /** Base64. */
  request: string;
  perSecond: number;
  millis: number;
  /** How long after the last request answers still count. */
  afterMillis: number;
}

/** How it went. Milliseconds are counted from the moment at which a request was due. */
export interface Outcome {
  asked: number;
  /** Answered with 200 while it asked, and right after. */
  answered: number;
  answeredAfter: number;
  /** With 503. */
  refused: number;
  /** Each other status, and connections that broke. */
  others: number;
  /** Of all answers with 200, sorted. */
  millis: number[];
  /** The longest that a request was sent after it was due. */
  latestMillis: number;
}

const tickMillis = 1;

async function overwhelm({ port, request, perSecond, millis, afterMillis }: Order): Promise<Outcome> {
  const bytes = Buffer.from(request, "base64");
  const outcome: Outcome = {
    asked: 0,
    answered: 0,
    answeredAfter: 0,
    refused: 0,
    others: 0,
    millis: [],
    latestMillis: 0,
  };
  const free: Line[] = [];
  const under: Promise<void>[] = [];
  const begin = performance.now();
  const end = begin + millis;
  const note = (status: number, due: number) => {
    const now = performance.now();
    if (status === 503) outcome.refused++;
    else if (status !== 200) outcome.others++;
    else {
      outcome.millis.push(now - due);
      if (now < end) outcome.answered++;
      else if (now < end + afterMillis) outcome.answeredAfter++;
    }
  };
  const ask = async (due: number) => {
    try {
      const line = free.pop() ?? (await Line.to(port));
      outcome.latestMillis = Math.max(outcome.latestMillis, performance.now() - due);
      note(await line.ask(bytes), due);
      free.push(line);
    } catch {
      note(0, due);
    }
  };
  const total = Math.round((perSecond * millis) / 1_000);
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - begin) * perSecond) / 1_000));
      while (outcome.asked < due) under.push(ask(begin + (outcome.asked++ * 1_000) / perSecond));
      if (outcome.asked < total) return;
      clearInterval(timer);
      resolve();
    }, tickMillis);
  });
  process.send?.("over");
  await Promise.all(under);
  for (const line of free) line.close();
  outcome.millis.sort((a, b) => a - b);
  return outcome;
}

process.once("message", async (order: Order) => {
  const outcome = await overwhelm(order);
  process.send?.(outcome, () => process.disconnect());
});
