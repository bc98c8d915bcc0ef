import { beforeAll, describe, expect, it } from "vitest";
import { inLanes } from "../support/registry.ts";
import { trackerOf } from "../support/tracker.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let tracker: ReturnType<typeof trackerOf>;

beforeAll(async () => {
  world = await startWorld();
  tracker = trackerOf(world);
  return world.close;
});

const sha = (start: string) => start.padEnd(40, "0");
const record = (input: object) => tracker.done("recordCommit", input);
const found = `query ($sha: String!, $repository: String) { commit(sha: $sha, repository: $repository) {
  id repository sha branch message committedAt attributedTo parents { sha } } }`;
const commitOf = async (start: string, repository?: string) =>
  (await world.ask(found, { sha: start, repository })).commit;

describe("recordCommit", () => {
  it("makes a commit known, with its parents, each by an event", async () => {
    const commit = await record({
      repository: "git@example.com:risk.git",
      sha: sha("ABC123"),
      branch: "main",
      message: "Train on loans\n\nBecause 🦊",
      committedAt: "2026-01-02T03:04:05.000Z",
      attributedTo: "Ada Lovelace <ada@example.com>",
      parents: [sha("abc122"), sha("abc121")],
    });
    expect(commit).toMatchObject({
      sha: sha("abc123"),
      message: "Train on loans\n\nBecause 🦊",
      parents: [{ sha: sha("abc122") }, { sha: sha("abc121") }],
    });
    const { node } = await world.ask(`query ($id: ID!) { node(id: $id) { ... on Commit { sha } } }`, commit);
    expect(node).toEqual({ sha: sha("abc123") });
    for (const { id } of [commit, ...commit.parents])
      expect(await tracker.eventsOf(id)).toEqual(["commit.recorded"]);
  });

  it("adds what was not told, and keeps what was", async () => {
    const { id } = await record({ sha: sha("f111"), branch: "main" });
    const more = { sha: sha("f111"), branch: "other", message: "now told" };
    for (const _ of [1, 2])
      expect(await record(more)).toMatchObject({ id, branch: "main", message: "now told" });
    const parents = [sha("f110")];
    for (const _ of [1, 2]) await record({ sha: sha("f111"), parents });
    expect(await tracker.eventsOf(id)).toEqual(["commit.recorded", "commit.updated", "commit.updated"]);
    expect((await commitOf(sha("f111"))).parents).toEqual([{ sha: sha("f110") }]);
  });

  it("takes a short sha for the commit that begins so", async () => {
    const { id } = await record({ sha: sha("5a5a5a5a") });
    expect((await record({ sha: "5a5a5a5", message: "short" })).id).toBe(id);
    const bare = await record({ sha: "1234567" });
    expect(bare.sha).toBe("1234567");
    expect((await record({ sha: sha("5b"), parents: ["5a5a5a5a"] })).parents).toEqual([
      { id, sha: sha("5a5a5a5a") },
    ]);
    await record({ sha: sha("5a5a5a5b") });
    expect(await tracker.refusal("recordCommit", { sha: "5a5a5a5" })).toMatchObject({ code: "INVALID" });
  });

  it("refuses parents in a ring, and itself", async () => {
    await record({ sha: sha("aa1"), parents: [sha("aa2")] });
    for (const parent of ["aa1", "aa2"]) {
      const input = { sha: sha(parent === "aa1" ? "aa1" : "aa2"), parents: [sha("aa1")] };
      expect(await tracker.refusal("recordCommit", input)).toMatchObject({ code: "CONFLICT" });
    }
  });

  it("makes one of sixteen that come at once", async () => {
    const made = await inLanes(16, 16, () => record({ sha: sha("16"), parents: [sha("15")] }));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(await tracker.eventsOf(made[0].id)).toEqual(["commit.recorded"]);
  });

  it.each([
    [{ sha: "" }, "INVALID", "sha"],
    [{ sha: "123456" }, "INVALID", "sha"],
    [{ sha: "g".repeat(40) }, "INVALID", "sha"],
    [{ sha: "a".repeat(65) }, "INVALID", "sha"],
    [{ sha: `${"a".repeat(39)}\u0000` }, "INVALID", "sha"],
    [{ parents: ["nope"] }, "INVALID", "parents.0"],
    [{ parents: Array(101).fill(sha("1")) }, "LIMIT", "parents"],
    [{ repository: " x" }, "INVALID", "repository"],
    [{ branch: "x".repeat(256) }, "INVALID", "branch"],
    [{ message: "x".repeat(16_001) }, "INVALID", "message"],
    [{ message: "a\u0000b" }, "INVALID", "message"],
    [{ attributedTo: "a\nb" }, "INVALID", "attributedTo"],
  ])("refuses %#", async (input, code, path) => {
    expect(await tracker.refusal("recordCommit", { sha: sha("e1"), ...input })).toMatchObject({
      code,
      path: ["input", ...path.split(".")],
    });
  });
});

describe("commit", () => {
  it("is found by seven digits or more, of one repository where several have it", async () => {
    for (const repository of ["one", "two"]) await record({ repository, sha: sha("b0b0b0b0") });
    await record({ repository: "one", sha: sha("b0b0b0b1") });
    expect((await commitOf("B0B0B0B1")).sha).toBe(sha("b0b0b0b1"));
    expect((await commitOf(sha("b0b0b0b0"), "two")).repository).toBe("two");
    expect(await commitOf("b0b0b0b", "nowhere")).toBeNull();
    expect(await commitOf("b0b0b0b0", "two ")).toBeNull();
    expect(await commitOf("dddddddd")).toBeNull();
    for (const [start, repository] of [
      ["b0b0b0b", "one"],
      [sha("b0b0b0b0")],
      ["b0b0b0"],
      ["x".repeat(40)],
      ["a\u0000"],
    ]) {
      const { errors } = await world.graphql(found, { sha: start, repository });
      expect(errors?.[0]?.extensions.code).toBe("BAD_USER_INPUT");
    }
  });

  it("is listed by filter and order, those without a time last", async () => {
    for (const [index, start] of ["c1", "c2", "c3"].entries()) {
      const committedAt = index === 1 ? null : `2026-02-0${index + 1}T00:00:00.000Z`;
      await record({ repository: "listed", sha: sha(start), committedAt, message: `m${index}` });
    }
    const list = async (rest: string) =>
      (
        await world.ask(`{ commits(filter: { repository: { eq: "listed" } ${rest}) { nodes { sha } } }`)
      ).commits.nodes.map((commit: { sha: string }) => commit.sha.slice(0, 2));
    expect(await list("}")).toEqual(["c3", "c1", "c2"]);
    expect(await list("}, orderBy: { field: COMMITTED_AT }")).toEqual(["c1", "c3", "c2"]);
    expect(await list("}, orderBy: { field: SHA, direction: DESC }, last: 2")).toEqual(["c2", "c1"]);
    expect(await list('message: { eq: "m1" } }')).toEqual(["c2"]);
    await record({ repository: "listed", sha: sha("c4"), message: "fix\n\nbecause" });
    expect(await list('message: { startsWith: "fix" } }')).toEqual(["c4"]);
    expect(await list('committedAt: { gt: "2026-02-02T00:00:00.000Z" } }')).toEqual(["c3"]);
  });
});
