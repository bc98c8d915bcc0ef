import { beforeAll, describe, expect, it } from "vitest";
import { namingOthers } from "../../src/journal/event.rules.ts";
import { type Person, person } from "../support/access.ts";
import { examples } from "../support/mutation-examples.ts";
import { registryOf } from "../support/registry.ts";
import { startVault, type VaultStory, vaultRun } from "../support/vault-story.ts";
import { everythingOf } from "../support/whole-answers.ts";
import type { Asker } from "../support/world.ts";

let story: VaultStory;
let reader: Person;
let auditor: Person;

beforeAll(async () => {
  story = await startVault();
  const { world } = story;
  reader = await person(world, "reader of everything", { grants: [["VIEWER", "*"]] });
  auditor = await person(world, "auditor", { grants: [["ADMIN", "*"]] });
  return world.close;
});

const fields = `cursor seq groupSeq type recordedAt occurredAt isImported attributedTo header body prevHash hash payload
  texts { field text } subject { __typename id } actor { name }`;
const page = `query ($first: Int, $after: EventCursor, $filter: EventFilter) {
  registryEvents(first: $first, after: $after, filter: $filter) {
    nodes { ${fields} } totalCount pageInfo { hasNextPage endCursor } } }`;

interface Told {
  seq: number;
  type: string;
  payload: Record<string, unknown>;
  subject: { __typename: string; id: string } | null;
  body: string | null;
  hash: string | null;
  prevHash: string | null;
  header: string | null;
}

/** Everything that somebody is told, page by page. */
async function journalOf(asker: Asker, filter: object | null = null, first = 100): Promise<Told[]> {
  const told: Told[] = [];
  for (let after: string | null = null; ; ) {
    const { registryEvents } = await asker.ask(page, { first, after, filter });
    told.push(...registryEvents.nodes);
    if (!registryEvents.pageInfo.hasNextPage) {
      expect(registryEvents.totalCount).toBe(told.length);
      return told;
    }
    after = registryEvents.pageInfo.endCursor;
  }
}

const subjects = (told: Told[]) => new Set(story.named(told.map(({ subject }) => subject!)));

