import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { ask, codes, type Governed, review, startGoverned } from "../support/governed.ts";
import { line, rollback } from "../support/returns.ts";
import { take } from "../support/world.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const back = (input: object, who?: Person) => rollback(governed, input, who);
const inLine = (versions: number, policy?: object) => line(governed, versions, policy);

describe("a rollback", () => {
  it("gives the stage back to the version that left it last, in one group of events, with the reason on each", async () => {
    const { world, registry } = governed;
    const model = await inLine(3, { rollbackAliases: ["champion"] });
    await registry.mutate("setAlias", { model, alias: "champion", version: 3 });
    const { eventHead } = await world.ask("{ eventHead }");
    expect(await back({ model, stage: "production" })).toMatchObject({
      userErrors: [],
      modelVersion: { number: 2, stage: "Production" },
      archived: [{ number: 3, stage: "Archived" }],
      stageChanges: [
        {
          from: "Archived",
          to: "Production",
          comment: "it fails",
          isAutomatic: false,
          modelVersion: { number: 2 },
        },
        {
          from: "Production",
          to: "Archived",
          comment: "it fails",
          isAutomatic: true,
          modelVersion: { number: 3 },
        },
      ],
      verdict: { allowed: true },
    });
    const { registryEvents, modelVersion } = await world.ask(
      `query ($after: EventCursor) { registryEvents(after: $after) { nodes { type groupSeq } } modelVersion(ref: "${model}@champion") { number } }`,
      { after: eventHead },
    );
    expect(modelVersion.number).toBe(2);
    expect(registryEvents.nodes.map(({ type }: { type: string }) => type).sort()).toEqual([
      "alias.set",
      "stage.changed",
      "stage.changed",
    ]);
    expect(new Set(registryEvents.nodes.map(({ groupSeq }: { groupSeq: number }) => groupSeq)).size).toBe(1);
  });

  it("goes to a version that is named, if it is there and has stood in the stage before", async () => {
    const model = await inLine(3);
    await governed.ann.version(model);
    expect((await back({ model, to: 1 })).modelVersion).toEqual({ number: 1, stage: "Production" });
    expect(codes(await back({ model, to: 1 }))).toEqual(["CONFLICT"]);
    expect(codes(await back({ model, to: 4 }))).toEqual(["REFUSED_BY_POLICY"]);
    expect(codes(await back({ model, to: 9 }))).toEqual(["NOT_FOUND"]);
    expect(codes(await back({ model: await inLine(1) }))).toEqual(["REFUSED_BY_POLICY"]);
  });

  it("takes a reason, and the right to the stage", async () => {
    const { world } = governed;
    const model = await inLine(2);
    expect(codes(await back({ model, reason: "  " }))).toEqual(["INVALID"]);
    const viewer = await person(world, "viewer", { grants: [["VIEWER", "risk.*"]] });
    expect(await back({ model }, viewer)).toMatchObject({ denied: "FORBIDDEN" });
  });

  it("says without a trace what it would do", async () => {
    const { world } = governed;
    const model = await inLine(2);
    const { eventHead } = await world.ask("{ eventHead }");
    expect(await back({ model, dryRun: true })).toMatchObject({
      modelVersion: { number: 1, stage: "Archived" },
      archived: [{ number: 2, stage: "Production" }],
      stageChanges: [],
      verdict: {
        allowed: true,
        effects: [`${model}/1: Archived → Production`, `${model}/2: Production → Archived`],
      },
    });
    expect((await world.ask("{ eventHead }")).eventHead).toBe(eventHead);
  });

  it("takes the approvals that the policy asks for, unless it does without them here; gates are not asked again", async () => {
    const { ann, rob } = governed;
    const gates = [{ kind: "SIGNATURE" }];
    const strict = await inLine(2, { approvalsNeeded: 1, gates });
    expect(codes(await back({ model: strict }))).toEqual(["APPROVAL_REQUIRED"]);
    const quick = await inLine(2, { approvalsNeeded: 1, gates, rollbackNeedsApproval: false });
    expect(await back({ model: quick })).toMatchObject({ userErrors: [], modelVersion: { number: 1 } });
    const asked = (await ask(ann, `${strict}/1`)).transitionRequest;
    await review(rob, asked.id);
    expect((await back({ model: strict })).modelVersion).toEqual({ number: 1, stage: "Production" });
    const { transitionRequest } = await rob.ask(`{ transitionRequest(id: "${asked.id}") { status } }`);
    expect(transitionRequest.status).toBe("APPLIED");
  });

  it("counts no approval that was given for a move from elsewhere", async () => {
    const { ann, rob, registry } = governed;
    const model = await inLine(2, { approvalsNeeded: 1, gates: [{ kind: "SIGNATURE" }] });
    const asked = (await ask(ann, `${model}/1`)).transitionRequest;
    expect((await review(rob, asked.id)).transitionRequest).toMatchObject({
      from: "Archived",
      status: "APPROVED",
    });
    await registry.promote(`${model}/1`, "Staging");
    expect(codes(await back({ model }))).toEqual(["APPROVAL_REQUIRED"]);
    await registry.promote(`${model}/1`, "Archived");
    expect((await back({ model })).modelVersion).toEqual({ number: 1, stage: "Production" });
  });

  it("ends the request for it, though it takes no approval", async () => {
    const { ann } = governed;
    const model = await inLine(2, { approvalsNeeded: 1, rollbackNeedsApproval: false });
    const { id } = (await ask(ann, `${model}/1`)).transitionRequest;
    expect((await back({ model })).userErrors).toEqual([]);
    const { transitionRequest } = await ann.ask(`{ transitionRequest(id: "${id}") { status } }`);
    expect(transitionRequest.status).toBe("APPLIED");
  });
});

