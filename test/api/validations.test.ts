import { beforeAll, describe, expect, it } from "vitest";
import { Database } from "../../src/db/database.ts";
import { validationsOf } from "../../src/registry/validation.query.ts";
import { entities } from "../../src/wiring/entities.ts";
import { type Cast, cast, changeRows, denial } from "../support/access.ts";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let people: Cast;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  people = await cast(world);
  return world.close;
});

const digest = `sha256:${"0a".repeat(32)}`;
const facts = {
  validator: "Vera Vogel",
  organisation: "Audit Ltd",
  scope: "fairness by age group",
  reportUri: "https://audit.example/reports/7?v=2#page=3",
  reportDigest: digest,
  expiresAt: "2030-01-01T00:00:00.000Z",
};
const fields =
  "id validator organisation scope reportUri reportDigest expiresAt createdAt createdBy { name } modelVersion { id }";
const answer = `validation { ${fields} }`;

/** A version that the contributor registered, of a model that a team owns. */
async function versionOf(owner = "risk team"): Promise<string> {
  const model = `risk.m${++made}`;
  await registry.model(model, { owner });
  return (await people.contributor.version(model)).id;
}

const validationsIn = async (version: string, asker: { ask: World["ask"] } = world) =>
  (
    await asker.ask("query ($ref: VersionRef!) { modelVersion(ref: $ref) { validations { id } } }", {
      ref: version,
    })
  ).modelVersion.validations;

describe("a validation", () => {
  it("is on record with what was told, and found by its version and its id", async () => {
    const version = await versionOf();
    const input = { version, ...facts };
    const { validation } = await people.approver.mutate("recordValidation", input, answer);
    expect(validation).toMatchObject({
      ...facts,
      createdBy: { name: "approver" },
      modelVersion: { id: version },
    });
    expect(validation.id).toMatch(/^val_[0-9]+$/);
    const found = await people.viewer.ask(
      `{ node(id: "${validation.id}") { ... on Validation { ${fields} } } modelVersion(ref: "${version}") { validations { ${fields} } } }`,
    );
    expect(found).toEqual({ node: validation, modelVersion: { validations: [validation] } });
  });

  it("needs one of a report's address and its digest, and no more", async () => {
    const version = await versionOf();
    const least = { version, validator: "v", organisation: "o" };
    const nothing = { scope: null, expiresAt: null };
    const byUri = await people.approver.mutate(
      "recordValidation",
      { ...least, reportUri: "s3://b/k" },
      answer,
    );
    expect(byUri.validation).toMatchObject({ ...nothing, reportUri: "s3://b/k", reportDigest: null });
    const byDigest = await people.approver.mutate(
      "recordValidation",
      { ...least, reportDigest: digest },
      answer,
    );
    expect(byDigest.validation).toMatchObject({ ...nothing, reportUri: null, reportDigest: digest });
    expect(await validationsIn(version)).toEqual([
      { id: byUri.validation.id },
      { id: byDigest.validation.id },
    ]);
  });

  it("is an event of its own that hides names and addresses behind hashes, and leaves the version as it was", async () => {
    const version = await versionOf();
    const look = `{ modelVersion(ref: "${version}") { revision updatedAt evidenceDigest model { revision updatedAt } } eventHead }`;
    const before = await world.ask(look);
    const { validation } = await people.approver.mutate("recordValidation", { version, ...facts });
    expect({ ...(await world.ask(look)), eventHead: "" }).toEqual({ ...before, eventHead: "" });
    const { registryEvents } = await world.ask(
      `{ registryEvents(after: "${before.eventHead}", filter: { model: "risk.m${made}" }) {
          nodes { type subject { id } actor { name } payload body texts { field text } } } }`,
    );
    const { validator, organisation, scope, reportUri, ...open } = facts;
    expect(registryEvents.nodes).toEqual([
      {
        type: "validation.recorded",
        subject: { id: validation.id },
        actor: { name: "approver" },
        payload: expect.objectContaining({ ...open, version: 1 }),
        body: expect.any(String),
        texts: expect.arrayContaining(
          Object.entries({ validator, organisation, scope, reportUri }).map(([field, text]) => ({
            field,
            text,
          })),
        ),
      },
    ]);
    for (const text of [validator, organisation, scope, reportUri])
      expect(registryEvents.nodes[0].body).not.toContain(text);
  });

  it("is evidence in the graph, which is walked only when it is asked for", async () => {
    const version = await versionOf();
    const { validation } = await people.approver.mutate("recordValidation", { version, ...facts });
    const { model } = (await world.ask(`{ modelVersion(ref: "${version}") { model { id } } }`)).modelVersion;
    const walk = async (root: string, more = "") =>
      (
        await people.viewer.ask(
          `{ lineage(root: "${root}", direction: BOTH${more}) { nodes { id kind label } edges { from to type } } }`,
        )
      ).lineage;
    const alone = { nodes: [{ id: version, kind: "MODEL_VERSION", label: "1" }], edges: [] };
    expect(await walk(version)).toEqual(alone);
    expect(await walk(model.id)).toEqual(alone);
    expect(await walk(version, ", edgeTypes: [EVIDENCE]")).toEqual({
      nodes: [...alone.nodes, { id: validation.id, kind: "VALIDATION", label: "Vera Vogel, Audit Ltd" }],
      edges: [{ from: version, to: validation.id, type: "EVIDENCE" }],
    });
    const nodes = ["a", "b"].map((ref) => ({ ref, modelVersion: version }));
    const edges = [{ from: "a", to: "b", type: "EVIDENCE" }];
    expect(await registry.refusal("recordLineage", { nodes, edges })).toMatchObject({
      code: "INVALID",
      message: expect.stringContaining("edges.0.type: expected another type"),
    });
  });
});

