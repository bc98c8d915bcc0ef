import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { StemmaClient } from "../../src/client/client.ts";
import { reviewTransitionDocument } from "../../src/demo/documents.ts";
import { loadCompany } from "../../src/demo/loader.ts";
import { BrokenLine, cutAfter } from "../support/broken-line.ts";
import { startWorld, type World } from "../support/world.ts";

const today = "2026-03-31";
const mail = (person: string) => ({ name: `${person}@kestrel.example` });

const clientOf = ({ url, token }: World) => new StemmaClient({ url, token });

async function policyOf(world: World, model: string) {
  const { model: found } = await world.ask(
    `query ($model: String!) { model(name: $model) { policy(stage: "Production") {
      model revision approvalsNeeded isFourEyes promoterRoles breakGlassRoles maxVersions onFull
      rollbackNeedsApproval rollbackAliases gates { kind }
    } } }`,
    { model },
  );
  const { gates, ...policy } = found.policy;
  return { ...policy, gates: gates.map(({ kind }: { kind: string }) => kind) };
}

/** The version, its latest move, and all that was asked about it. */
async function versionIn(world: World, version: string) {
  const { modelVersion } = await world.ask(
    `query ($version: VersionRef!) { modelVersion(ref: $version) {
      number stage aliases evidenceDigest createdBy { name }
      card { isFresh confirmedBy { name } }
      validations { validator organisation createdBy { name } }
      transitions { nodes {
        from to actor { name } comment isImported isAutomatic isBreakGlass policyRevision
        request { id requestedBy { name } reason }
        approvals { reviewer { name } comment evidenceDigest policyRevision }
        verdict { allowed checks { name passed } }
      } }
      requests {
        id status to isAfterReview reason requestedBy { name }
        approvals { reviewer { name } decision comment isStale evidenceDigest }
        verdict { allowed checks { name passed } }
      }
    } }`,
    { version },
  );
  return modelVersion;
}

const failedOf = ({ checks }: { checks: { name: string; passed: boolean }[] }) =>
  checks.filter(({ passed }) => !passed).map(({ name }) => name);

/** Each request in a line, without what differs between two loads. */
async function requestsIn(world: World): Promise<string[]> {
  const { transitionRequests } = await world.ask(`{ transitionRequests(first: 100) { nodes {
    status isAfterReview modelVersion { uri } requestedBy { name }
    approvals { decision isStale reviewer { name } }
  } } }`);
  return transitionRequests.nodes.map((request: object) => JSON.stringify(request));
}

