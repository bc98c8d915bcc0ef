// model_card.yaml, flat or in sections, and the values that stand in the front matter of Markdown by the same names.
import { invalid } from "../kernel/errors.ts";
import { readYaml, yamlOf } from "../kernel/yaml.ts";
import type { CardContent } from "./card-content.entity.ts";
import { nothing, proseSections } from "./card-content.rules.ts";
import { isMapping, measuresOf, textOfScalar, yamlOfMeasures } from "./card-measure.mapping.ts";

type Mapping = Record<string, unknown>;
type Place = keyof CardContent;

/** The name each place is written by, and others it is read by, the first that is there. */
const names = {
  name: ["name", "model_name"],
  version: ["version", "model_version"],
  owner: ["owner"],
  details: ["model_details", "details", "model_description", "description"],
  intendedUse: ["intended_use", "intended_uses"],
  factors: ["factors"],
  metrics: ["metrics"],
  evaluationData: ["evaluation_data", "evaluation_dataset"],
  trainingData: ["training_data", "training_dataset"],
  quantitativeAnalyses: ["quantitative_analyses", "quantitative_analysis"],
  quantitativeAnalysesText: ["quantitative_analyses_text"],
  limitations: ["limitations"],
  ethicalConsiderations: ["ethical_considerations"],
  caveats: ["caveats", "caveats_and_recommendations"],
  fairnessMetrics: ["fairness_metrics"],
  riskClass: ["risk_class"],
} satisfies Partial<Record<Place, string[]>>;

type Named = keyof typeof names;

const inFrontMatter: readonly Named[] = [
  "name",
  "version",
  "owner",
  "quantitativeAnalyses",
  "quantitativeAnalysesText",
  "fairnessMetrics",
  "riskClass",
];

/** What a model_card.yaml says. Throws INVALID that names the field for what is no mapping. */
export function contentOfYaml(field: string, text: string): CardContent {
  const { value, problem } = readYaml(field, text);
  if (problem !== null) throw invalid(field, `YAML (${problem})`, text);
  if (!isMapping(value) || Object.keys(value).length === 0) {
    throw invalid(field, "a mapping, such as intended_use: …", text);
  }
  const taken = new Taken(value, Object.keys(names) as Named[]);
  const content = { ...nothing, ...sectionsOf(taken), ...valuesOf(taken), extra: taken.rest() };
  const details = taken.of("details");
  if (!isMapping(details)) return content;
  // In sections, name, version and owner stand within the details.
  const within = (place: "name" | "version" | "owner") =>
    content[place] ?? textOfScalar(details[place]) ?? null;
  return { ...content, name: within("name"), version: within("version"), owner: within("owner") };
}

/** What front matter says of typed values; all the rest of it is `extra`. */
export function contentOfFrontMatter(mapping: Mapping): CardContent {
  const taken = new Taken(mapping, inFrontMatter);
  return { ...nothing, ...valuesOf(taken), extra: taken.rest() };
}

/** A card as model_card.yaml in sections. */
export function yamlOfContent(content: CardContent): string {
  return yamlOf(written(content, Object.keys(names) as Named[]));
}

/** A card's typed values and extras as front matter, without the lines around it; empty where there are none. */
export function frontMatterOfContent(content: CardContent): string {
  const mapping = written(content, inFrontMatter);
  return Object.keys(mapping).length === 0 ? "" : yamlOf(mapping);
}

/** A mapping of which some keys have been read, each place by the first of its names. */
class Taken {
  private readonly keys = new Map<Named, string>();

  constructor(
    private readonly mapping: Mapping,
    places: readonly Named[],
  ) {
    for (const place of places) {
      const key = names[place].find((name) => Object.hasOwn(mapping, name));
      if (key !== undefined) this.keys.set(place, key);
    }
  }

  of(place: Named): unknown {
    const key = this.keys.get(place);
    return key === undefined ? null : this.mapping[key];
  }

  /** Unknown keys, and what stands under `extra` because its name is one of ours. */
  rest(): Mapping {
    const read = new Set(this.keys.values());
    const { extra, ...others } = this.mapping;
    const unknown = Object.entries(others).filter(([key]) => !read.has(key));
    if (isMapping(extra)) unknown.push(...Object.entries(extra));
    else if (extra !== undefined) unknown.push(["extra", extra]);
    return Object.fromEntries(unknown);
  }
}

function sectionsOf(taken: Taken): Partial<CardContent> {
  const prose = proseSections.map((place) => [place, textOfValue(taken.of(place))]);
  const results = measuresOf(taken.of("quantitativeAnalyses"));
  const ofMetrics = measuresOf(taken.of("metrics"));
  return {
    ...Object.fromEntries(prose),
    limitations: textOfValue(taken.of("limitations")),
    // Metrics with values per group are the results, where nothing else is.
    ...(results.length === 0 && ofMetrics.some(({ perGroup }) => perGroup.length > 0)
      ? { quantitativeAnalyses: ofMetrics }
      : {}),
  };
}

function valuesOf(taken: Taken): Partial<CardContent> {
  const results = taken.of("quantitativeAnalyses");
  const measures = measuresOf(results);
  const text = taken.of("quantitativeAnalysesText") ?? (measures.length === 0 ? results : null);
  const fairness = taken.of("fairnessMetrics");
  return {
    ...Object.fromEntries(
      (["name", "version", "owner", "riskClass"] as const).map((place) => [
        place,
        textOfValue(taken.of(place)),
      ]),
    ),
    ...(measures.length > 0 ? { quantitativeAnalyses: measures } : {}),
    quantitativeAnalysesText: textOfValue(text),
    fairnessMetrics: fairnessOf(fairness),
  };
}

/** Fairness in words is one measure without a number, so that it is not lost. */
function fairnessOf(value: unknown) {
  if (typeof value === "string") return measuresOf({ fairness: value });
  if (!Array.isArray(value)) return measuresOf(value);
  return value.flatMap((item) =>
    isMapping(item) ? measuresOf([item]) : measuresOf({ [String(item)]: null }),
  );
}

/** A value as prose: a text as it is, a list of texts as a Markdown list, anything else as YAML. */
export function textOfValue(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = Array.isArray(value) && value.every((item) => typeof item !== "object") ? listOf(value) : null;
  const prose = text ?? textOfScalar(value) ?? yamlOf(value);
  return prose.trim() === "" ? null : prose.trimEnd();
}

function listOf(items: readonly unknown[]): string {
  return items.map((item) => `- ${String(item)}`).join("\n");
}

function written(content: CardContent, places: readonly Named[]): Mapping {
  const own: [string, unknown][] = places.flatMap((place): [string, unknown][] => {
    const value = content[place];
    if (value === null || (Array.isArray(value) && value.length === 0)) return [];
    return [[names[place][0]!, Array.isArray(value) ? yamlOfMeasures(value) : value]];
  });
  const ours = new Set([...places.flatMap((place): string[] => names[place]), "extra"]);
  const extra = Object.entries(content.extra);
  const hidden = extra.filter(([key]) => ours.has(key));
  return Object.fromEntries([
    ...own,
    ...extra.filter(([key]) => !ours.has(key)),
    ...(hidden.length > 0 ? [["extra", Object.fromEntries(hidden)] as [string, unknown]] : []),
  ]);
}
