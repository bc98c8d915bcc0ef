import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { attempt, codes, type Governed, startGoverned } from "../support/governed.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const set = (who: Person | Governed["world"], input: object) =>
  attempt(who, "setPolicy", input, "policy { id revision isSet approvalsNeeded viewerCanSet }");
const tried = (who: Person, input: object) => set(who, { ...input, dryRun: true });

describe("a policy", () => {
  it("is tried out by who may read it, who is told how it would be and whether he may set it", async () => {
    const { world, mia, ann } = governed;
    const stranger = await person(world, "a stranger", { grants: [["VIEWER", "growth.*"]] });
    const { eventHead } = await world.ask("{ eventHead }");
    const policy = { model: "risk.tried", stage: "Staging", approvalsNeeded: 2 };
    const draft = { id: "pol_0", revision: 1, isSet: true, approvalsNeeded: 2 };
    expect((await tried(ann, policy)).policy).toEqual({ ...draft, viewerCanSet: false });
    expect((await tried(mia, policy)).policy).toEqual({ ...draft, viewerCanSet: true });
    expect((await tried(mia, { ...policy, model: "*" })).policy).toMatchObject({ viewerCanSet: false });
    expect(codes(await tried(ann, { ...policy, approverRoles: ["NOBODY"] }))).toEqual(["NOT_FOUND"]);
    expect(codes(await tried(ann, { ...policy, expectedRevision: 1 }))).toEqual(["CONFLICT"]);
    expect(await tried(stranger, policy)).toMatchObject({ denied: "FORBIDDEN" });
    expect((await world.ask("{ eventHead }")).eventHead).toBe(eventHead);

    const { policy: there } = await set(mia, policy);
    expect((await tried(ann, policy)).policy).toEqual({ ...draft, id: there.id, viewerCanSet: false });
    const changed = { id: there.id, revision: 2, approvalsNeeded: 3 };
    expect((await tried(ann, { ...policy, approvalsNeeded: 3 })).policy).toMatchObject(changed);
    expect((await set(world, policy)).policy).toMatchObject({ id: there.id, revision: 1 });
  });

  it("is not to be set by who may not set the wider one that it would switch off", async () => {
    const { world } = governed;
    await set(world, { model: "risk.kept.*", stage: "Staging", approvalsNeeded: 1 });
    const near = await person(world, "somebody near", { grants: [["MAINTAINER", "risk.kept.one"]] });
    const narrow = { model: "risk.kept.one", stage: "Staging" };
    const { policy } = await tried(near, narrow);
    expect(policy).toMatchObject({ viewerCanSet: false });
    expect(await set(near, narrow)).toMatchObject({ denied: "FORBIDDEN" });
  });
});
