import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import {
  ask,
  candidateOf,
  type Governed,
  review,
  startGoverned,
  verdictFields,
} from "../support/governed.ts";

let governed: Governed;
let people = 0;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

/** As a reader of the request is told. */
async function read(who: Person, id: string) {
  return (await who.ask(`{ transitionRequest(id: "${id}") { ${verdictFields} } }`)).transitionRequest.verdict;
}

/** The checks that fail. */
function failed({ checks }: { checks: { name: string; passed: boolean }[] }): string[] {
  return checks.filter(({ passed }) => !passed).map(({ name }) => name);
}

function contributor(): Promise<Person> {
  return person(governed.world, `contributor${++people}`, { grants: [["CONTRIBUTOR", "risk.*"]] });
}

describe("a request's verdict", () => {
  it("is what its review answers, where neither who asked nor who approves has what the move takes", async () => {
    const { ann, mia, rob, rita, registry } = governed;
    const { version } = await candidateOf(governed, {});
    await registry.promote(version, "Production");
    const asked = await ask(ann, version, "Archived");
    const { id } = asked.transitionRequest;
    expect(failed(asked.verdict)).toEqual(["approvals", "rights"]);
    expect(await read(ann, id)).toEqual(asked.verdict);
    const decided = await review(rob, id);
    expect(decided).toMatchObject({ verdict: { allowed: false }, transitionRequest: { status: "APPROVED" } });
    expect(failed(decided.verdict)).toEqual(["rights"]);
    for (const reader of [ann, rob, rita]) expect(await read(reader, id)).toEqual(decided.verdict);
    // She has the rights herself.
    expect(await read(mia, id)).toMatchObject({ allowed: true });
  });

  it("is allowed by the rights of who asked, whoever reads it", async () => {
    const { ann, mia, rob, registry } = governed;
    const { version } = await candidateOf(governed, { gates: [{ kind: "TAG", key: "audited" }] });
    await registry.promote(version, "Staging");
    const { id } = (await ask(mia, version)).transitionRequest;
    const decided = await review(rob, id);
    expect(failed(decided.verdict)).toEqual(["tag audited"]);
    expect(await read(ann, id)).toEqual(decided.verdict);
  });

  it.each([
    ["has lost the role that the policy asks for", "revokeRole", { role: "CONTRIBUTOR", scope: "risk.*" }],
    ["has been deactivated", "deactivateActor", {}],
  ])("fails where who asked %s, as its review does", async (_, mutation, input) => {
    const { ann, rob, registry } = governed;
    const { version } = await candidateOf(governed, { approvalsNeeded: 1, promoterRoles: ["CONTRIBUTOR"] });
    const requester = await contributor();
    const { id } = (await ask(requester, version)).transitionRequest;
    expect(failed(await read(ann, id))).toEqual(["approvals"]);
    await registry.mutate(mutation, { actor: requester.name, ...input });
    expect(failed(await read(ann, id))).toEqual(["promoter role", "approvals"]);
    const decided = await review(rob, id);
    expect(decided).toMatchObject({ transitionRequest: { status: "APPROVED" } });
    expect(failed(decided.verdict)).toEqual(["promoter role"]);
    expect(await read(ann, id)).toEqual(decided.verdict);
    // Nor does a reader who holds that role stand in for who asked.
    expect(failed(await read(await contributor(), id))).toEqual(["promoter role"]);
  });
});