describe("in the demo company", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
    await loadCompany(clientOf(world), today);
    return world.close;
  });

  it("policies guard what serves, the narrowest first", async () => {
    expect(await policyOf(world, "risk.credit-scoring")).toMatchObject({
      model: "risk.*",
      approvalsNeeded: 2,
      isFourEyes: true,
      promoterRoles: ["ADMIN", "MAINTAINER"],
      gates: ["CARD", "LINEAGE", "SIGNATURE"],
    });
    expect(await policyOf(world, "risk.fraud-detector")).toMatchObject({
      model: "risk.fraud-detector",
      approvalsNeeded: 2,
      maxVersions: 1,
      onFull: "ARCHIVE_EXISTING",
      rollbackNeedsApproval: false,
      rollbackAliases: ["champion"],
      gates: ["METRIC", "METRIC", "COMPATIBLE_SIGNATURE", "LINEAGE", "CARD", "VALIDATION"],
    });
    expect(await policyOf(world, "support.ticket-router")).toMatchObject({
      model: "support.*",
      approvalsNeeded: 1,
      breakGlassRoles: ["MAINTAINER"],
    });
  });

  it("two others let in what one asked for and another registered, on evidence that stands", async () => {
    const version = await versionIn(world, "risk.fraud-detector/Production");
    const [entry] = version.transitions.nodes;
    const { evidenceDigest } = version;
    const bond = { evidenceDigest, policyRevision: 1 };
    expect(version).toMatchObject({ number: 9, aliases: ["champion"], createdBy: mail("ines") });
    expect(version.card).toEqual({ isFresh: true, confirmedBy: mail("ines") });
    expect(version.validations).toMatchObject([
      { organisation: "Halden Model Review", createdBy: mail("petra") },
    ]);
    expect(entry).toMatchObject({
      from: "Staging",
      to: "Production",
      isBreakGlass: false,
      policyRevision: 1,
      request: { requestedBy: mail("nadia"), reason: expect.stringContaining("Corrected labels") },
      approvals: [
        { reviewer: mail("petra"), comment: expect.stringContaining("The labels are"), ...bond },
        { reviewer: mail("samir"), comment: expect.stringContaining("Validated from outside"), ...bond },
      ],
    });
    expect(failedOf(entry.verdict)).toEqual([]);
    expect(entry.verdict.checks.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(["metric roc_auc", "metric declined_share", "card", "validation", "approvals"]),
    );
  });

  it("one request waits for the second of two approvals, and for nothing else", async () => {
    const { stage, requests } = await versionIn(world, "risk.chargeback-forecast/6");
    expect(stage).toBe("Staging");
    expect(requests).toMatchObject([
      {
        status: "PENDING",
        requestedBy: mail("nadia"),
        approvals: [{ reviewer: mail("petra"), decision: "APPROVE", isStale: false }],
      },
    ]);
    expect(failedOf(requests[0].verdict)).toEqual(["approvals"]);
  });

  it("one was rejected, and the reason is on record", async () => {
    const { stage, requests } = await versionIn(world, "risk.credit-scoring/7");
    expect(stage).toBe("None");
    const approvals = [
      { reviewer: mail("samir"), decision: "REJECT", comment: expect.stringContaining("low income band") },
    ];
    expect(requests).toMatchObject([{ status: "REJECTED", approvals }]);
  });

  it("one approval is stale, as it was given for other evidence", async () => {
    const { stage, evidenceDigest, requests } = await versionIn(world, "support.reply-writer/6");
    expect(stage).toBe("Staging");
    expect(requests).toMatchObject([
      { status: "STALE", approvals: [{ reviewer: mail("lena"), decision: "APPROVE", isStale: true }] },
    ]);
    expect(requests[0].approvals[0].evidenceDigest).not.toBe(evidenceDigest);
  });

  it("the glass was broken once, and others have yet to look at it", async () => {
    const { stage, transitions, requests } = await versionIn(world, "support.reply-ranker/5");
    expect(stage).toBe("Production");
    expect(transitions.nodes[0]).toMatchObject({
      to: "Production",
      actor: mail("aoife"),
      isBreakGlass: true,
      comment: expect.stringContaining("agents see none of them"),
      request: null,
      approvals: [],
    });
    expect(failedOf(transitions.nodes[0].verdict)).toEqual(["card", "approvals"]);
    expect(requests).toMatchObject([
      { status: "PENDING", isAfterReview: true, requestedBy: mail("aoife"), approvals: [] },
    ]);
  });

  it("production was given back to the version before, and the failed one was put away", async () => {
    const [back, failed] = [
      await versionIn(world, "risk.fraud-detector/6"),
      await versionIn(world, "risk.fraud-detector/8"),
    ];
    expect(
      back.transitions.nodes.filter(({ isImported }: { isImported: boolean }) => !isImported),
    ).toMatchObject([
      { from: "Production", to: "Archived", isAutomatic: true },
      {
        from: "Archived",
        to: "Production",
        actor: mail("nadia"),
        comment: expect.stringContaining("refunds are fraud"),
        approvals: [],
      },
    ]);
    expect(failed.stage).toBe("Archived");
    expect(failed.transitions.nodes[0]).toMatchObject({ from: "Production", actor: mail("nadia") });
    const { registryEvents } = await world.ask(
      `{ registryEvents(first: 100, filter: { model: "risk.fraud-detector", types: ["alias.set"] }) {
        nodes { actor { name } payload groupSeq }
      } }`,
    );
    expect(registryEvents.nodes).toContainEqual(
      expect.objectContaining({
        actor: mail("nadia"),
        payload: expect.objectContaining({ alias: "champion", from: 8, to: 6 }),
      }),
    );
  });

  it("nobody approved what he asked for or registered", async () => {
    const { transitionRequests } = await world.ask(`{ transitionRequests(first: 100) { nodes {
      requestedBy { name } modelVersion { createdBy { name } } approvals { reviewer { name } }
    } } }`);
    for (const { requestedBy, modelVersion, approvals } of transitionRequests.nodes) {
      const reviewers = approvals.map(({ reviewer }: { reviewer: { name: string } }) => reviewer.name);
      expect(reviewers).not.toContain(requestedBy.name);
      expect(reviewers).not.toContain(modelVersion.createdBy.name);
    }
    expect(transitionRequests.nodes).toHaveLength(6);
  });

  it("people act by tokens of their own, which end within a day", async () => {
    const { actors } = await world.ask(`{ actors(first: 100, filter: { kind: PERSON }) { nodes {
      name grants(first: 10) { nodes { role } } tokens { nodes { expiresAt } }
    } } }`);
    const latest = Date.now() + 24 * 3600 * 1000;
    for (const { tokens } of actors.nodes) {
      expect(tokens.nodes).toHaveLength(1);
      expect(Date.parse(tokens.nodes[0].expiresAt)).toBeLessThanOrEqual(latest);
    }
    const roles = new Set(
      actors.nodes.map(({ grants }: { grants: { nodes: { role: string }[] } }) => grants.nodes[0]!.role),
    );
    expect([...roles].sort()).toEqual(["APPROVER", "CONTRIBUTOR", "MAINTAINER"]);
  });

  it("a load that broke off between two approvals ends in the same", async () => {
    const broken = await startWorld();
    onTestFinished(broken.close);
    const line = new BrokenLine(broken, cutAfter(3, reviewTransitionDocument));
    await expect(loadCompany(line, today)).rejects.toThrow("the line is dead");
    const half = await versionIn(broken, "risk.fraud-detector/9");
    expect(half.requests).toMatchObject([{ status: "PENDING", approvals: [{ reviewer: mail("petra") }] }]);
    await loadCompany(clientOf(broken), today);
    expect(await requestsIn(broken)).toEqual(await requestsIn(world));
  });
});
