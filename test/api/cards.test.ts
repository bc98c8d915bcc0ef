import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { sharedData } from "../support/shared-data.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

async function versionOf(more: object = {}): Promise<string> {
  const model = `cards ${++made}`;
  await registry.model(model);
  await registry.version(model, more);
  return `${model}/1`;
}

const set = (version: string, input: object, selection = "card { id revision status digest isFresh }") =>
  registry.mutate("setModelCard", { version, ...input }, selection);

async function cardOf(ref: string, selection: string) {
  const query = `query ($ref: VersionRef!) { modelVersion(ref: $ref) { card { ${selection} } } }`;
  return (await world.ask(query, { ref })).modelVersion.card;
}

const wholeSections = `sections { details intendedUse factors metrics evaluationData trainingData
  quantitativeAnalyses { name value text dataset split perGroup { group value text } } quantitativeAnalysesText
  ethicalConsiderations caveats }`;

describe("a card", () => {
  it("is none until one is set", async () => {
    expect(await cardOf(await versionOf(), "id")).toBeNull();
  });

  it("holds nine typed sections, values and what it has no place for", async () => {
    const ref = await versionOf();
    const perGroup = [
      { group: "age < 25", value: 0.8, text: null },
      { group: "no", value: null, text: "too few" },
    ];
    const auc = { name: "auc", value: 0.9, text: null, dataset: "payments", split: "test", perGroup };
    const sections = {
      details: "A *tree*.",
      intendedUse: "Flag payments.",
      factors: "Age.",
      metrics: "AUC.",
      evaluationData: "2026.",
      trainingData: "2025.",
      quantitativeAnalyses: [auc],
      quantitativeAnalysesText: "Good.",
      ethicalConsiderations: "Declines harm.",
      caveats: "Retrain.",
    };
    const values = { name: "n", version: "v", owner: "ann", limitations: "thin files", riskClass: "high" };
    const extra = { language: "no", board: { chair: ["ann"] } };
    const { card } = await set(ref, { card: { ...sections, ...values, fairnessMetrics: [auc], extra } });
    expect(card).toMatchObject({ revision: 1, status: "DRAFT" });
    const told = await cardOf(
      ref,
      `id format name version owner limitations riskClass extra yaml markdown completeness { score missing }
       fairnessMetrics { name perGroup { group value } } modelVersion { number } ${wholeSections}`,
    );
    expect(told).toMatchObject({
      ...{ id: card.id, format: "SECTIONS", ...values, extra, sections },
      completeness: { score: 1, missing: [] },
      modelVersion: { number: 1 },
      fairnessMetrics: [{ name: "auc", perGroup: [{ group: "age < 25", value: 0.8 }, { group: "no" }] }],
    });
    expect(card.id).toMatch(/^crd_\d+$/);
    for (const form of ["yaml", "markdown"] as const) {
      const again = await versionOf();
      await set(again, { [form]: told[form] });
      const read = await cardOf(again, `name owner riskClass extra ${wholeSections}`);
      expect(read).toEqual({ name: "n", owner: "ann", riskClass: "high", extra, sections });
    }
    const { node } = await world.ask(
      `query ($id: ID!) { node(id: $id) { __typename id ... on ModelCard { owner } } }`,
      { id: card.id },
    );
    expect(node).toEqual({ __typename: "ModelCard", id: card.id, owner: "ann" });
  });

  it("keeps every revision, a change of status included, and goes out as it came in", async () => {
    const ref = await versionOf();
    const texts = [
      "---\nlanguage: no # norsk\n---\n# One\n\nBody  \n",
      "limitations: [a,  b]\nunknown: { x: 1 }\n",
    ];
    await set(ref, { markdown: texts[0] });
    await set(ref, { status: "IN_REVIEW" });
    const { card } = await set(ref, { yaml: texts[1] });
    expect(card).toMatchObject({ revision: 3, status: "DRAFT" });
    const told = await cardOf(
      ref,
      `yaml extra limitations frontMatter { language } revisions(first: 2) { totalCount pageInfo { endCursor hasNextPage }
       nodes { revision status format isConfirmation createdBy { name } markdown } }`,
    );
    expect(told).toMatchObject({ yaml: texts[1], extra: { unknown: { x: 1 } }, limitations: "- a\n- b" });
    expect(told.frontMatter).toBeNull();
    expect(told.revisions.totalCount).toBe(3);
    const by = { isConfirmation: false, createdBy: { name: "administrator" }, format: "MARKDOWN" };
    expect(told.revisions.nodes).toEqual([
      { revision: 1, status: "DRAFT", markdown: texts[0], ...by },
      { revision: 2, status: "IN_REVIEW", markdown: texts[0], ...by },
    ]);
    const after = told.revisions.pageInfo.endCursor;
    const rest = await cardOf(ref, `revisions(after: ${JSON.stringify(after)}) { nodes { revision yaml } }`);
    expect(rest.revisions.nodes).toEqual([{ revision: 3, yaml: texts[1] }]);
  });

  it("is set by compare-and-set on its revision, and by one form at a time", async () => {
    const ref = await versionOf();
    const refused = (input: object) => registry.refusal("setModelCard", { version: ref, ...input });
    expect(await refused({ card: { details: "a" }, expectedRevision: 1 })).toMatchObject({
      code: "CONFLICT",
    });
    expect(await refused({ status: "IN_REVIEW" })).toMatchObject({ code: "NOT_FOUND" });
    await set(ref, { card: { details: "a" }, expectedRevision: 0 });
    expect(await refused({ card: { details: "b" }, expectedRevision: 0 })).toMatchObject({
      code: "CONFLICT",
    });
    expect(await refused({})).toMatchObject({ code: "INVALID" });
    expect(await refused({ yaml: "a: 1", markdown: "a" })).toMatchObject({ code: "INVALID" });
    expect(await refused({ card: {} })).toMatchObject({ code: "INVALID" });
    const latest = ref.replace("/1", "@latest");
    expect(await registry.refusal("setModelCard", { version: latest, yaml: "a: 1" })).toMatchObject({
      code: "INVALID",
      path: ["input", "version"],
    });
    expect(await cardOf(ref, "revision")).toEqual({ revision: 1 });
  });

  it("is told of by an event under its model, by digest", async () => {
    const ref = await versionOf();
    const secret = "x".repeat(100_000);
    const { card } = await set(ref, { markdown: secret });
    const { registryEvents } = await world.ask(
      `query ($of: ID!) { registryEvents(filter: { subject: $of }) { nodes { type payload subject { id } } } }`,
      { of: card.id },
    );
    expect(registryEvents.nodes).toEqual([
      {
        type: "card.updated",
        subject: { id: card.id },
        payload: {
          ...{ version: 1, revision: 1, status: "DRAFT", format: "MARKDOWN" },
          ...{ digest: card.digest, isConfirmation: false },
        },
      },
    ]);
    const history = await world.ask(
      `query ($name: String!) { model(name: $name) { history(first: 100) { nodes { type } } } }`,
      { name: ref.replace("/1", "") },
    );
    expect(history.model.history.nodes).toContainEqual({ type: "card.updated" });
  });
});

