import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import {
  ask,
  attempt,
  candidateOf,
  codes,
  type Governed,
  review,
  startGoverned,
  transition,
} from "../support/governed.ts";

// Ways around a policy that somebody thought of.

let governed: Governed;
let people = 0;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const set = (who: Governed["mia"], input: object) => attempt(who, "setPolicy", input, "policy { revision }");

describe("a reviewer", () => {
  it("counts no more once he is demoted or deactivated", async () => {
    const { world, registry, ann, rob } = governed;
    for (const end of ["demoted", "deactivated"]) {
      const { version } = await candidateOf(governed, { approvalsNeeded: 2 });
      const fickle = await person(world, `fickle ${++people}`, { grants: [["APPROVER", "risk.*"]] });
      const { id } = (await ask(ann, version)).transitionRequest;
      await review(fickle, id);
      if (end === "deactivated") await registry.mutate("deactivateActor", { actor: fickle.name });
      else await registry.mutate("revokeRole", { actor: fickle.name, role: "APPROVER", scope: "risk.*" });
      const { transitionRequest } = await review(rob, id);
      expect({ end, stage: transitionRequest.modelVersion.stage }).toEqual({ end, stage: "None" });
    }
  });

  it("of one name counts for no other: a model that is renamed to where he may review, and back", async () => {
    const { world, registry, ann, rob } = governed;
    await registry.mutate(
      "setPolicy",
      { model: "*", stage: "Staging", approvalsNeeded: 2 },
      "policy { revision }",
    );
    await registry.model("risk.wanderer");
    await ann.version("risk.wanderer");
    const { id } = (await ask(ann, "risk.wanderer/1", "Staging")).transitionRequest;
    await registry.mutate("renameModel", { model: "risk.wanderer", name: "lab.wanderer" });
    const mallory = await person(world, `mallory ${++people}`, { grants: [["APPROVER", "lab.*"]] });
    expect((await review(mallory, id)).userErrors).toEqual([]);
    await registry.mutate("renameModel", { model: "lab.wanderer", name: "risk.wanderer" });
    expect((await review(rob, id)).transitionRequest.modelVersion.stage).toBe("None");
    await registry.mutate("deletePolicy", { model: "*", stage: "Staging" }, "policy { id }");
  });

  it("who says the same again of the same adds nothing", async () => {
    const { ann, rob, world } = governed;
    const { version } = await candidateOf(governed, { approvalsNeeded: 2 });
    const { id } = (await ask(ann, version)).transitionRequest;
    await review(rob, id);
    const { eventHead } = await world.ask("{ eventHead }");
    expect((await review(rob, id)).transitionRequest.approvals).toHaveLength(1);
    expect((await world.ask("{ eventHead }")).eventHead).toBe(eventHead);
  });
});

describe("a policy", () => {
  it("is not switched off by a narrower one of somebody who may not set the wider one", async () => {
    const { mia, registry } = governed;
    const wide = { model: "*", stage: "Production", preset: "GUARDED" };
    await registry.mutate("setPolicy", wide, "policy { revision }");
    expect(await set(mia, { model: "risk.mine", stage: "Production" })).toMatchObject({
      denied: "FORBIDDEN",
    });
    await registry.mutate("deletePolicy", { model: "*", stage: "Production" }, "policy { id }");
    expect((await set(mia, { model: "risk.mine", stage: "Production" })).userErrors).toEqual([]);
  });

  it("is none of the stage where every version begins", async () => {
    expect(
      codes(await set(governed.mia, { model: "risk.first", stage: "None", approvalsNeeded: 1 })),
    ).toEqual(["INVALID"]);
  });

  it("is no longer than an event can tell", async () => {
    const formats = Array.from({ length: 20 }, (_, at) => `${at}`.padEnd(250, "x"));
    const gates = Array(25).fill({ kind: "FORMAT", formats });
    expect(codes(await set(governed.mia, { model: "risk.long", stage: "Production", gates }))).toEqual([
      "LIMIT",
    ]);
  });

  it("of the stage for retired versions holds for those that are archived for another, too", async () => {
    const { registry, world } = governed;
    await registry.model("risk.kept");
    for (const number of [1, 2]) {
      await registry.version("risk.kept");
      await registry.promote(`risk.kept/${number}`, "Production");
    }
    await registry.mutate(
      "setPolicy",
      { model: "risk.kept", stage: "Archived", approvalsNeeded: 1 },
      "policy { revision }",
    );
    const refused = await transition(world, "risk.kept/2", "Production", { archiveExisting: true });
    expect(refused.userErrors).toMatchObject([
      { code: "REFUSED_BY_POLICY", message: expect.stringContaining("Archived has a policy of its own") },
    ]);
  });
});