describe("whoever records a validation", () => {
  it.each(["viewer", "contributor", "maintainer"] as const)("is no %s", async (who) => {
    const version = await versionOf();
    expect(await denial(people[who], "recordValidation", { version, ...facts })).toEqual({
      code: "FORBIDDEN",
      message: `${who} may not do this: it needs validation:record on risk.m${made}`,
    });
    expect(await validationsIn(version)).toEqual([]);
  });

  it("has not registered the version", async () => {
    await registry.mutate("grantRole", { actor: "approver", role: "CONTRIBUTOR", scope: "risk.own" });
    await registry.model("risk.own");
    const { id } = await people.approver.version("risk.own");
    expect(await people.approver.refusal("recordValidation", { version: id, ...facts })).toEqual({
      code: "REFUSED_BY_POLICY",
      message:
        "version: approver registered risk.own/1; a validation is recorded by somebody independent of that",
      path: ["input", "version"],
    });
    expect(await validationsIn(id)).toEqual([]);
  });

  it("does not own the model, whoever owned it before", async () => {
    const version = await versionOf("approver");
    expect(await people.approver.refusal("recordValidation", { version, ...facts })).toMatchObject({
      code: "REFUSED_BY_POLICY",
      message: `version: approver owns risk.m${made}; a validation is recorded by somebody independent of that`,
    });
    await registry.mutate("transferOwnership", { model: `risk.m${made}`, to: "risk team" }, "remaining");
    await people.approver.mutate("recordValidation", { version, ...facts });
    expect(await validationsIn(version)).toHaveLength(1);
  });

  it("can read the version, or it is not there", async () => {
    const version = await versionOf();
    expect(await people.outsider.refusal("recordValidation", { version, ...facts })).toMatchObject({
      code: "NOT_FOUND",
    });
    await people.approver.mutate("recordValidation", { version, ...facts });
    const asked = `{ modelVersion(ref: "${version}") { validations { id } } }`;
    expect(await people.outsider.ask(asked)).toEqual({ modelVersion: null });
  });
});

