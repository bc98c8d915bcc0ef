import { readsWholeJournal } from "../db/readable.ts";
import type { Actor } from "../kernel/actor.ts";
import type { RegistryEvent } from "./event.entity.ts";

/**
 * Keys under which bodies name other nouns than their subject: the run and the logged model of a version, the data of a
 * run, the upper ends of recorded edges… Not containers, versions of the same model, or commits, which whoever reads the
 * subject may read; nor former names, which are the subject's own past.
 */
export const namingOthers: ReadonlySet<string> = new Set([
  "run",
  "loggedModel",
  "parent",
  "sources",
  // What gates found in a run: whoever may read that asks the stage change.
  "verdict",
  ...["inputs", "inputsCount", "inputsDigest"],
  ...["edges", "edgesCount", "edgesDigest"],
  ...["withdrawn", "withdrawnCount", "withdrawnDigest"],
]);

/**
 * What of an event its reader is told: what became of its subject, which he may read, or the event would not be his to
 * see. Two things are not for all of its readers, and no event is looked into to find out:
 * - what it says of other nouns is for those who may read everything; others ask the subject or its lineage, which tell
 *   of other nouns what each may know;
 * - what is hashed is for those who read the whole journal. It takes all entries to check the chain, and somebody who
 *   knows the entries around a hidden one could try by their hashes whether a guess at it is right.
 */
export function payloadFor(actor: Actor, { body }: Pick<RegistryEvent, "body">): Record<string, unknown> {
  const payload = JSON.parse(body) as Record<string, unknown>;
  if (actor.readsEverything) return payload;
  return Object.fromEntries(Object.entries(payload).filter(([key]) => !namingOthers.has(key)));
}

/** Null for who may not read the whole journal, see `payloadFor`. */
export function hashedFor(actor: Actor, hashed: string): string | null {
  return readsWholeJournal(actor) ? hashed : null;
}