describe("what the registry refuses", () => {
  it.each([
    ["a YAML bomb", { yaml: "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]" }, "INVALID"],
    ["keys given twice", { yaml: "owner: ann\nowner: bob" }, "INVALID"],
    ["deep nesting", { yaml: `a: ${"[".repeat(60_000)}` }, "INVALID"],
    ["deep front matter", { markdown: `---\na: ${"{a: ".repeat(60_000)}\n---\n` }, "INVALID"],
    ["deep extras", { card: { extra: { a: JSON.parse(`${"[".repeat(40)}${"]".repeat(40)}`) } } }, "INVALID"],
    ["300 KiB of Markdown", { markdown: "x".repeat(300 * 1024) }, "LIMIT"],
    [
      "300 KiB in sections",
      { card: { details: "x".repeat(200_000), caveats: "x".repeat(100_000) } },
      "LIMIT",
    ],
  ])("%s, and writes nothing", async (_, input, code) => {
    const ref = await versionOf();
    expect(await registry.refusal("setModelCard", { version: ref, ...input })).toMatchObject({ code });
    expect(await cardOf(ref, "id")).toBeNull();
  });

  it("5 MB at the door, with a code", async () => {
    const { status, errors } = await world.graphql(
      "mutation ($input: SetModelCardInput!) { setModelCard(input: $input) { userErrors { code } } }",
      { input: { version: await versionOf(), markdown: "x".repeat(5e6) } },
    );
    expect(status).toBe(413);
    expect(errors?.[0]?.extensions.code).toBeTruthy();
  });
});

it("all cards of the Hub are imported, and what comes out is imported as the same", async () => {
  const cards = join(sharedData, "hf-model-cards", "model_cards");
  const paths = readdirSync(cards, { recursive: true, encoding: "utf8" }).filter((path) =>
    /README\.md$/.test(path),
  );
  expect(paths.length).toBe(116);
  const [first, second] = [await versionOf(), await versionOf()];
  for (const path of paths) {
    const markdown = readFileSync(join(cards, path), "utf8");
    const { card } = await set(first, { markdown }, "card { digest markdown }");
    expect(card.markdown).toBe(markdown);
    const again = await set(second, { markdown: card.markdown }, "card { digest }");
    expect(again.card.digest).toBe(card.digest);
  }
  expect(await cardOf(first, "revision")).toEqual({ revision: 116 });
});

it("a card is looked at without being kept", async () => {
  const query = `query ($yaml: String, $markdown: String) { checkModelCard(yaml: $yaml, markdown: $markdown) { completeness { score missing } problem } }`;
  const checked = async (card: Record<string, string>) => (await world.ask(query, card)).checkModelCard;
  expect(await checked({ yaml: "intended_use: a\nlimitations: b" })).toMatchObject({
    completeness: { score: 0.11, missing: expect.arrayContaining(["details", "caveats"]) },
    problem: null,
  });
  expect((await checked({ markdown: '---\na: "open\n---\ntext' })).problem).toMatch(/^front matter: /);
  const { errors } = await world.graphql(query, { yaml: "a: [" });
  expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
});