describe("a validation is refused", () => {
  it.each([
    [{ reportUri: null, reportDigest: null }, "reportUri: expected reportUri or reportDigest; got null"],
    [{ reportUri: "", reportDigest: "" }, 'reportUri: expected reportUri or reportDigest; got ""'],
    [{ reportUri: "javascript:alert(1)" }, "reportUri: expected an address such as https://…"],
    [{ reportUri: "http://audit.example/" }, "reportUri: expected an address such as https://…"],
    [{ reportUri: "https://a b" }, "reportUri: expected an address such as https://…"],
    [{ reportUri: "https://a\u0007b" }, "reportUri: expected an address such as https://…"],
    [{ reportUri: "https://a\u202eb" }, "reportUri: expected an address such as https://…"],
    [{ reportUri: "file://" }, "reportUri: expected an address such as https://…"],
    [{ reportUri: `https://${"a".repeat(2_000)}` }, "reportUri: expected at most 2000 characters"],
    [{ reportUri: "https://vera:secret@audit.example/" }, 'without user and password; got "one with them"'],
    [{ reportDigest: `sha256:${"0A".repeat(32)}` }, "reportDigest: expected sha256: and 64 hex digits"],
    [{ reportDigest: "sha256:00" }, "reportDigest: expected sha256: and 64 hex digits"],
    [{ validator: "" }, "validator: expected 1–255 characters"],
    [{ validator: "a\nb" }, "validator: expected no control characters"],
    [{ organisation: "x".repeat(256) }, "organisation: expected 1–255 characters"],
    [{ scope: "x".repeat(1_001) }, "scope: expected at most 1000 characters"],
  ])("for %j", async (wrong, message) => {
    const version = await versionOf();
    const refusal = await people.approver.refusal("recordValidation", { version, ...facts, ...wrong });
    expect(refusal).toMatchObject({ code: "INVALID", message: expect.stringContaining(message) });
    expect(await validationsIn(version)).toEqual([]);
  });

  it("of the latest version, whichever that is", async () => {
    await versionOf();
    expect(
      await people.approver.refusal("recordValidation", { version: `risk.m${made}@latest`, ...facts }),
    ).toMatchObject({
      code: "INVALID",
      message: expect.stringContaining("version: expected a version that is named"),
    });
  });

  it("of a version that is deleted", async () => {
    const version = await versionOf();
    await registry.mutate("deleteModelVersion", { version });
    expect(await people.approver.refusal("recordValidation", { version, ...facts })).toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("beyond the thousandth of one version, for rivals, too", async () => {
    const version = await versionOf();
    const number = Number(version.split("_")[1]);
    const row = (at: number) => `(${4_000_000_000 + at}, ${number}, 'v', 'o', 0, 1)`;
    const values = Array.from({ length: 998 }, (_, at) => row(at)).join();
    const columns = "id, versionId, validator, organisation, createdAt, createdById";
    await changeRows(world, `INSERT INTO validation (${columns}) VALUES ${values}`);
    const payloads = await inLanes(4, 4, () =>
      people.approver.attempt("recordValidation", { version, ...facts }),
    );
    const codes = payloads.flatMap(({ userErrors }) => userErrors.map(({ code }: { code: string }) => code));
    expect(codes).toEqual(["LIMIT", "LIMIT"]);
    expect(await validationsIn(version)).toHaveLength(1_000);
  });
});

describe("validations of many versions", () => {
  it("are found in one statement, for lists and for gates", async () => {
    const versions = [await versionOf(), await versionOf(), await versionOf()];
    for (const version of versions) await people.approver.mutate("recordValidation", { version, ...facts });
    const asked = async (selection: string) => {
      const question = `{ modelVersions(first: 50) { nodes { number ${selection} } } }`;
      await world.ask(question);
      return (await world.statementsOf(() => world.ask(question))).length;
    };
    expect((await asked("validations { validator }")) - (await asked(""))).toBe(1);
    const db = await Database.open(world.settings, entities);
    try {
      const ids = versions.slice(1).map((version) => Number(version.split("_")[1]));
      const found = await db.write((tx) => validationsOf(tx, ids));
      expect(found.map(({ versionId }) => versionId)).toEqual(ids);
      expect(found[0]).toMatchObject({ validator: facts.validator, expiresAt: Date.parse(facts.expiresAt) });
      expect(await validationsOf(db.read, [])).toEqual([]);
    } finally {
      await db.close();
    }
  });
});
