import { CardStatus } from "./card.entity.ts";

/** What freshness rests on. Seqs are places in the journal. */
export interface Freshness {
  /** Of what the card says now. */
  digest: string;
  /** Of what it said when a person last set it; null where no person has. */
  confirmedDigest: string | null;
  confirmedSeq: number | null;
  /** The last event that changed the version's evidence: of the version itself or of its run. */
  evidenceSeq: number | null;
}

/**
 * A card is fresh where a person has confirmed what it says, later than the version's evidence last changed. To confirm is
 * to set it, be it as it was: a service may write a card, and a card may be inherited, but only a person makes it count.
 * Evidence is changed by registration, measurements, another image, recorded lineage, and the inputs, end and later edits
 * of the run; not by the card itself, stages, aliases, tags, descriptions, or what a run logs while it is under way, which
 * its end sums up. A status that a service sets takes nothing back.
 */
export function isFresh({ digest, confirmedDigest, confirmedSeq, evidenceSeq }: Freshness): boolean {
  if (confirmedSeq === null || confirmedDigest !== digest) return false;
  return confirmedSeq > (evidenceSeq ?? 0);
}

/** Events of a version after which its card has to be looked at again; of version.updated, only those of an image. */
export const evidenceEventsOfVersion = [
  "version.registered",
  "version.measured",
  "bundle.sealed",
  "lineage.recorded",
] as const;
export const evidenceEventsOfRun = [
  "run.created",
  "run.inputs_recorded",
  "run.finished",
  "run.edited",
  "lineage.recorded",
] as const;

/** The status after a change: as given; else a card that says something new is a draft again, and another stays as it is. */
export function statusAfter(
  known: { status: CardStatus; digest: string } | null,
  next: { digest: string; status: CardStatus | null },
): CardStatus {
  if (next.status !== null) return next.status;
  return known !== null && known.digest === next.digest ? known.status : CardStatus.DRAFT;
}

/** Whether data in this role was for evaluation; all other data went into the model. */
export function isForEvaluation(role: string): boolean {
  return /^(?:test|eval|valid)/i.test(role);
}
