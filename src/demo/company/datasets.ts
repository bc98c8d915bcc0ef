import type { DemoDataset } from "./shapes.ts";

/** The version with the mistake: the acquirer's new export booked refunds as chargebacks, and nobody looked at the share. */
export const mislabelled = "risk.chargebacks:d";

const lake = "s3://kestrel-lake";

const riskData: DemoDataset[] = [
  {
    name: "risk.card-transactions",
    scope: "risk",
    source: `${lake}/raw/card-transactions`,
    columns: {
      transaction_id: "string",
      at: "timestamp",
      amount_cents: "long",
      merchant: "string",
      channel: "string",
    },
    versions: [
      { key: "a", week: 60, rows: 4_812_233 },
      { key: "b", week: 41, rows: 6_190_418 },
      { key: "c", week: 23, rows: 7_553_902 },
      { key: "d", week: 10, rows: 8_407_115 },
      { key: "e", week: 2.4, rows: 8_951_660 },
    ],
  },
  {
    name: "risk.chargebacks",
    scope: "risk",
    source: `${lake}/raw/acquirer-chargebacks`,
    columns: {
      transaction_id: "string",
      booked_at: "timestamp",
      reason_code: "string",
      is_chargeback: "boolean",
    },
    versions: [
      { key: "a", week: 60, rows: 40_902, profile: { chargebackShare: 0.0085 } },
      { key: "b", week: 41, rows: 51_380, profile: { chargebackShare: 0.0083 } },
      { key: "c", week: 23, rows: 64_964, profile: { chargebackShare: 0.0086 } },
      {
        key: "d",
        week: 10,
        rows: 221_107,
        profile: { chargebackShare: 0.0263, exporter: "acquirer-export 3.0" },
      },
      {
        key: "e",
        week: 2.1,
        rows: 75_193,
        profile: { chargebackShare: 0.0084, exporter: "acquirer-export 3.0.1" },
      },
    ],
  },
  {
    name: "risk.transactions-cleaned",
    scope: "risk",
    source: `${lake}/cleaned/transactions`,
    columns: {
      transaction_id: "string",
      at: "timestamp",
      amount_eur: "double",
      merchant_id: "long",
      channel: "string",
    },
    versions: [
      { key: "a", week: 59.8, rows: 4_790_021, from: ["risk.card-transactions:a"] },
      { key: "b", week: 40.8, rows: 6_161_377, from: ["risk.card-transactions:b"] },
      { key: "c", week: 22.8, rows: 7_519_340, from: ["risk.card-transactions:c"] },
      { key: "d", week: 9.8, rows: 8_370_556, from: ["risk.card-transactions:d"] },
      { key: "e", week: 2.2, rows: 8_912_048, from: ["risk.card-transactions:e"] },
    ],
  },
  {
    name: "risk.fraud-features",
    scope: "risk",
    source: `${lake}/features/fraud`,
    columns: {
      amount_z: "double",
      velocity_1h: "double",
      merchant_risk: "double",
      channel: "string",
      is_fraud: "boolean",
    },
    versions: [
      { key: "a", week: 59, rows: 4_790_021, from: ["risk.transactions-cleaned:a", "risk.chargebacks:a"] },
      { key: "b", week: 40, rows: 6_161_377, from: ["risk.transactions-cleaned:b", "risk.chargebacks:b"] },
      { key: "c", week: 22.5, rows: 7_519_340, from: ["risk.transactions-cleaned:c", "risk.chargebacks:c"] },
      { key: "d", week: 9.5, rows: 8_370_556, from: ["risk.transactions-cleaned:d", "risk.chargebacks:d"] },
      { key: "e", week: 1.9, rows: 8_912_048, from: ["risk.transactions-cleaned:e", "risk.chargebacks:e"] },
    ],
  },
  {
    name: "risk.fraud-holdout",
    scope: "risk",
    source: `${lake}/holdout/fraud`,
    columns: {
      amount_z: "double",
      velocity_1h: "double",
      merchant_risk: "double",
      channel: "string",
      is_fraud: "boolean",
    },
    versions: [
      { key: "a", week: 59, rows: 120_000, from: ["risk.transactions-cleaned:a", "risk.chargebacks:a"] },
    ],
  },
  {
    name: "risk.chargebacks-daily",
    scope: "risk",
    source: `${lake}/features/chargebacks-daily`,
    columns: { day: "date", chargebacks: "long", volume_eur: "double" },
    versions: [
      { key: "a", week: 45, rows: 1_204, from: ["risk.chargebacks:a"] },
      { key: "b", week: 37, rows: 1_262, from: ["risk.chargebacks:b"] },
      { key: "c", week: 22, rows: 1_365, from: ["risk.chargebacks:c"] },
      { key: "d", week: 9, rows: 1_456, from: ["risk.chargebacks:d"] },
      { key: "e", week: 1.8, rows: 1_512, from: ["risk.chargebacks:e"] },
    ],
  },
  {
    name: "risk.bureau-reports",
    scope: "risk",
    source: `${lake}/raw/bureau-reports`,
    columns: { applicant_id: "string", open_lines: "long", delinquencies: "long", utilisation: "double" },
    versions: [
      { key: "a", week: 57, rows: 310_554 },
      { key: "b", week: 33, rows: 402_961 },
      { key: "c", week: 10, rows: 466_370 },
    ],
  },
  {
    name: "risk.credit-features",
    scope: "risk",
    source: `${lake}/features/credit`,
    columns: {
      utilisation: "double",
      delinquencies: "long",
      prior_disputes: "long",
      income_band: "string",
      defaulted: "boolean",
    },
    versions: [
      { key: "a", week: 56, rows: 310_554, from: ["risk.bureau-reports:a", "risk.transactions-cleaned:a"] },
      { key: "b", week: 32, rows: 402_961, from: ["risk.bureau-reports:b", "risk.transactions-cleaned:b"] },
      {
        key: "c",
        week: 9.2,
        rows: 466_370,
        from: ["risk.bureau-reports:c", "risk.transactions-cleaned:d", "risk.chargebacks:d"],
      },
      {
        key: "d",
        week: 1.7,
        rows: 466_370,
        from: ["risk.bureau-reports:c", "risk.transactions-cleaned:e", "risk.chargebacks:e"],
      },
    ],
  },
];