describe("a gate", () => {
  it("is not passed by pointing the alias that it measures by to the version itself", async () => {
    const { registry, mia } = governed;
    const gates = [{ kind: "METRIC", metric: "auc", compare: { op: "GE", alias: "champion" } }];
    const { model, version } = await candidateOf(governed, { gates });
    await registry.mutate("logModelVersionMetrics", { version, metrics: [{ key: "auc", value: 0.1 }] });
    await registry.mutate("setAlias", { model, alias: "champion", version: 1 });
    expect(codes(await transition(mia, version))).toEqual(["REFUSED_BY_POLICY"]);
  });

  it("compares to the last digit where no tolerance is given", async () => {
    const { registry, mia, ann } = governed;
    const gates = [{ kind: "METRIC", metric: "auc", compare: { op: "GE", stage: "Production" } }];
    const { model, version } = await candidateOf(governed, { gates });
    await ann.version(model);
    for (const one of [version, `${model}/2`]) {
      await registry.mutate("logModelVersionMetrics", {
        version: one,
        metrics: [{ key: "auc", value: 0.9123456789012347 }],
      });
    }
    for (const one of [version, `${model}/2`]) expect((await transition(mia, one)).userErrors).toEqual([]);
  });

  it("tells of a value that is cut within a letter of two halves", async () => {
    const { mia, ann } = governed;
    const value = `${"x".repeat(39)}😀😀`;
    const { version } = await candidateOf(governed, { gates: [{ kind: "TAG", key: "note" }] });
    await ann.mutate("setModelVersionTags", { version, set: [{ key: "note", value }] });
    expect(codes(await transition(mia, version))).toEqual([]);
  });
});

describe("a request", () => {
  it("is carried out for no more than was asked: not for others that are archived, nor from another stage", async () => {
    const { ann, rob, mia, registry } = governed;
    const gates = [{ kind: "TAG", key: "later" }];
    const { version } = await candidateOf(governed, { approvalsNeeded: 1, gates });
    const { id } = (await ask(ann, version)).transitionRequest;
    await review(rob, id);
    await registry.mutate("setModelVersionTags", { version, set: [{ key: "later", value: "now" }] });
    expect(codes(await transition(mia, version, "Production", { archiveExisting: true }))).toEqual([
      "APPROVAL_REQUIRED",
    ]);
    await registry.promote(version, "Archived");
    expect(codes(await transition(mia, version))).toEqual(["APPROVAL_REQUIRED"]);
    expect((await review(governed.rita, id)).userErrors).toMatchObject([
      { code: "CONFLICT", message: expect.stringContaining("withdraw it and ask anew") },
    ]);
  });

  it("takes no version out of a live stage where neither who asks nor who approves may", async () => {
    const { ann, rob, mia, registry } = governed;
    const { version } = await candidateOf(governed, {});
    await registry.promote(version, "Production");
    const { id } = (await ask(ann, version, "Archived")).transitionRequest;
    const decided = await review(rob, id);
    expect(decided).toMatchObject({
      transitionRequest: { status: "APPROVED", modelVersion: { stage: "Production" } },
      verdict: { allowed: false },
    });
    expect((await transition(mia, version, "Archived")).userErrors).toEqual([]);
  });

  it("ends with its version", async () => {
    const { ann, registry } = governed;
    const { version } = await candidateOf(governed);
    const { id } = (await ask(ann, version)).transitionRequest;
    await registry.mutate("deleteModelVersion", { version });
    const { transitionRequest } = await ann.ask(
      `{ transitionRequest(id: "${id}") { status verdict { allowed } } }`,
    );
    expect(transitionRequest).toEqual({ status: "WITHDRAWN", verdict: null });
  });

  it("that looks back at an emergency is not taken back by who caused it, and each emergency has its own", async () => {
    const { mia, registry, world } = governed;
    const { model, version } = await candidateOf(governed, {
      approvalsNeeded: 1,
      breakGlassRoles: ["MAINTAINER"],
    });
    for (const _ of [1, 2]) {
      await transition(mia, version, "Production", { breakGlass: { reason: "now" } });
      await registry.promote(version, "None");
    }
    const { transitionRequests } = await world.ask(
      `{ transitionRequests(filter: { model: "${model}" }) { nodes { id status } } }`,
    );
    expect(transitionRequests.nodes.map(({ status }: { status: string }) => status)).toEqual([
      "PENDING",
      "PENDING",
    ]);
    const withdrawn = await attempt(
      mia,
      "withdrawTransition",
      { request: transitionRequests.nodes[0].id },
      "transitionRequest { id }",
    );
    expect(codes(withdrawn)).toEqual(["CONFLICT"]);
  });
});
