import { canonical } from "../kernel/canonical.ts";
import { invalid, overLimit } from "../kernel/errors.ts";
import { textOf } from "../kernel/names.ts";
import { jsonOf } from "../tracking/json.rules.ts";
import { CardFormat, type StoredCard } from "./card.entity.ts";
import type { CardMeasureInput, ModelCardInput, SetModelCardInput } from "./card.inputs.ts";
import type { CardContent, CardMeasure } from "./card-content.entity.ts";
import {
  keptContentOf,
  largestCardBytes,
  nothing,
  proseSections,
  saysSomething,
  textValues,
} from "./card-content.rules.ts";
import { contentOfMarkdown } from "./card-markdown.mapping.ts";
import { isMapping } from "./card-measure.mapping.ts";
import { contentOfYaml } from "./card-yaml.mapping.ts";

/** A card as it is to be kept. */
export interface GivenCard extends StoredCard {
  format: CardFormat;
}

/** The ways to give a card; what a caller chooses among. */
export type CardForms = Partial<Pick<SetModelCardInput, "card" | "yaml" | "markdown">>;

/**
 * The card given in one of its forms; null where there is none. Throws INVALID for more than one, for what is no card, and
 * for YAML that could be read in more ways than one; LIMIT for what is too large.
 */
export function givenCardOf({ card, yaml, markdown }: CardForms): GivenCard | null {
  const given = Object.entries({ card, yaml, markdown }).filter(([, value]) => value != null);
  if (given.length > 1) {
    const fields = given.map(([field]) => field);
    throw invalid(fields[1]!, "only one of card, yaml and markdown", fields);
  }
  if (card != null) return { format: CardFormat.SECTIONS, source: null, content: typedContentOf(card) };
  if (yaml != null) {
    const source = sourceOf("yaml", yaml);
    return {
      format: CardFormat.YAML,
      source,
      content: keptContentOf("yaml", contentOfYaml("yaml", source)),
    };
  }
  if (markdown == null) return null;
  const source = sourceOf("markdown", markdown);
  const content = keptContentOf("markdown", contentOfMarkdown("markdown", source));
  return { format: CardFormat.MARKDOWN, source, content };
}

function sourceOf(field: string, came: string): string {
  if (came.trim() === "") throw invalid(field, "a card", came);
  mustFit(field, came);
  return textOf(field, came, largestCardBytes);
}

function mustFit(field: string, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > largestCardBytes) throw overLimit(`${field}: at most 256 KiB; got ${bytes} bytes`, field);
}

function typedContentOf(card: ModelCardInput): CardContent {
  const text = (field: keyof ModelCardInput & keyof CardContent) => {
    const came = card[field] as string | null | undefined;
    if (came == null || came.trim() === "") return null;
    return textOf(`card.${field}`, came, largestCardBytes);
  };
  const texts = [...proseSections, ...textValues, "quantitativeAnalysesText" as const].map(
    (field) => [field, text(field)] as const,
  );
  const extra = jsonOf("card.extra", card.extra) ?? {};
  if (!isMapping(extra)) throw invalid("card.extra", "an object", extra);
  const content = keptContentOf("card", {
    ...nothing,
    ...Object.fromEntries(texts),
    quantitativeAnalyses: measuresGiven("card.quantitativeAnalyses", card.quantitativeAnalyses),
    fairnessMetrics: measuresGiven("card.fairnessMetrics", card.fairnessMetrics),
    extra,
  });
  if (!saysSomething(content)) throw invalid("card", "a section or a value", card);
  mustFit("card", canonical(content));
  return content;
}

const longestName = 1_000;

function measuresGiven(
  field: string,
  measures: readonly CardMeasureInput[] | null | undefined,
): CardMeasure[] {
  return (measures ?? []).map((given, at) => {
    const here = `${field}.${at}`;
    const text = (name: "text" | "dataset" | "split") =>
      given[name] ? textOf(`${here}.${name}`, given[name], longestName) : null;
    return {
      name: textOf(`${here}.name`, given.name, longestName),
      value: given.value ?? null,
      text: text("text"),
      dataset: text("dataset"),
      split: text("split"),
      perGroup: (given.perGroup ?? []).map((one, index) => ({
        group: textOf(`${here}.perGroup.${index}.group`, one.group, longestName),
        value: one.value ?? null,
        text: one.text ? textOf(`${here}.perGroup.${index}.text`, one.text, longestName) : null,
      })),
    };
  });
}
