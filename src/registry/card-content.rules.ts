import { canonical, sha256 } from "../kernel/canonical.ts";
import { overLimit } from "../kernel/errors.ts";
import { jsonOf } from "../tracking/json.rules.ts";
import type { CardCompleteness, CardContent, CardFrontMatter, CardMeasure } from "./card-content.entity.ts";

/** Of a card's text as UTF-8, and of a typed card's JSON. */
export const largestCardBytes = 256 * 1024;
const mostMeasures = 1_000;

/** Sections that are prose. The ninth, quantitativeAnalyses, holds measures and may hold prose beside them. */
export const proseSections = [
  "details",
  "intendedUse",
  "factors",
  "metrics",
  "evaluationData",
  "trainingData",
  "ethicalConsiderations",
  "caveats",
] as const;

/** Typed values that are one text each. */
export const textValues = ["name", "version", "owner", "limitations", "riskClass"] as const;

export const nothing: CardContent = {
  ...{ details: null, intendedUse: null, factors: null, metrics: null, evaluationData: null },
  ...{ trainingData: null, quantitativeAnalyses: [], quantitativeAnalysesText: null },
  ...{ ethicalConsiderations: null, caveats: null },
  ...{ name: null, version: null, owner: null, limitations: null, riskClass: null },
  ...{ fairnessMetrics: [], extra: {}, problem: null },
};

const sections = [...proseSections.slice(0, 6), "quantitativeAnalyses" as const, ...proseSections.slice(6)];

/** The share of the nine sections that say something, and the names of those that do not. */
export function cardCompletenessOf(content: CardContent): CardCompleteness {
  const isThere = (section: (typeof sections)[number]) =>
    section === "quantitativeAnalyses"
      ? content.quantitativeAnalyses.length > 0 || content.quantitativeAnalysesText !== null
      : content[section] !== null;
  const missing = sections.filter((section) => !isThere(section));
  return { score: Math.round(((9 - missing.length) / 9) * 100) / 100, missing };
}

/** Front matter, of a Markdown card, that tells of one version's data and results, not of the model. */
const ofOneVersion: ReadonlySet<string> = new Set([
  ...["metrics", "datasets", "model-index", "eval_results"],
  ...["training_data", "evaluation_data"],
]);

/**
 * What a later version's card begins with: what people wrote of the model. Data, measures and results are those of the
 * version they were written for, so they are not taken along.
 */
export function humanPartOf(content: CardContent): CardContent {
  const { details, intendedUse, factors, ethicalConsiderations, caveats } = content;
  const { name, owner, limitations, riskClass } = content;
  const kept = Object.entries(content.extra).filter(([key]) => !ofOneVersion.has(key));
  return {
    ...nothing,
    ...{ details, intendedUse, factors, ethicalConsiderations, caveats },
    ...{ name, owner, limitations, riskClass },
    extra: Object.fromEntries(kept),
  };
}

/** Whether the card says anything at all. */
export function saysSomething(content: CardContent): boolean {
  return canonical({ ...content, problem: null }) !== canonical(nothing);
}

/** What the Hub's front matter says, however it was spelled; null where there is nothing of it. */
export function frontMatterOf({ extra }: CardContent): CardFrontMatter | null {
  const known = ["language", "license", "datasets", "metrics", "tags", "base_model", "library_name"];
  if (![...known, "pipeline_tag"].some((key) => Object.hasOwn(extra, key))) return null;
  return {
    language: textsOf(extra.language),
    license: textsOf(extra.license),
    datasets: textsOf(extra.datasets),
    metrics: textsOf(extra.metrics),
    tags: textsOf(extra.tags),
    baseModel: textsOf(extra.base_model),
    libraryName: textsOf(extra.library_name)[0] ?? null,
    pipelineTag: textsOf(extra.pipeline_tag)[0] ?? null,
  };
}

function textsOf(value: unknown): string[] {
  if (value == null) return [];
  const values = Array.isArray(value) ? value : [value];
  return values.filter((one) => one !== null && typeof one !== "object").map(String);
}

/** What a database can keep, within limits. Throws INVALID or LIMIT that names the field. */
export function keptContentOf(field: string, content: CardContent): CardContent {
  const measures = [content.quantitativeAnalyses, content.fairnessMetrics];
  if (measures.flatMap((list) => [list, ...list.map(({ perGroup }) => perGroup)]).some(isTooLong)) {
    throw overLimit(`${field}: at most ${mostMeasures} measures, and groups in each`, field);
  }
  return jsonOf(field, content) as CardContent;
}

function isTooLong(list: readonly unknown[]): boolean {
  return list.length > mostMeasures;
}

/** The card in one hash: of the text it came as, or of what it says where it came as typed values. */
export function cardDigestOf(format: string, source: string | null, content: CardContent): string {
  return sha256(canonical(source === null ? { content, format } : { format, source }));
}

/** A measure without groups, as most are. */
export function measure(name: string, value: number | null, text: string | null): CardMeasure {
  return { name, value, text, dataset: null, split: null, perGroup: [] };
}