describe("a candidate that came into production by a misused latest", () => {
  it("could not: latest names no version for a stage or an alias, and is no alias", async () => {
    const { registry } = governed;
    const model = await inLine(1);
    await governed.ann.version(model);
    for (const version of [`${model}@latest`, `${model}/latest`]) {
      expect((await registry.refusal("transitionModelVersion", { version, to: "Production" })).code).toBe(
        "INVALID",
      );
      expect(
        (await registry.refusal("requestTransition", { version, to: "Production" }, "verdict { allowed }"))
          .code,
      ).toBe("INVALID");
    }
    expect((await registry.refusal("setAlias", { model, alias: "latest", version: 2 })).code).toBe("INVALID");
  });

  it("is taken out by one rollback, which subscribers are told at once", async () => {
    const { world, registry } = governed;
    const model = await inLine(1);
    await governed.ann.version(model);
    await registry.promote(`${model}/2`, "Production", { archiveExisting: true });
    const changes = world.subscribe(
      'subscription ($model: String) { stageChanged(model: $model, after: "start") { to modelVersion { number } } }',
      { model },
    );
    await take(changes, 3);
    await back({ model });
    const told = (await take(changes, 2)).map(({ data }) => data!.stageChanged);
    expect(told).toEqual([
      { to: "Production", modelVersion: { number: 1 } },
      { to: "Archived", modelVersion: { number: 2 } },
    ]);
    const { modelVersion } = await world.ask(`{ modelVersion(ref: "${model}/Production") { number } }`);
    expect(modelVersion.number).toBe(1);
  });

  it("is out within a second of the answer for subscribers, too, who hear of it in order", async () => {
    const { world } = governed;
    const model = await inLine(2);
    const changes = world.subscribe(
      'subscription ($model: String) { stageChanged(model: $model, after: "start") { to modelVersion { number } } }',
      { model },
    );
    await take(changes, 3);
    const heard = take(changes, 2).then((told) => ({ told, at: performance.now() }));
    await back({ model });
    const answered = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("a second after the answer, nothing was heard")), 1_000);
    });
    const { told, at } = await Promise.race([heard, late]).finally(() => clearTimeout(timer));
    console.log(`heard of it ${(at - answered).toFixed(1)} ms after the answer`);
    expect(told.map(({ data }) => data!.stageChanged)).toEqual([
      { to: "Production", modelVersion: { number: 1 } },
      { to: "Archived", modelVersion: { number: 2 } },
    ]);
  });

  it("leaves name/Production to the other one at once where one of two is archived", async () => {
    const { world, registry, ann } = governed;
    const model = await inLine(1);
    await ann.version(model);
    await registry.promote(`${model}/2`, "Production");
    const serving = async () =>
      (await world.ask(`{ modelVersion(ref: "${model}/Production") { number } }`)).modelVersion.number;
    expect(await serving()).toBe(2);
    await registry.promote(`${model}/2`, "Archived");
    expect(await serving()).toBe(1);
  });
});
