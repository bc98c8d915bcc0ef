import { chargebackForecast } from "./chargeback-forecast.ts";
import { creditScoring } from "./credit-scoring.ts";
import { fraudDetector } from "./fraud-detector.ts";
import { replyRanker } from "./reply-ranker.ts";
import { replyWriter } from "./reply-writer.ts";
import type { DemoModel, DemoVersion, Team } from "./shapes.ts";
import { textFoundation } from "./text-foundation.ts";
import { ticketRouter } from "./ticket-router.ts";

/** Kestrel is invented, and so is everybody who works there. */
export const companyName = "Kestrel, a payments company that does not exist";

export const mailOf = (person: string) => `${person}@kestrel.example`;

export const ownerOf: Record<Team, string> = {
  risk: mailOf("risk-models"),
  support: mailOf("support-models"),
};

/** In an order in which every version comes after those it was made from. */
export const models: readonly DemoModel[] = [
  fraudDetector,
  creditScoring,
  chargebackForecast,
  textFoundation,
  ticketRouter,
  replyWriter,
  replyRanker,
];

/** The version behind a reference such as risk.fraud-detector/8. */
export function versionOf(reference: string): { model: DemoModel; version: DemoVersion; number: number } {
  const [name, number] = reference.split("/");
  const model = models.find((one) => one.name === name);
  const version = model?.versions[Number(number) - 1];
  if (!model || !version) throw new TypeError(`the company has no version ${reference}`);
  return { model, version, number: Number(number) };
}