const supportData: DemoDataset[] = [
  {
    name: "support.web-corpus",
    scope: "support",
    source: `${lake}/raw/web-corpus`,
    columns: { text: "string", language: "string" },
    versions: [
      { key: "a", week: 52, rows: 18_400_000 },
      { key: "b", week: 30, rows: 27_900_000 },
    ],
  },
  {
    name: "support.tickets",
    scope: "support",
    source: `${lake}/raw/tickets`,
    columns: { ticket_id: "string", at: "timestamp", subject: "string", body: "string", queue: "string" },
    versions: [
      { key: "a", week: 51, rows: 188_204 },
      { key: "b", week: 31, rows: 265_870 },
      { key: "c", week: 13, rows: 341_019 },
      { key: "d", week: 2.6, rows: 377_482 },
    ],
  },
  {
    name: "support.tickets-anonymised",
    scope: "support",
    source: `${lake}/cleaned/tickets-anonymised`,
    columns: { ticket_id: "string", text: "string", queue: "string" },
    versions: [
      { key: "a", week: 50.5, rows: 187_990, from: ["support.tickets:a"] },
      { key: "b", week: 30.5, rows: 265_511, from: ["support.tickets:b"] },
      { key: "c", week: 12.5, rows: 340_566, from: ["support.tickets:c"] },
      { key: "d", week: 2.5, rows: 376_951, from: ["support.tickets:d"] },
    ],
  },
  {
    name: "support.dispute-tickets",
    scope: "support",
    source: `${lake}/features/dispute-tickets`,
    columns: { ticket_id: "string", text: "string", became_chargeback: "boolean" },
    versions: [
      { key: "a", week: 7.5, rows: 58_640, from: ["support.tickets-anonymised:c", "risk.chargebacks:d"] },
      { key: "b", week: 1.5, rows: 19_337, from: ["support.tickets-anonymised:d", "risk.chargebacks:e"] },
    ],
  },
  {
    name: "support.reply-pairs",
    scope: "support",
    source: `${lake}/features/reply-pairs`,
    columns: { question: "string", answer: "string" },
    versions: [
      { key: "a", week: 42, rows: 96_112, from: ["support.tickets-anonymised:a"] },
      { key: "b", week: 29, rows: 140_305, from: ["support.tickets-anonymised:b"] },
      { key: "c", week: 12, rows: 188_731, from: ["support.tickets-anonymised:c"] },
    ],
  },
  {
    name: "support.reply-preferences",
    scope: "support",
    source: `${lake}/features/reply-preferences`,
    columns: { question: "string", chosen: "string", rejected: "string" },
    versions: [
      { key: "a", week: 28, rows: 14_020, from: ["support.reply-pairs:b"] },
      { key: "b", week: 11, rows: 22_518, from: ["support.reply-pairs:c"] },
    ],
  },
];

export const datasets: readonly DemoDataset[] = [...riskData, ...supportData];
