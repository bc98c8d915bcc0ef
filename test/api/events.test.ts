import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { startWorld, type World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
  return world.close;
});

const create = `mutation ($input: CreateModelInput!) { createModel(input: $input) { model { id name } userErrors { message } } }`;
const update = `mutation ($input: UpdateModelInput!) { updateModel(input: $input) { userErrors { message } } }`;

async function createModel(name: string, more: object = {}): Promise<string> {
  const { createModel: made } = await world.ask(create, { input: { name, ...more } });
  expect(made.userErrors).toEqual([]);
  return made.model.id;
}

async function redescribe(model: string, description: string): Promise<void> {
  const { updateModel: done } = await world.ask(update, { input: { model, description } });
  expect(done.userErrors).toEqual([]);
}

const page = `query ($after: EventCursor, $filter: EventFilter, $first: Int) {
  registryEvents(after: $after, filter: $filter, first: $first) {
    edges { cursor node { cursor seq } }
    nodes { seq groupSeq type cursor payload subject { id } actor { name } isImported attributedTo }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount
  }
}`;

const eventsOf = async (variables: object) => (await world.ask(page, { ...variables })).registryEvents;
const head = async (): Promise<string> => (await world.ask("{ eventHead }")).eventHead;

describe("registryEvents", () => {
  it("tells of each change of a model, oldest first, with its texts, its subject and its actor", async () => {
    const id = await createModel("told", { description: "What it is for", owner: "ml-team" });
    await redescribe("told", "Something else");
    const { nodes, totalCount } = await eventsOf({ filter: { model: "told" } });
    expect(totalCount).toBe(2);
    expect(nodes).toMatchObject([
      {
        type: "model.created",
        payload: { name: "told", description: "What it is for", owner: "ml-team" },
        subject: { id },
        actor: { name: "administrator" },
        isImported: false,
        attributedTo: null,
      },
      { type: "model.updated", payload: { changed: ["description"], description: "Something else" } },
    ]);
  });

  it("is read page by page with event cursors, and the pages joined are the whole", async () => {
    const before = await head();
    const names = Array.from({ length: 7 }, (_, index) => `paged-${index}`);
    for (const name of names) await createModel(name);
    const seen: string[] = [];
    for (let after = before; ; ) {
      const { edges, nodes, pageInfo } = await eventsOf({ after, first: 3 });
      seen.push(...nodes.map((node: { payload: { name: string } }) => node.payload.name));
      for (const { cursor, node } of edges) expect(cursor).toBe(node.cursor);
      expect(pageInfo.hasPreviousPage).toBe(true);
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual(names);
    const atEnd = await eventsOf({ after: await head() });
    expect(atEnd.nodes).toEqual([]);
    expect(atEnd.pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: true,
      startCursor: null,
      endCursor: null,
    });
  });

  it("begins at the first event where no cursor is given, or start", async () => {
    await createModel("a-first-one");
    const fromNothing = await eventsOf({ first: 1 });
    expect(fromNothing.nodes[0].seq).toBe(1);
    expect(fromNothing.pageInfo.hasPreviousPage).toBe(false);
    expect(await eventsOf({ first: 1, after: "start" })).toEqual(fromNothing);
  });

  it("filters by type, model, subject and actor, alone and together", async () => {
    const before = await head();
    const a = await createModel("filtered-a");
    const b = await createModel("filtered-b");
    await redescribe("filtered-a", "changed");
    const { actor } = (await world.ask("{ viewer { actor { id } } }")).viewer;
    const told = async (filter: object) =>
      (await eventsOf({ after: before, filter })).nodes.map(
        ({ type, subject }: { type: string; subject: { id: string } }) => [type, subject.id],
      );
    const [createdA, createdB, updatedA] = [
      ["model.created", a],
      ["model.created", b],
      ["model.updated", a],
    ];
    expect(await told({})).toEqual([createdA, createdB, updatedA]);
    expect(await told({ types: ["model.created"] })).toEqual([createdA, createdB]);
    expect(await told({ types: ["model.updated", "model.created", "model.updated"] })).toEqual([
      createdA,
      createdB,
      updatedA,
    ]);
    expect(await told({ model: "filtered-a" })).toEqual([createdA, updatedA]);
    expect(await told({ model: a })).toEqual([createdA, updatedA]);
    expect(await told({ model: a, types: ["model.updated"] })).toEqual([updatedA]);
    expect(await told({ subject: b })).toEqual([createdB]);
    expect(await told({ subject: b, model: a })).toEqual([]);
    expect(await told({ subject: a, types: ["model.created"] })).toEqual([createdA]);
    expect(await told({ actor: actor.id })).toEqual([createdA, createdB, updatedA]);
    expect(await told({ types: ["no.such.type"] })).toEqual([]);
    const { totalCount } = await eventsOf({ filter: { model: a } });
    expect(totalCount).toBe(2);
  });

  it.each([
    [{ first: 0 }, "BAD_USER_INPUT", "first: expected 1–100; got 0"],
    [{ first: 101 }, "BAD_USER_INPUT", "first: expected 1–100; got 101"],
    [{ after: "nonsense" }, "BAD_USER_INPUT", "after: expected an event cursor"],
    [{ after: "" }, "BAD_USER_INPUT", "after: expected an event cursor"],
    [
      { after: Buffer.from("1.0123456789abcdef").toString("base64url") },
      "CURSOR_EXPIRED",
      "after: this journal holds no such event",
    ],
    [
      { after: Buffer.from(`999999.${"0".repeat(16)}`).toString("base64url") },
      "CURSOR_EXPIRED",
      "after: this journal holds no such event",
    ],
    [{ filter: { model: "no such model" } }, "NOT_FOUND", "model no such model not found"],
    [{ filter: { subject: "fraud" } }, "BAD_USER_INPUT", "filter.subject: expected an id such as mv_42"],
    [{ filter: { actor: "mv_1" } }, "BAD_USER_INPUT", "filter.actor: expected an id act_…"],
    [{ filter: { types: [] } }, "BAD_USER_INPUT", "filter.types: expected 1–50 types; got 0"],
  ])("refuses %j", async (variables, code, message) => {
    const { data, errors } = await world.graphql(page, variables);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code } }]);
    expect(errors![0]!.message).toContain(message);
  });

  it("gives what it takes to check the chain without the server", async () => {
    await createModel("checked", { description: "Erasable" });
    const chained = `{ registryEvents(first: 100) { nodes { seq prevHash hash header body texts { field salt text } } } }`;
    const { nodes } = (await world.ask(chained)).registryEvents;
    let before = "0".repeat(64);
    for (const { seq, prevHash, hash, header, body, texts } of nodes) {
      expect(prevHash).toBe(before);
      expect(
        createHash("sha256")
          .update(prevHash + header + body)
          .digest("hex"),
      ).toBe(hash);
      expect(JSON.parse(header).seq).toBe(String(seq));
      for (const { field, salt, text } of texts) {
        const textHash = createHash("sha256")
          .update(salt + text)
          .digest("hex");
        expect(JSON.parse(body)[field]).toEqual({ textHash });
      }
      before = hash;
    }
    expect(nodes.at(-1).texts).toMatchObject([{ field: "description", text: "Erasable" }]);
  });

  it("costs the same few statements for any number of events", async () => {
    for (let count = 0; count < 5; count++) await createModel(`costly-${count}`, { description: "text" });
    const cost = async (first: number) =>
      (await world.statementsOf(() => eventsOf({ first, after: "start" }))).length;
    expect(await cost(20)).toBe(await cost(5));
  });
});
