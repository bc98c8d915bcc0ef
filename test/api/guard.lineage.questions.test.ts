import { beforeAll, describe, expect, it } from "vitest";
import { startVault, type VaultStory } from "../support/vault-story.ts";
import type { Asker } from "../support/world.ts";

let story: VaultStory;

beforeAll(async () => {
  story = await startVault();
  return story.world.close;
});

function expectNoSecret(answer: unknown): void {
  const text = JSON.stringify(answer);
  for (const secret of story.secrets) expect(text).not.toContain(secret);
}

describe("impact", () => {
  const drawn = `nodes { id kind label isRedacted degree node { id } } edges { from to role at }`;
  const question = `query ($of: [ID!]!, $first: Int, $after: String, $stages: [String!]) {
    impact(of: $of, first: $first, after: $after, stages: $stages) {
      nodes { degree modelVersion { id } path { ${drawn} } }
      totalCount isPartial pageInfo { hasNextPage endCursor } } }`;
  const impact = async (asker: Asker, variables: object) =>
    (await asker.ask(question, { ...variables })).impact;
  // biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
  const versions = (found: any) => story.named(found.nodes.map((node: any) => node.modelVersion));

  it("names and counts readable versions only, as far away as they are", async () => {
    const { world, people, ids } = story;
    const of = [ids.features];
    expect(versions(await impact(world, { of }))).toEqual(["scorer", "leaf", "secret", "tuned"]);
    const found = await impact(people.viewer, { of });
    expect(versions(found)).toEqual(["scorer", "tuned"]);
    expect(found.nodes.map(({ degree }: { degree: number }) => degree)).toEqual([2, 4]);
    expect(found).toMatchObject({ totalCount: 2, isPartial: false });
    expect(story.named(found.nodes[1].path.nodes)).toEqual([
      "features",
      "redacted_1",
      "scorer",
      "redacted_3",
      "tuned",
    ]);
    expectNoSecret(found);
    expect(await impact(people.viewer, { of, stages: ["Production"] })).toMatchObject({
      nodes: [],
      totalCount: 0,
    });
  });

  it("joins pages to the whole, and its cursors do not tell how much is hidden", async () => {
    const { people, ids } = story;
    const first = await impact(people.viewer, { of: [ids.features], first: 1 });
    const second = await impact(people.viewer, {
      of: [ids.features],
      first: 1,
      after: first.pageInfo.endCursor,
    });
    expect([...versions(first), ...versions(second)]).toEqual(["scorer", "tuned"]);
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
    const [, , offset] = JSON.parse(Buffer.from(second.pageInfo.endCursor, "base64url").toString());
    expect(offset).toBe(2);
  });

  it("is of nothing that may not be read", async () => {
    const { people, ids } = story;
    const { errors } = await people.viewer.graphql(question, { of: [ids.features, ids.training] });
    expect(errors![0]!.extensions).toMatchObject({ code: "NOT_FOUND", argumentPath: ["of", "1"] });
    expect(await impact(people.outsider, { of: [ids.training] })).toMatchObject({ totalCount: 2 });
  });
});

describe("lineageDiff", () => {
  const question = `{ lineageDiff(left: "risk.scorer/1", right: "risk.tuned/1") {
    added { id kind label degree isRedacted hasMoreUpstream } removed { id } changed { container } isPartial } }`;

  it("compares what may be read", async () => {
    const { world, people } = story;
    const { lineageDiff: whole } = await world.ask(question);
    expect(story.named(whole.added)).toEqual(["secret", "scorer"]);
    const { lineageDiff } = await people.viewer.ask(question);
    expect(story.named(lineageDiff.added)).toEqual(["scorer"]);
    expect(lineageDiff).toMatchObject({ removed: [], changed: [], isPartial: false });
    expectNoSecret(lineageDiff);
  });

  it("is between nothing that may not be read", async () => {
    const { errors } = await story.people.viewer.graphql(question.replace("risk.tuned", "vault.secret"));
    expect(errors![0]!.extensions).toMatchObject({ code: "NOT_FOUND", argumentPath: ["right"] });
  });
});

describe("versions side by side and over again", () => {
  it("show of their runs and data what may be read", async () => {
    const question = `{
      compareVersions(refs: ["risk.scorer/1", "risk.tuned/1"]) {
        versions { id } facts { key cells } params { key cells } metrics { key cells { value } } signature { isSame } }
      reproduction(ref: "risk.scorer/1") {
        repository sha entryPoint params { key } datasets { role datasetVersion { id } } missing } }`;
    const { world, people } = story;
    const whole = await world.ask(question);
    expect(whole.reproduction.missing).not.toContain("run");
    const answer = await people.viewer.ask(question);
    expect(story.named(answer.compareVersions.versions)).toEqual(["scorer", "tuned"]);
    const run = answer.compareVersions.facts.find(({ key }: { key: string }) => key === "run");
    expect(run?.cells ?? [null, null]).toEqual([null, null]);
    expect(answer.reproduction.missing).toContain("run");
    expectNoSecret(answer);
    const { errors } = await people.viewer.graphql(`{ reproduction(ref: "vault.secret/1") { sha } }`);
    expect(errors![0]!.extensions.code).toBe("NOT_FOUND");
  });
});
