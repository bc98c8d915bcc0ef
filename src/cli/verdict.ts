import { Option } from "commander";
import type { StemmaClient, Variables } from "../client/client.ts";
import { errorOfUser, type UserError } from "../client/errors.ts";
import { note, print, printable, printJson } from "./printing.ts";

export interface Check {
  name: string;
  passed: boolean;
  says: string;
}

export interface Verdict {
  allowed: boolean;
  checks: Check[];
  effects: string[];
}

/** What every mutation answers that may be judged by a policy. */
export interface Judged {
  verdict: Verdict | null;
  userErrors: UserError[];
}

/** What was checked, one line each. */
export function checksIn(verdict: Verdict | null): string[] {
  return (verdict?.checks ?? []).map(
    ({ name, passed, says }) => `  ${passed ? "passed" : "FAILED"}  ${printable(name)}: ${printable(says)}`,
  );
}

export function printEffects(verdict: Verdict | null): void {
  for (const effect of verdict?.effects ?? []) print(`  ${printable(effect)}`);
}

/**
 * A mutation with one field whose answer carries a verdict. Where it is refused, what was checked is told, as the whole
 * answer where JSON is asked for, before that is thrown.
 */
export async function judged<P extends Judged>(
  client: StemmaClient,
  document: string,
  variables: Variables,
  isJson = false,
): Promise<P> {
  const [payload] = Object.values(await client.query<Record<string, P>>(document, variables)) as [P];
  const { userErrors, verdict } = payload;
  if (isJson) printJson(payload);
  if (userErrors.length === 0) return payload;
  if (!isJson) for (const line of checksIn(verdict)) note(line);
  throw errorOfUser(userErrors);
}

/** For a command that is run again where nobody knows whether it was done. */
export function keyOption(): Option {
  return new Option(
    "--idempotency-key <key>",
    "a text of your choice: within 7 days, the same command under the same key acts once",
  );
}
