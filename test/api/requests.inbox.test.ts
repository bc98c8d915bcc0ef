import { beforeAll, describe, expect, it } from "vitest";
import { changeRows, type Person, person } from "../support/access.ts";
import { runIdOf } from "../support/example.ts";
import {
  ask,
  candidateOf,
  codes,
  type Governed,
  policyOf,
  review,
  startGoverned,
  transition,
} from "../support/governed.ts";
import { fewestStatements } from "../support/statements.ts";
import { trackerOf } from "../support/tracker.ts";
import { take } from "../support/world.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

const question = `query ($filter: TransitionRequestFilter, $first: Int, $after: String, $last: Int, $before: String) {
  transitionRequests(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id viewerCanReview } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

interface Listed {
  totalCount: number;
  nodes: { id: string; viewerCanReview: boolean }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

async function list(who: Person, filter: object, page: object = {}): Promise<Listed> {
  const variables = { filter, first: "last" in page ? undefined : 100, ...page };
  return (await who.ask(question, { ...variables })).transitionRequests;
}

const idsOf = ({ nodes }: Pick<Listed, "nodes">) => nodes.map(({ id }) => id);

/** Of a model: what awaits this reviewer, which must be as many as are counted, and what does not. */
async function sorted(who: Person, model: string) {
  const [awaiting, others] = [
    await list(who, { model, awaitsMe: true }),
    await list(who, { model, awaitsMe: false }),
  ];
  expect(awaiting.totalCount).toBe(awaiting.nodes.length);
  expect(others.totalCount).toBe(others.nodes.length);
  return { awaiting: idsOf(awaiting), others: idsOf(others) };
}

/** A version with a run, of a model that takes two approvals, of which rob has given one. */
async function halfApproved(name: string) {
  const { ann, rob, world } = governed;
  const { model } = await candidateOf(governed, { approvalsNeeded: 2 });
  const tracker = trackerOf(world);
  const runId = runIdOf(`inbox ${name}`);
  await tracker.done("createExperiment", { name: `risk.inbox.${name}`, scope: `risk.inbox.${name}` });
  await tracker.run({ runId, experiment: `risk.inbox.${name}` });
  await ann.version(model, { runId });
  const version = `${model}/2`;
  const { id } = (await ask(ann, version)).transitionRequest;
  await review(rob, id);
  expect(await sorted(rob, model)).toEqual({ awaiting: [], others: [id] });
  return { model, version, runId, id };
}

describe("a reviewer's inbox", () => {
  it("shows again what he approved once the policy is another one, or the card, or the run", async () => {
    const { ann, rob, world } = governed;
    const changes = {
      policy: ({ model }: { model: string }) => policyOf(governed, model, { approvalsNeeded: 3 }),
      card: ({ version }: { version: string }) =>
        ann.mutate("setModelCard", { version, markdown: "# New words" }, "card { id }"),
      run: ({ runId }: { runId: string }) =>
        trackerOf(world).done("logRun", { runId, metrics: [{ key: "auc", value: 0.3 }] }),
    };
    for (const [name, change] of Object.entries(changes)) {
      const asked = await halfApproved(name);
      await change(asked);
      const { transitionRequest } = await rob.ask(
        `{ transitionRequest(id: "${asked.id}") { status viewerCanReview } }`,
      );
      expect(transitionRequest).toEqual({ status: "STALE", viewerCanReview: true });
      expect(await sorted(rob, asked.model)).toEqual({ awaiting: [asked.id], others: [] });
      await review(rob, asked.id);
      expect(await sorted(rob, asked.model)).toEqual({ awaiting: [], others: [asked.id] });
    }
  });

  it("leaves out what nobody can decide any more, since the version stands elsewhere now", async () => {
    const { ann, mia, rob } = governed;
    const { model, version } = await candidateOf(governed);
    const { id } = (await ask(ann, version)).transitionRequest;
    expect(await sorted(rob, model)).toEqual({ awaiting: [id], others: [] });
    await transition(mia, version, "Staging");
    expect(await sorted(rob, model)).toEqual({ awaiting: [], others: [id] });
    expect((await list(rob, { model })).nodes).toEqual([{ id, viewerCanReview: false }]);
    expect(codes(await review(rob, id))).toEqual(["CONFLICT"]);
  });

  it("leaves out what takes a role that he does not hold", async () => {
    const { ann, rob, registry, world } = governed;
    const permissions = ["registry:read", "transition:review"];
    await registry.mutate("defineRole", { name: "INBOX_OFFICER", permissions });
    const officer = await person(world, "inbox officer", { grants: [["INBOX_OFFICER", "risk.*"]] });
    const policy = { approvalsNeeded: 1, approverRoles: ["INBOX_OFFICER"] };
    const { model, version } = await candidateOf(governed, policy);
    const { id } = (await ask(ann, version)).transitionRequest;
    expect(await sorted(rob, model)).toEqual({ awaiting: [], others: [id] });
    expect(await sorted(officer, model)).toEqual({ awaiting: [id], others: [] });
  });

  it("shows one's own request only where the policy lets one decide on it", async () => {
    const { world, ann } = governed;
    const grants: [string, string][] = [
      ["CONTRIBUTOR", "risk.*"],
      ["APPROVER", "risk.*"],
    ];
    const both = await person(world, "asks and reviews", { grants });
    for (const isFourEyes of [false, true]) {
      const { model, version } = await candidateOf(governed, { approvalsNeeded: 1, isFourEyes });
      const { id, viewerCanReview } = (await ask(both, version)).transitionRequest;
      expect(viewerCanReview).toBe(!isFourEyes);
      const its = { awaiting: [id], others: [] };
      expect(await sorted(both, model)).toEqual(isFourEyes ? { awaiting: [], others: [id] } : its);
      // Who registered the version never reviews it.
      expect(await sorted(ann, model)).toEqual({ awaiting: [], others: [id] });
    }
  });

  it("leaves out what is decided, and what is about models on which one reviews nothing", async () => {
    const { ann, rob, rita, world } = governed;
    const { model, version } = await candidateOf(governed, { approvalsNeeded: 1 });
    const { id } = (await ask(ann, version)).transitionRequest;
    const elsewhere = await person(world, "reviews elsewhere", {
      grants: [
        ["VIEWER", "risk.*"],
        ["APPROVER", "lab.*"],
      ],
    });
    expect(await sorted(elsewhere, model)).toEqual({ awaiting: [], others: [id] });
    expect(await sorted(rita, model)).toEqual({ awaiting: [id], others: [] });
    await review(rob, id, "REJECT");
    expect(await sorted(rita, model)).toEqual({ awaiting: [], others: [id] });
  });

  it("is what the feed tells: not what was decided already, nor what others must decide", async () => {
    const { ann, rob, world } = governed;
    const { eventHead } = await world.ask("{ eventHead }");
    const decided = await halfApproved("feed");
    const roles = { approvalsNeeded: 1, approverRoles: ["ADMIN"] };
    await ask(ann, (await candidateOf(governed, roles)).version);
    const { version } = await candidateOf(governed, { approvalsNeeded: 1 });
    const { id } = (await ask(ann, version)).transitionRequest;
    const follow = () =>
      rob.subscribe(
        "subscription ($after: EventCursor) { transitionRequested(awaitsMe: true, after: $after) { transitionRequest { id } } }",
        { after: eventHead },
      );
    const told = async (count: number) =>
      (await take(follow(), count)).map(({ data }) => data!.transitionRequested.transitionRequest.id);
    expect(await told(1)).toEqual([id]);
    await policyOf(governed, decided.model, { approvalsNeeded: 3 });
    expect(await told(2)).toEqual([decided.id, id]);
  });
});

describe("the pages of an inbox", () => {
  /** Requests about one model, the latest first; every third one was decided by rob, and the policy was never changed. */
  async function backlog(count: number) {
    const { ann, rob, registry } = governed;
    const { model } = await candidateOf(governed, { approvalsNeeded: 2 });
    const tracker = trackerOf(governed.world);
    const experiment = `risk.backlog.${model}`;
    await tracker.done("createExperiment", { name: experiment, scope: experiment });
    const all: { id: string; isDecided: boolean }[] = [];
    for (let at = 0; at < count; at++) {
      const runId = runIdOf(`${experiment} ${at}`);
      await tracker.run({ runId, experiment, params: [{ key: "lr", value: String(at) }] });
      const { number } = await ann.version(model, { runId });
      const version = `${model}/${number}`;
      await registry.mutate("logModelVersionMetrics", { version, metrics: [{ key: "auc", value: at }] });
      const { id } = (await ask(ann, version)).transitionRequest;
      const isDecided = at % 3 === 0;
      if (isDecided) await review(rob, id);
      all.unshift({ id, isDecided });
    }
    const waiting = all.filter(({ isDecided }) => !isDecided).map(({ id }) => id);
    return { model, waiting, others: all.filter(({ isDecided }) => isDecided).map(({ id }) => id) };
  }

  it("are full, hold each request once, in order, and count all of them, in both directions", async () => {
    const { rob } = governed;
    const { model, waiting, others } = await backlog(9);
    const filters = [
      { awaitsMe: true, all: waiting },
      { awaitsMe: false, all: others },
    ];
    for (const { awaitsMe, all } of filters) {
      const filter = { model, awaitsMe, status: ["PENDING", "APPROVED"] };
      const first = await list(rob, filter, { first: 2 });
      const second = await list(rob, filter, { first: 100, after: first.pageInfo.endCursor });
      expect([...idsOf(first), ...idsOf(second)]).toEqual(all);
      expect(first).toMatchObject({ totalCount: all.length, pageInfo: { hasNextPage: true } });
      expect(second).toMatchObject({ totalCount: all.length, pageInfo: { hasNextPage: false } });
      const last = await list(rob, filter, { last: 2 });
      const before = await list(rob, filter, { last: 100, before: last.pageInfo.startCursor });
      expect([...idsOf(before), ...idsOf(last)]).toEqual(all);
    }
  });

  it("take as many statements, however many requests are open", async () => {
    const { rob, world } = governed;
    const [few, many] = [await backlog(3), await backlog(30)];
    const statementsOf = async ({ model, waiting }: { model: string; waiting: string[] }) => {
      const ask = async () =>
        expect((await list(rob, { model, awaitsMe: true })).totalCount).toBe(waiting.length);
      return (await fewestStatements(world, ask)).fewest;
    };
    const counts = { few: await statementsOf(few), many: await statementsOf(many) };
    console.info(counts);
    expect(counts.many).toBe(counts.few);
  });

  it("are refused where more open requests than 900 would have to be looked at, until a model is named", async () => {
    const { ann, world } = governed;
    const { model, version } = await candidateOf(governed, { approvalsNeeded: 1 });
    const { id } = (await ask(ann, version)).transitionRequest;
    const reviewer = await person(world, "reviews much", { grants: [["APPROVER", "risk.*"]] });
    const other = await candidateOf(governed, { approvalsNeeded: 1 });
    const { id: another } = (await ask(ann, other.version)).transitionRequest;
    // As if they had been asked for: each takes a version and a stage of its own.
    const copied = "modelId, versionId, fromStage, toStage, archiveExisting, isAfterReview, status";
    const more = "requestedById, groupsText, reason, createdAt, closedAt";
    const node = Number(id.slice("trq_".length));
    const copies = Array.from({ length: 899 }, (_, at) => 1_000_000 + at).map(
      (copy) =>
        `SELECT ${copy}, ${copied}, 'copy ${copy}', ${more} FROM transition_request WHERE id = ${node}`,
    );
    for (let at = 0; at < copies.length; at += 100) {
      const some = copies.slice(at, at + 100).join(" UNION ALL ");
      await changeRows(world, `INSERT INTO transition_request (id, ${copied}, openKey, ${more}) ${some}`);
    }
    for (const awaitsMe of [true, false]) {
      const { errors } = await reviewer.graphql(question, { filter: { awaitsMe } });
      expect(errors).toMatchObject([
        {
          message: expect.stringContaining("filter.awaitsMe: more than 900 open requests"),
          extensions: { code: "LIMIT" },
        },
      ]);
    }
    expect(await list(reviewer, { model, awaitsMe: true })).toMatchObject({ totalCount: 900 });
    expect(await sorted(reviewer, other.model)).toEqual({ awaiting: [another], others: [] });
  });
});
