import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { StemmaError } from "../../src/kernel/errors.ts";
import { CardFormat } from "../../src/registry/card.entity.ts";
import {
  cardCompletenessOf,
  frontMatterOf,
  humanPartOf,
  nothing,
} from "../../src/registry/card-content.rules.ts";
import { givenCardOf } from "../../src/registry/card-given.rules.ts";
import { contentOfMarkdown, markdownOfContent } from "../../src/registry/card-markdown.mapping.ts";
import { markdownTextOf, yamlTextOf } from "../../src/registry/card-text.mapping.ts";
import { contentOfYaml, yamlOfContent } from "../../src/registry/card-yaml.mapping.ts";
import { sharedData } from "../support/shared-data.ts";

const cards = join(sharedData, "hf-model-cards", "model_cards");
const files = readdirSync(cards, { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith("README.md"),
);
const textOf = (path: string) => readFileSync(join(cards, path), "utf8");

const flat = `# by the risk team
name: fraud-detector
version: 1.10
intended_use: Flag card payments for review
limitations:
  - thin files
  - new merchants
training_dataset: payments-2025
fairness_metrics:
  demographic_parity_difference: 0.03
  equal_opportunity: "not measured"
owner: risk-team
risk_class: high
jurisdiction: no
`;

const sectioned = `model_details:
  name: fraud-detector
  version: "3"
  owner: risk-team
intended_use:
  primary: [flag payments]
training_data: payments of 2025
evaluation_data: { dataset: payments-2026, rows: 10000 }
metrics:
  auc:
    value: 0.91
    per_group:
      "age < 25": 0.88
      "age >= 25": { auc: 0.92 }
  recall: 0.7
limitations: thin files
ethical_considerations: |
  Declines harm people.

  Appeals are read.
caveats: retrain each quarter
review_board: { chair: ann, minutes: [1, 2] }
`;

describe("the 116 cards of the Hub", () => {
  it("are there", () => expect(files.length).toBe(116));

  it.each(files)("%s goes out as it came in, and in again says the same", (path) => {
    const text = textOf(path);
    const given = givenCardOf({ markdown: text })!;
    const out = markdownTextOf(CardFormat.MARKDOWN, given);
    expect(out).toBe(text);
    expect(givenCardOf({ markdown: out })).toEqual(given);
    // As YAML, too, it is a card.
    const yaml = givenCardOf({ yaml: yamlTextOf(CardFormat.MARKDOWN, given) })!;
    expect({ ...yaml.content, problem: given.content.problem }).toEqual(given.content);
  });

  it("tell their languages, data and licences as lists, whether they wrote a text or a list", () => {
    const read = files.map((path) => frontMatterOf(contentOfMarkdown("markdown", textOf(path))));
    const found = read.filter((one) => one !== null);
    expect(found.length).toBe(69);
    const count = (field: "language" | "license" | "datasets" | "tags" | "metrics") =>
      found.filter((one) => one[field].length > 0).length;
    expect(
      ["language", "license", "datasets", "tags", "metrics"].map((field) => count(field as never)),
    ).toEqual([56, 36, 34, 31, 15]);
  });

  it("say so where the front matter is no YAML, and are kept as Markdown", () => {
    const broken = files.filter((path) => contentOfMarkdown("markdown", textOf(path)).problem !== null);
    expect(broken).toEqual([join("etalab-ia", "camembert-base-squadFR-fquad-piaf", "README.md")]);
  });
});

describe("front matter", () => {
  it.each([
    ["language: no\n", ["no"]],
    ["language: [no, en]\n", ["no", "en"]],
    ["language:\n- nb\n- off\n", ["nb", "off"]],
    ["language: null\n", []],
  ])("%j is read by YAML 1.2", (yaml, language) => {
    const text = `---\n${yaml}license: mit\n---\n# Card\n`;
    const given = givenCardOf({ markdown: text })!;
    expect(frontMatterOf(given.content)).toMatchObject({ language, license: ["mit"] });
    expect(markdownTextOf(CardFormat.MARKDOWN, given)).toBe(text);
  });

  it.each([
    ["none", "# Title\n\nText\n"],
    ["an open one", "---\nlanguage: en\n"],
    ["a rule and a text", "---\njust words\n---\nmore"],
    ["windows lines", "---\r\nlanguage: en\r\n---\r\n# Card\r\n\r\nText\r\n"],
    ["a byte order mark", "\uFEFF---\nlanguage: en\n---\nText"],
  ])("%s: the text is kept", (_, text) => {
    const given = givenCardOf({ markdown: text })!;
    expect(markdownTextOf(CardFormat.MARKDOWN, given)).toBe(text);
    expect(given.content.details).not.toBeNull();
  });
});

it("a title alone and a form that is not filled in are cards, if empty ones", () => {
  for (const forms of [{ markdown: "# Title\n" }, { yaml: "owner:\nintended_use:\n" }]) {
    expect(cardCompletenessOf(givenCardOf(forms)!.content).score).toBe(0);
  }
});

describe("model_card.yaml", () => {
  it.each([flat, sectioned])("goes out as it came in", (text) => {
    const given = givenCardOf({ yaml: text })!;
    expect(yamlTextOf(CardFormat.YAML, given)).toBe(text);
    // Written anew, it says the same.
    expect(contentOfYaml("yaml", yamlOfContent(given.content))).toEqual(given.content);
  });

  it("is read flat", () => {
    const content = contentOfYaml("yaml", flat);
    expect(content).toMatchObject({
      name: "fraud-detector",
      version: "1.1",
      intendedUse: "Flag card payments for review",
      limitations: "- thin files\n- new merchants",
      trainingData: "payments-2025",
      owner: "risk-team",
      riskClass: "high",
      extra: { jurisdiction: "no" },
    });
    expect(content.fairnessMetrics).toMatchObject([
      { name: "demographic_parity_difference", value: 0.03 },
      { name: "equal_opportunity", value: null, text: "not measured" },
    ]);
  });

  it("is read in sections, with values per group", () => {
    const content = contentOfYaml("yaml", sectioned);
    expect(content).toMatchObject({ name: "fraud-detector", version: "3", owner: "risk-team" });
    expect(content.ethicalConsiderations).toBe("Declines harm people.\n\nAppeals are read.");
    expect(content.quantitativeAnalyses).toMatchObject([
      {
        name: "auc",
        value: 0.91,
        perGroup: [
          { group: "age < 25", value: 0.88 },
          { group: "age >= 25", value: 0.92 },
        ],
      },
      { name: "recall", value: 0.7, perGroup: [] },
    ]);
    expect(content.extra).toEqual({ review_board: { chair: "ann", minutes: [1, 2] } });
    expect(cardCompletenessOf(content)).toEqual({ score: 0.89, missing: ["factors"] });
  });

  it.each([
    ["groups of measures", "metrics: { auc: 0.9, per_group: { a: { auc: 0.8, f1: 0.5 }, b: { auc: 0.7 } } }"],
    [
      "a list of groups",
      "metrics: { auc: 0.9, per_group: [{ group: a, auc: 0.8, f1: 0.5 }, { group: b, auc: 0.7 }] }",
    ],
    [
      "a list of measures",
      "metrics: [{ name: auc, value: 0.9, per_group: { a: 0.8, b: 0.7 } }, { metric: f1, per_group: [{ group: a, value: 0.5 }] }]",
    ],
  ])("reads %s", (_, yaml) => {
    const { quantitativeAnalyses } = contentOfYaml("yaml", yaml);
    const told = quantitativeAnalyses.map(({ name, value, perGroup }) => [
      name,
      value,
      ...perGroup.map((one) => `${one.group} ${one.value}`),
    ]);
    expect(told).toEqual([
      ["auc", 0.9, "a 0.8", "b 0.7"],
      ["f1", null, "a 0.5"],
    ]);
  });
});

describe("typed sections", () => {
  const content = {
    ...nothing,
    details: "A **model**.",
    intendedUse: "Flag payments.\n\n- at night",
    caveats: "Retrain.",
    limitations: "Thin files.",
    owner: "risk-team",
    riskClass: "high",
    quantitativeAnalyses: [
      {
        ...{ name: "auc", value: 0.9, text: null, dataset: "payments", split: "test" },
        perGroup: [{ group: "no", value: null, text: "unknown" }],
      },
    ],
    fairnessMetrics: [{ name: "parity", value: 0.1, text: null, dataset: null, split: null, perGroup: [] }],
    extra: { language: "no", tags: ["a"], metrics: ["f1"], extra: 1 },
  };

  it("become Markdown and YAML that say the same", () => {
    expect(contentOfYaml("yaml", yamlOfContent(content))).toEqual(content);
    // The Hub's names of metrics are the metrics of a text that has none.
    expect(contentOfMarkdown("markdown", markdownOfContent(content))).toEqual({
      ...content,
      metrics: "- f1",
    });
    expect(markdownOfContent(content)).toContain('language: "no"');
  });

  it("are inherited as far as people wrote them of the model", () => {
    expect(humanPartOf({ ...content, metrics: "auc", trainingData: "payments", version: "3" })).toEqual({
      ...nothing,
      ...{ details: content.details, intendedUse: content.intendedUse, caveats: content.caveats },
      ...{ limitations: content.limitations, owner: "risk-team", riskClass: "high" },
      extra: { language: "no", tags: ["a"], extra: 1 },
    });
  });
});

describe("is refused with a code, and soon:", () => {
  const bomb = `a: &a [${"x,".repeat(9)}]\n${[..."bcdefghi"].map((key, at) => `${key}: &${key} [${`*${"abcdefgh"[at]},`.repeat(9)}]`).join("\n")}`;
  const many = (text: string, count: number) => text.repeat(count);
  it.each([
    ["aliases", bomb, "INVALID"],
    ["a key given twice", "owner: a\nowner: b", "INVALID"],
    ["a key given twice within", "x: { a: 1, a: 2 }", "INVALID"],
    ["lists in lists", `a: ${many("[", 100_000)}`, "INVALID"],
    ["mappings in mappings", many("{a: ", 60_000), "INVALID"],
    ["dashes in a line", many("- ", 100_000), "INVALID"],
    ["indentation", Array.from({ length: 600 }, (_, at) => `${" ".repeat(at)}a:`).join("\n"), "INVALID"],
    ["a list as key", "? [a, b]\n: c", "INVALID"],
    ["no mapping", "- a", "INVALID"],
    ["no YAML", "a: [", "INVALID"],
    ["two documents", "a: 1\n---\nb: 2", "INVALID"],
    ["nothing", "", "INVALID"],
    ["an empty mapping", "{}", "INVALID"],
    ["half a character", 'a: "\\ud800"', "INVALID"],
    ["very many keys", Array.from({ length: 30_000 }, (_, at) => `k${at}:`).join("\n"), "LIMIT"],
    ["a large text", `owner: ${many("x", 256 * 1024)}`, "LIMIT"],
    ["5 MB", `owner: ${many("x", 5e6)}`, "LIMIT"],
    [
      "more measures than one can read",
      `fairness_metrics: [${many("{name: a, value: 1},", 1_001)}]`,
      "LIMIT",
    ],
  ])("%s", (_, yaml, code) => {
    const begun = performance.now();
    const refused = (forms: object) => {
      try {
        givenCardOf(forms);
      } catch (error) {
        return error instanceof StemmaError ? error.code : error;
      }
      return null;
    };
    expect(refused({ yaml })).toBe(code);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it.each([
    ["aliases", "---\na: &a [1]\nb: *a\n---\ntext", "YAML without aliases"],
    ["a key given twice", "---\nlanguage: en\nlanguage: no\n---\ntext", "each key once"],
    ["deep front matter", `---\na: ${"[".repeat(1_000)}\n---\ntext`, "levels"],
  ])("front matter with %s", (_, markdown, says) => {
    expect(() => givenCardOf({ markdown })).toThrow(says);
  });
});
