import { beforeAll, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { runIdOf } from "../support/example.ts";
import { registryOf } from "../support/registry.ts";
import { trackerOf } from "../support/tracker.ts";
import { startVault, type VaultStory, vaultRun } from "../support/vault-story.ts";

let story: VaultStory;
/** Writes at `risk.*` and reads at `shelf.*`. */
let writer: Person;

beforeAll(async () => {
  story = await startVault();
  const { world } = story;
  writer = await person(world, "writer", {
    grants: [
      ["CONTRIBUTOR", "risk.*"],
      ["VIEWER", "shelf.*"],
    ],
  });
  const tracker = trackerOf(world);
  await tracker.done("recordDataset", { digest: "1", name: "shelved", scope: "shelf.data" });
  for (const place of ["shelf", "risk"]) {
    await tracker.done("createExperiment", { name: `${place}-lab`, scope: `${place}.lab` });
    await tracker.run({ experiment: `${place}-lab`, runId: runIdOf(place) });
  }
  await registryOf(world).model("shelf.base");
  await registryOf(world).version("shelf.base");
  return world.close;
});

const shelved = { ref: "from", datasetVersion: { name: "shelved", digest: "1" } };
const features = { ref: "from", datasetVersion: { name: "features", digest: "features-digest" } };
const ownRun = { ref: "to", run: { runId: runIdOf("risk") } };
const newRun = (name: string, experiment: string) => ({
  ref: "to",
  run: { runId: runIdOf(name), experiment },
});

/** "done", or the code and the place of what refuses it. */
async function outcome(who: Person, from: object, to: object, type = "CONSUMED"): Promise<unknown[]> {
  const { data, errors } = await who.graphql(
    `mutation ($input: RecordLineageInput!) { recordLineage(input: $input) { addedEdges userErrors { code path } } }`,
    { input: { nodes: [from, to], edges: [{ from: "from", to: "to", type }] } },
  );
  if (errors) return [errors[0]!.extensions.code];
  const [refused] = data.recordLineage.userErrors;
  return refused ? [refused.code, refused.path?.slice(1).join(".")] : ["done", data.recordLineage.addedEdges];
}

it("joins what the actor may read to what it may write", async () => {
  expect(await outcome(writer, shelved, ownRun)).toEqual(["done", 1]);
  expect(await outcome(writer, shelved, newRun("made on the way", "risk-lab"))).toEqual(["done", 1]);
  const version = { ref: "to", modelVersion: "risk.tuned/1" };
  expect(await outcome(writer, features, version)).toEqual(["done", 1]);
  const base = { ref: "from", modelVersion: "shelf.base/1" };
  expect(await outcome(writer, base, version, "DERIVED")).toEqual(["done", 1]);
  expect(await outcome(writer, base, version, "DERIVED")).toEqual(["done", 0]);
  const commit = { ref: "from", commit: { repository: "risk", sha: "abc".padEnd(40, "0") } };
  expect(await outcome(writer, commit, ownRun, "CODE_OF")).toEqual(["done", 1]);
});

it("is FORBIDDEN where an edge leads into what the actor may only read, or makes what it may not make", async () => {
  expect(await outcome(writer, features, { ref: "to", run: { runId: runIdOf("shelf") } })).toEqual([
    "FORBIDDEN",
  ]);
  expect(await outcome(writer, features, newRun("elsewhere", "shelf-lab"))).toEqual(["FORBIDDEN"]);
  expect(await outcome(writer, features, { ...shelved, ref: "to" }, "DATA_DERIVED")).toEqual(["FORBIDDEN"]);
  const fresh = { ref: "from", datasetVersion: { name: "shelved", digest: "2" } };
  expect(await outcome(writer, fresh, ownRun)).toEqual(["FORBIDDEN"]);
  const { viewer } = story.people;
  expect(await outcome(viewer, features, { ref: "to", modelVersion: "risk.tuned/1" })).toEqual(["FORBIDDEN"]);
});

it("knows nothing of what the actor may not read, at either end", async () => {
  const hiddenRun = { run: { runId: vaultRun } };
  const secret = { modelVersion: "vault.secret/1" };
  expect(await outcome(writer, features, { ref: "to", ...hiddenRun })).toEqual([
    "NOT_FOUND",
    "nodes.1.run.runId",
  ]);
  expect(await outcome(writer, features, { ref: "to", ...secret })).toEqual([
    "NOT_FOUND",
    "nodes.1.modelVersion",
  ]);
  const own = { ref: "to", modelVersion: "risk.tuned/1" };
  expect(await outcome(writer, { ref: "from", ...secret }, own, "DERIVED")).toEqual([
    "NOT_FOUND",
    "nodes.0.modelVersion",
  ]);
  expect(await outcome(writer, { ref: "from", ...hiddenRun }, own, "PRODUCED")).toEqual([
    "NOT_FOUND",
    "nodes.0.run.runId",
  ]);
});

it("refuses a ring through hidden nodes without naming them", async () => {
  const { ids } = story;
  const payload = await writer.attempt("recordLineage", {
    nodes: [
      { ref: "tuned", modelVersion: "risk.tuned/1" },
      { ref: "scorer", modelVersion: "risk.scorer/1" },
    ],
    edges: [{ from: "tuned", to: "scorer", type: "DERIVED" }],
  });
  expect(payload.userErrors).toMatchObject([{ code: "CONFLICT" }]);
  const { message } = payload.userErrors[0];
  for (const name of ["tuned", "scorer"]) expect(message).toContain(ids[name]);
  expect(message).toContain("with 1 more between them");
  for (const secret of [...story.secrets, ids.secret!]) expect(message).not.toContain(secret);
});
