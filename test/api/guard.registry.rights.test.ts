import { beforeAll, describe, expect, it } from "vitest";
import { type Cast, cast } from "../support/access.ts";
import { endingOf } from "../support/endings.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { announced, fileOf } from "../support/uploads.ts";
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

const ofModel = "viewerCanUpdate viewerCanDelete viewerCanTransfer viewerCanRegister viewerCanSetAlias";
const ofVersion =
  "viewerCanUpdate viewerCanDelete viewerCanDownload viewerCanUpload viewerCanRequestTransition";

async function modelWithVersion(): Promise<string> {
  const name = `risk.model-${++made}`;
  await registry.model(name, { owner: "ann" });
  await registry.version(name);
  return name;
}

/** Rights as 1 and 0, in the order of the fields. */
const flags = (fields: string, noun: Record<string, boolean>) =>
  fields.split(" ").map((field) => (noun[field] ? 1 : 0));

describe("what the viewer can", () => {
  it.each([
    ["viewer", [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
    ["contributor", [1, 0, 0, 1, 0], [1, 0, 1, 1, 1]],
    ["approver", [0, 0, 0, 0, 0], [0, 0, 1, 0, 0]],
    ["maintainer", [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]],
    ["admin", [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]],
    ["limited", [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
  ] as const)("%s is told alike by every way", async (who, model, version) => {
    const name = await modelWithVersion();
    const asked = await people[who].ask(
      `query ($name: String!, $ref: VersionRef!) {
        model(name: $name) { ${ofModel} versions { nodes { ${ofVersion} } } latestVersion { ${ofVersion} } }
        modelVersion(ref: $ref) { ${ofVersion} model { ${ofModel} } }
        modelVersions(filter: { model: { eq: $name } }) { nodes { ${ofVersion} } } }`,
      { name, ref: `${name}/1` },
    );
    for (const noun of [asked.model, asked.modelVersion.model]) expect(flags(ofModel, noun)).toEqual(model);
    const versions = [asked.modelVersion, asked.model.latestVersion, asked.model.versions.nodes[0]];
    for (const noun of [...versions, asked.modelVersions.nodes[0]]) {
      expect(flags(ofVersion, noun)).toEqual(version);
    }
  });

  it.each([
    ["viewerCanUpdate", "updateModel", (model: string) => ({ model, description: "new" })],
    ["viewerCanDelete", "deleteModel", (model: string) => ({ model })],
    ["viewerCanTransfer", "transferOwnership", (model: string) => ({ model, to: "bob" })],
    ["viewerCanRegister", "registerModelVersion", (model: string) => ({ model })],
    ["viewerCanSetAlias", "setAlias", (model: string) => ({ model, alias: "a", version: 1 })],
  ])("%s is what %s then does", async (field, mutation, inputOf) => {
    for (const who of ["viewer", "contributor", "approver", "maintainer", "admin", "limited"] as const) {
      const name = await modelWithVersion();
      const { model } = await people[who].ask(
        `query ($name: String!) { model(name: $name) { can: ${field} } }`,
        { name },
      );
      const { code } = await endingOf(people[who], mutation, inputOf(name));
      expect([who, code]).toEqual([who, model.can ? "done" : "FORBIDDEN"]);
    }
  });

  it.each([
    ["viewerCanUpdate", "updateModelVersion", { description: "new" }],
    ["viewerCanDelete", "deleteModelVersion", {}],
    ["viewerCanUpload", "createUpload", { files: [announced(fileOf("a"))] }],
  ])("%s of a version is what %s then does", async (field, mutation, more) => {
    for (const who of ["viewer", "contributor", "approver", "maintainer", "admin", "limited"] as const) {
      const ref = `${await modelWithVersion()}/1`;
      const { modelVersion } = await people[who].ask(
        `query ($ref: VersionRef!) { modelVersion(ref: $ref) { can: ${field} } }`,
        { ref },
      );
      const { code } = await endingOf(people[who], mutation, { version: ref, ...more });
      expect([who, code]).toEqual([who, modelVersion.can ? "done" : "FORBIDDEN"]);
    }
  });
});

/** How many statements a question costs somebody, once the token is known. */
async function costOf(who: keyof Cast | null, query: string, variables: object): Promise<number> {
  const asker = who === null ? world : people[who];
  const ask = () => asker.ask(query, { ...variables });
  await ask();
  // Who asks may have to be found out anew: rights changed a moment ago, when these people were made.
  const own = (statements: string[]) => statements.filter((text) => !/access_token|role_grant/.test(text));
  const counts = [own(await world.statementsOf(ask)).length, own(await world.statementsOf(ask)).length];
  expect(counts[0]).toBe(counts[1]);
  return counts[0]!;
}

describe("what the viewer can costs", () => {
  it("no statement where rights are held everywhere or nowhere, or the model is there; else one for a whole page", async () => {
    for (let count = 0; count < 6; count++) await modelWithVersion();
    const one = `query ($ref: VersionRef!) { modelVersion(ref: $ref) { ${ofVersion} model { ${ofModel} } } }`;
    const ref = `risk.model-${made}/1`;
    for (const who of [null, "viewer", "maintainer"] as const)
      expect(await costOf(who, one, { ref })).toBe(1);
    const page = `query ($first: Int) { modelVersions(first: $first) { nodes { ${ofVersion} } } }`;
    for (const first of [1, 6]) {
      expect(await costOf(null, page, { first })).toBe(1);
      expect(await costOf("viewer", page, { first })).toBe(1);
      expect(await costOf("maintainer", page, { first })).toBe(2);
    }
    const stages = `query ($first: Int) { modelVersions(first: $first) { nodes { viewerCanTransition(to: "Staging") } } }`;
    for (const first of [1, 6]) {
      expect(await costOf(null, stages, { first })).toBe(2);
      expect(await costOf("maintainer", stages, { first })).toBe(3);
    }
  });
});
