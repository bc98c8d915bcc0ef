import type { DemoCard } from "./shapes.ts";

export const fraudDetectorCard: DemoCard = {
  details: "Histogram trees, 127 leaves, retrained on the corrected chargeback labels.",
  intendedUse:
    "Deciding on a card payment while the customer waits: decline, ask for a second factor, let pass. Not for closing accounts.",
  limitations: "Knows nothing of a merchant in its first 90 days.",
  caveats: "The holdout was cut before the export with the mistake; watch the declined share, not it alone.",
  riskClass: "high",
};

export const chargebackForecastCard: DemoCard = {
  details: "Recurrent forecast of daily chargebacks, on the corrected series.",
  intendedUse: "The reserve that finance keeps for the next 28 days.",
  limitations: "Takes a change of the schemes' rules for the season.",
  riskClass: "limited",
};

export const replyWriterCard: DemoCard = {
  details: "Version 2.0.0 and its adapter for formal tone, merged.",
  intendedUse: "Drafts that a support agent reads, edits and sends. Never sent unread.",
  limitations: "German, English, Spanish and Polish. Promises refunds more readily than the rules allow.",
  riskClass: "limited",
};