describe("registryEvents", () => {
  it("tells of what the reader may read, and counts no more", async () => {
    const { people } = story;
    const told = await journalOf(people.viewer);
    for (const name of ["scorer", "tuned", "features", "code"]) expect(subjects(told)).toContain(name);
    for (const name of ["raw", "training", "secret", "leaf"]) expect(subjects(told)).not.toContain(name);
    expect(await journalOf(people.viewer, null, 3)).toEqual(told);
    const ofVault = subjects(await journalOf(people.outsider));
    for (const name of ["raw", "training", "secret", "leaf", "code"]) expect(ofVault).toContain(name);
    expect(ofVault).not.toContain("scorer");
  });

  it("says in no event what is hidden: no id, no name, no hash to try guesses by", async () => {
    const { people } = story;
    for (const who of [people.viewer, people.maintainer, people.nobody]) {
      const told = await journalOf(who);
      const text = JSON.stringify(told);
      for (const secret of story.secrets) expect(text).not.toContain(secret);
      for (const { body, header, hash, prevHash } of told) {
        expect([body, header, hash, prevHash]).toEqual([null, null, null, null]);
      }
    }
    const registered = (await journalOf(people.viewer, { subject: story.ids.scorer }))[0]!;
    expect(registered.payload).toMatchObject({ model: "risk.scorer", number: 1 });
    expect(registered.payload).not.toHaveProperty("run");
  });

  it("names other nouns to who reads everything, and shows hashes to who reads the whole journal", async () => {
    const [registered] = await journalOf(reader, { subject: story.ids.scorer });
    expect(registered!.payload).toMatchObject({ run: vaultRun });
    expect(registered!.hash).toBeNull();
    const whole = await journalOf(auditor);
    expect(whole.map(({ seq }) => seq)).toEqual(whole.map((_, at) => at + 1));
    expect(whole).toEqual(await journalOf(story.world));
    for (const [at, { prevHash, hash }] of whole.entries()) {
      expect(prevHash).toBe(whole[at - 1]?.hash ?? "0".repeat(64));
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it("tells of actors, tokens, roles and grants to who may read access, and to each of its own", async () => {
    const { people } = story;
    const ofAccess = (told: Told[]) => told.filter(({ type }) => /^(actor|token|role|grant)\./.test(type));
    expect(ofAccess(await journalOf(reader)).map(({ type }) => type)).toEqual([
      "actor.created",
      "grant.created",
      "token.created",
    ]);
    const own = ofAccess(await journalOf(people.viewer));
    expect(own.map(({ type }) => type)).toEqual(["actor.created", "grant.created", "token.created"]);
    expect(own[0]!.subject).toMatchObject({ __typename: "Actor", id: people.viewer.id });
    expect((await journalOf(people.nobody)).map(({ type }) => type)).toEqual([
      "actor.created",
      "token.created",
    ]);
    expect(ofAccess(await journalOf(auditor)).length).toBeGreaterThan(20);
  });

  it("confirms nothing by its filters", async () => {
    const { world, people, ids } = story;
    const hidden = await people.viewer.graphql(page, { filter: { model: "vault.secret" } });
    const unknown = await people.viewer.graphql(page, { filter: { model: "vault.nothing" } });
    expect(hidden.errors![0]).toMatchObject({ extensions: { code: "NOT_FOUND" } });
    expect(JSON.stringify(hidden).replaceAll("vault.secret", "")).toEqual(
      JSON.stringify(unknown).replaceAll("vault.nothing", ""),
    );
    expect(await journalOf(people.viewer, { subject: ids.secret })).toEqual([]);
    expect(await journalOf(people.viewer, { subject: "mv_4000000" })).toEqual([]);
    const { actor } = (await world.ask("{ viewer { actor { id } } }")).viewer;
    const byAdministrator = await journalOf(people.viewer, { actor: actor.id });
    expect(byAdministrator).toEqual(await journalOf(people.viewer));
    const registered = await journalOf(people.viewer, { types: ["version.registered"], actor: actor.id });
    expect(subjects(registered)).toEqual(new Set(["scorer", "tuned"]));
  });

  it("has heads for everybody", async () => {
    const { eventHead } = await story.world.ask("{ eventHead }");
    expect(await story.people.nobody.ask("{ eventHead }")).toEqual({ eventHead });
  });
});

describe("histories", () => {
  const question = `{
    model(name: "risk.scorer") { history { totalCount nodes { ${fields} } } }
    modelVersion(ref: "risk.tuned/1") { history { totalCount nodes { ${fields} } } }
    node(id: "SECRET") { ... on ModelVersion { history { totalCount } } } }`;

  it("tell of a readable model and its versions as the journal does", async () => {
    const { people, ids } = story;
    const asked = question.replace("SECRET", ids.secret!);
    const { model, modelVersion, node } = await people.viewer.ask(asked);
    expect(node).toBeNull();
    expect(model.history.nodes.map(({ type }: Told) => type)).toEqual([
      "model.created",
      "version.registered",
    ]);
    expect(model.history.totalCount).toBe(2);
    expect(modelVersion.history.nodes).toEqual(await journalOf(people.viewer, { subject: ids.tuned }));
    const text = JSON.stringify([model, modelVersion]);
    for (const secret of story.secrets) expect(text).not.toContain(secret);
  });
});

/** What bodies say of their subject itself; what they say of its container and of commits, its readers may know, too. */
const ofSubject =
  `actor added alias approvals archiveExisting changed commit decision digest endedAt evidenceDigest experiment expiresAt externalId factsDigest fileCount files format framework
  from imageDigest imageUri inheritedFrom isAfterReview isAutomatic isConfirmation isEvidence isRolledBack keys kind metricCount metrics model modelId name number paramCount params parents
  passed path permissions pointCount policy policyRevision removed renamed reportDigest repository request retention revision role runId scope scopes semanticVersion sha sha256 signatureDigest sizeBytes
  stage stages startedAt status step tagCount to upload version weight`.split(/\s+/);

it("bodies speak of their subject, or under keys that are known to name other nouns", async () => {
  const registry = registryOf(story.world);
  for (const [at, { mutation, input }] of examples.entries()) {
    await registry.mutate(mutation, await input(registry, `said ${at}`, story.world), everythingOf(mutation));
  }
  const keys = new Set<string>();
  for (const { body } of await journalOf(auditor)) {
    for (const [key, value] of Object.entries(JSON.parse(body!) as Record<string, unknown>)) {
      const isText = typeof value === "object" && value !== null && "textHash" in value;
      if (!isText && !namingOthers.has(key)) keys.add(key);
    }
  }
  // A new key: does it name a noun that the readers of its event may not know? Then it belongs to namingOthers.
  expect([...keys].sort()).toEqual(ofSubject);
});
