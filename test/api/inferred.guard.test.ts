import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { ask, candidateOf, type Governed, review, startGoverned, transition } from "../support/governed.ts";
import { inferredData, pairs, recorded, upstreamOf } from "../support/inferred.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld } from "../support/world.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const factsOf = async (version: string) =>
  (
    await governed.world.ask(
      `query ($ref: VersionRef!) { modelVersion(ref: $ref) {
        evidenceDigest completeness { missing } datasets { isInferred role } approvals { id } } }`,
      { ref: version },
    )
  ).modelVersion;

describe("what is inferred", () => {
  it("is no evidence: it leaves digest, completeness and approvals as they were", async () => {
    const { world, registry, ann, rob } = governed;
    await recorded(world, "evidence", "h-evidence");
    const { version } = await candidateOf(governed);
    const before = await factsOf(version);
    const { transitionRequest } = await ask(ann, version);
    await registry.mutate("setModelVersionTags", {
      version,
      set: pairs({ training_data_hash: "h-evidence", git_commit: "1".repeat(40) }),
    });
    expect(await factsOf(version)).toEqual({ ...before, datasets: [{ isInferred: true, role: "" }] });
    const { reproduction } = await world.ask(
      `query ($ref: VersionRef!) { reproduction(ref: $ref) { missing } }`,
      { ref: version },
    );
    expect(reproduction.missing).toEqual(expect.arrayContaining(["commit", "datasets"]));
    const { approval } = await review(rob, transitionRequest.id);
    expect(approval).toMatchObject({ isStale: false });
  });

  it("is no approval, whoever a tag names as having approved", async () => {
    const { world, registry, mia } = governed;
    const { model, version } = await candidateOf(governed);
    const tracker = trackerOf(world);
    const claims = pairs({ approved_by: "rob", approval: "yes", "stemma.approved": "true" });
    const run = await tracker.run({ params: claims, tags: claims });
    await tracker.done("finishRun", { runId: run.runId, status: "FINISHED" });
    await registry.version(model, { runId: run.runId, params: claims, tags: claims });
    await registry.mutate("setModelVersionTags", { version, set: claims });
    for (const claimed of [version, `${model}/2`]) {
      const refused = await transition(mia, claimed);
      expect(refused.userErrors).toMatchObject([{ code: "APPROVAL_REQUIRED" }]);
      expect((await factsOf(claimed)).approvals).toEqual([]);
    }
    expect(await upstreamOf(world, run.id)).toEqual([]);
  });

  it("is only what its author may read, and tells nobody else what that is", async () => {
    const { world } = governed;
    await recorded(world, "vault data", "h-vault", { scope: "vault" });
    const risk = { grants: [["CONTRIBUTOR", "risk.*"]] as [string, string][] };
    const outsider = await person(world, "outsider", risk);
    await trackerOf(world).done("createExperiment", { name: "risky", scope: "risk.runs" });
    const tracker = trackerOf(outsider);
    const told = { experiment: "risky", params: pairs({ training_data_hash: "h-vault" }) };
    const run = await tracker.run(told);
    expect(await upstreamOf(world, run.id)).toEqual([]);
    const joined = await trackerOf(world).run(told);
    expect(await upstreamOf(world, joined.id)).toEqual([inferredData("h-vault")]);
    expect(await upstreamOf(outsider, joined.id)).toEqual([]);
    const { registryEvents } = await outsider.ask(
      `query ($id: ID!) { registryEvents(after: "start", first: 9, filter: { subject: $id }) { nodes { type payload } } }`,
      { id: joined.id },
    );
    expect(registryEvents.nodes).toContainEqual({ type: "lineage.inferred", payload: {} });
  });
});

describe("imported history", () => {
  it("is read for what it names, when it happened and only once", async () => {
    const { world, registry } = governed;
    await recorded(world, "past", "h-past");
    const runId = "9".repeat(32);
    const at = "2024-05-01T00:00:00.000Z";
    const run = {
      runId,
      experiment: "Default",
      status: "FINISHED",
      startedAt: at,
      params: pairs({ training_data_hash: "h-past" }),
    };
    const batch = { source: "s", runs: [run] };
    const send = (more: object) =>
      registry.mutate("importHistory", { batch: { ...batch, ...more } }, "imported unchanged");
    expect(await send({})).toMatchObject({ imported: 1 });
    expect(await send({})).toMatchObject({ imported: 0, unchanged: 1 });
    const later = {
      ...run,
      params: pairs({ training_data_hash: "other" }),
      tags: pairs({ git_commit: "7".repeat(40) }),
    };
    await send({ runs: [later] });
    const { run: there } = await world.ask(`{ run(runId: "${runId}") { id } }`);
    expect(await upstreamOf(world, there.id)).toMatchObject([
      { type: "CODE_OF", isInferred: true },
      inferredData("h-past"),
    ]);
    const { registryEvents } = await world.ask(
      `query ($id: ID!) { registryEvents(after: "start", first: 9, filter: { subject: $id, types: ["lineage.inferred"] }) {
        nodes { isImported occurredAt } } }`,
      { id: there.id },
    );
    expect(registryEvents.nodes).toEqual(Array(2).fill({ isImported: true, occurredAt: at }));
  });
});

describe("the list of keys", () => {
  it("is the operator's: other keys, or none", async () => {
    const world = await startWorld({ inference: [{ key: "revision", names: "commit" }] });
    try {
      const tags = pairs({ revision: "5".repeat(40), git_commit: "6".repeat(40) });
      const run = await trackerOf(world).run({ tags });
      expect(await upstreamOf(world, run.id)).toMatchObject([{ type: "CODE_OF", label: "5555555555" }]);
    } finally {
      await world.close();
    }
    const silent = await startWorld({ inference: [] });
    try {
      const run = await trackerOf(silent).run({ tags: pairs({ git_commit: "6".repeat(40) }) });
      expect(await upstreamOf(silent, run.id)).toEqual([]);
    } finally {
      await silent.close();
    }
  });
});
