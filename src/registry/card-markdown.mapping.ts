import { readYaml } from "../kernel/yaml.ts";
import type { CardContent } from "./card-content.entity.ts";
import { proseSections } from "./card-content.rules.ts";
import { isMapping } from "./card-measure.mapping.ts";
import { contentOfFrontMatter, frontMatterOfContent, textOfValue } from "./card-yaml.mapping.ts";

type Prose = (typeof proseSections)[number] | "limitations" | "quantitativeAnalysesText";

/** The heading each section is written under, and others it is read from, in lower case without punctuation. */
const headings: [Prose, string, ...string[]][] = [
  ["details", "Model details", "model description", "description", "overview", "introduction", "about"],
  [
    "intendedUse",
    "Intended use",
    ...["intended uses", "intended uses limitations", "intended use limitations", "uses"],
  ],
  ["factors", "Factors", "relevant factors"],
  ["metrics", "Metrics", "evaluation metrics"],
  ["evaluationData", "Evaluation data", "eval data", "evaluation dataset", "test data"],
  [
    "trainingData",
    "Training data",
    ...["training dataset", "dataset", "datasets", "data", "training corpora", "training corpus"],
  ],
  [
    "quantitativeAnalysesText",
    "Quantitative analyses",
    ...[
      "quantitative analysis",
      "eval results",
      "evaluation results",
      "evaluation",
      "results",
      "performance",
    ],
  ],
  ["limitations", "Limitations", "limitations and bias", "bias risks and limitations"],
  ["ethicalConsiderations", "Ethical considerations", "ethics"],
  ["caveats", "Caveats and recommendations", "caveats", "recommendations"],
];

const sectionOfHeading = new Map(
  headings.flatMap(([place, title, ...others]) =>
    [title.toLowerCase(), ...others].map((heading) => [heading, place] as const),
  ),
);

/**
 * Markdown, with or without front matter as the Hugging Face Hub knows it. Front matter that is no YAML is kept and not
 * read: `problem` says why. Throws what `readYaml` throws.
 */
export function contentOfMarkdown(field: string, text: string): CardContent {
  const { frontMatter, body } = parted(text);
  const { value, problem } =
    frontMatter === null ? { value: null, problem: null } : readYaml(field, frontMatter);
  const isFrontMatter = isMapping(value) || value === null;
  const content = contentOfFrontMatter(isMapping(value) ? value : {});
  const prose = proseOf(isFrontMatter ? body : text);
  const { metrics, datasets } = content.extra;
  return {
    ...content,
    ...prose,
    // On the Hub the front matter names data and metrics; what the text says goes first.
    metrics: prose.metrics ?? textOfValue(listed(metrics)),
    trainingData: prose.trainingData ?? textOfValue(listed(datasets)),
    quantitativeAnalysesText: prose.quantitativeAnalysesText ?? content.quantitativeAnalysesText,
    problem: problem === null ? null : `front matter: ${problem}`,
  };
}

/** A card as Markdown: typed values and extras in front matter, each section that says something under its heading. */
export function markdownOfContent(content: CardContent): string {
  const frontMatter = frontMatterOfContent({ ...content, quantitativeAnalysesText: null });
  const parts = headings.flatMap(([place, title]) =>
    content[place] === null ? [] : [`## ${title}\n\n${content[place]}\n`],
  );
  const head = frontMatter === "" ? "" : `---\n${frontMatter}---\n\n`;
  return `${head}# Model card\n\n${parts.join("\n")}`;
}

function listed(value: unknown): unknown {
  return value === undefined || Array.isArray(value) ? (value ?? null) : [value];
}

/** The front matter, without the lines of dashes around it, and what follows. Null where the text begins with none. */
function parted(text: string): { frontMatter: string | null; body: string } {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const isFence = (line: string) => /^---[ \t]*\r?$/.test(line);
  const from = lines.findIndex((line) => line.trim() !== "");
  if (from < 0 || !isFence(lines[from]!)) return { frontMatter: null, body: text };
  const to = lines.findIndex((line, at) => at > from && isFence(line));
  if (to < 0) return { frontMatter: null, body: text };
  return { frontMatter: lines.slice(from + 1, to).join("\n"), body: lines.slice(to + 1).join("\n") };
}

const longestHeading = 100;

/** The level and the words of a heading with leading number signs; null for any other line. */
function headingOf(line: string): { level: number; words: string } | null {
  const marks = /^ {0,3}(#{1,6})(?=[ \t])/.exec(line);
  if (!marks) return null;
  const words = line
    .slice(marks[0].length, marks[0].length + longestHeading)
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
  return { level: marks[1]!.length, words: words.join(" ") };
}

/**
 * The sections that a text has under headings known for them, deeper headings included; what stands before the first of
 * them are the details, where nothing else is. What no heading speaks of stays in the text only.
 */
function proseOf(text: string): Record<Prose, string | null> {
  const found = new Map<Prose, string[]>();
  const before: string[] = [];
  let open: { level: number; lines: string[] } | null = null;
  let fence: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    const mark = /^ {0,3}(```|~~~)/.exec(line)?.[1];
    const heading = fence === null ? headingOf(line) : null;
    if (mark && (fence === null || fence === mark)) fence = fence === null ? mark : null;
    const place = heading && sectionOfHeading.get(heading.words);
    if (heading && place) {
      open = { level: heading.level, lines: found.get(place) ?? [] };
      found.set(place, open.lines);
      continue;
    }
    if (open && heading && heading.level <= open.level) open = { level: heading.level, lines: [] };
    if (open) open.lines.push(line);
    else if (heading?.level !== 1) before.push(line);
  }
  const prose = headings.map(([place]) => [place, trimmed(found.get(place) ?? [])] as const);
  const sections = Object.fromEntries(prose) as Record<Prose, string | null>;
  return { ...sections, details: sections.details ?? trimmed(before) };
}

/** Without the empty lines around it; null where there is nothing else. */
function trimmed(lines: readonly string[]): string | null {
  const text = lines.join("\n").replace(/^(?:[ \t]*\n)+/, "");
  return text.trim() === "" ? null : text.trimEnd();
}
