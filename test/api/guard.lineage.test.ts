import { beforeAll, describe, expect, it } from "vitest";
import { registryOf } from "../support/registry.ts";
import { startVault, type VaultStory } from "../support/vault-story.ts";
import type { Asker } from "../support/world.ts";

let story: VaultStory;

beforeAll(async () => {
  story = await startVault();
  return story.world.close;
});

const everyField = `nodes { id kind label degree isRedacted container containerLabel hasMoreUpstream hasMoreDownstream node { id } }
  edges { from to type role at }`;
const page = `${everyField} totalNodes isPartial partialReason pageInfo { hasNextPage endCursor }`;

async function lineage(asker: Asker, args: string, fields = page) {
  return (await asker.ask(`{ lineage(${args}) { ${fields} } }`)).lineage;
}

/** The refusal of a question, as it is told. */
async function refusal(asker: Asker, question: string) {
  const { data, errors } = await asker.graphql(question);
  const { code, argumentPath } = errors![0]!.extensions;
  return { data: data ?? null, code, argumentPath, message: errors![0]!.message };
}

/** That nothing of the vault is in it. */
function expectNoSecret(answer: unknown): void {
  const text = JSON.stringify(answer);
  for (const secret of story.secrets) expect(text).not.toContain(secret);
}

describe("lineage", () => {
  it("shows who may read everything all of it, as it is", async () => {
    const { world, ids, named } = story;
    const { nodes } = await lineage(world, `root: "${ids.tuned}", direction: UPSTREAM`);
    expect(named(nodes)).toEqual(["tuned", "secret", "scorer", "training", "features", "code", "raw"]);
    expect(JSON.stringify(nodes)).not.toContain('"isRedacted":true');
  });

  it("shows a hidden node between readable ones by its kind alone, and none that leads nowhere", async () => {
    const { people, ids, named, arrows } = story;
    const up = await lineage(people.viewer, `root: "${ids.tuned}", direction: UPSTREAM`);
    expect(named(up.nodes)).toEqual(["tuned", "redacted_1", "scorer", "redacted_3", "features", "code"]);
    expect(up.nodes.map(({ degree }: { degree: number }) => degree)).toEqual([0, 1, 2, 3, 4, 4]);
    expect(up.totalNodes).toBe(6);
    expect(up.isPartial).toBe(false);
    expect(arrows(up.edges)).toEqual([
      "code → redacted_3",
      "features → redacted_3",
      "redacted_1 → tuned",
      "redacted_3 → scorer",
      "scorer → redacted_1",
    ]);
    expect(up.nodes[3]).toEqual({
      id: "redacted_3",
      kind: "RUN",
      label: null,
      degree: 3,
      isRedacted: true,
      container: null,
      containerLabel: null,
      hasMoreUpstream: false,
      hasMoreDownstream: false,
      node: null,
    });
    for (const { role, at } of up.edges) expect({ role, at }).toEqual({ role: null, at: null });
    expectNoSecret(up);

    const down = await lineage(people.viewer, `root: "${ids.features}", direction: DOWNSTREAM`);
    expect(named(down.nodes)).toEqual(["features", "redacted_1", "scorer", "redacted_3", "tuned"]);
    const both = await lineage(people.viewer, `root: "${ids.scorer}", direction: BOTH`);
    expect(both.totalNodes).toBe(6);
    expectNoSecret([down, both]);
  });

  it("looks the same from a version's own field, and from its model", async () => {
    const { people, ids } = story;
    const { model } = await people.viewer.ask(
      `{ model(name: "risk.tuned") { id version(number: 1) { lineage(direction: UPSTREAM) { ${page} } } } }`,
    );
    const asked = await lineage(people.viewer, `root: "${ids.tuned}", direction: UPSTREAM`);
    const { pageInfo: _, ...shown } = asked;
    const { pageInfo: __, ...ofVersion } = model.version.lineage;
    expect(ofVersion).toEqual(shown);
    const { pageInfo: ___, ...ofModel } = await lineage(
      people.viewer,
      `root: "${model.id}", direction: UPSTREAM`,
    );
    expect(ofModel).toEqual(shown);
  });

  it("joins pages to the whole: places stand for hidden nodes on all of them", async () => {
    const { people, ids } = story;
    const root = `root: "${ids.tuned}", direction: UPSTREAM`;
    const whole = await lineage(people.viewer, root);
    for (const first of [1, 2, 5]) {
      const nodes: object[] = [];
      const edges: object[] = [];
      for (let after = "null", hasNext = true; hasNext; ) {
        const part = await lineage(people.viewer, `${root}, first: ${first}, after: ${after}`);
        nodes.push(...part.nodes);
        edges.push(...part.edges);
        expect(part.totalNodes).toBe(6);
        hasNext = part.pageInfo.hasNextPage;
        after = `"${part.pageInfo.endCursor}"`;
      }
      expect({ nodes, edges }).toEqual({ nodes: whole.nodes, edges: whole.edges });
    }
    expectNoSecret(Buffer.from(whole.pageInfo.endCursor, "base64url").toString());
  });

  it("costs a reader no statement more than others, once scopes are known", async () => {
    const { world, people, ids } = story;
    let cursor = "";
    const costsOf = async (asker: Asker, more = "") => {
      const args = `root: "${ids.scorer}", direction: UPSTREAM, first: 2${more}`;
      const statements = await world.statementsOf(async () => {
        cursor = (await lineage(asker, args, "nodes { id } pageInfo { endCursor }")).pageInfo.endCursor;
      });
      // Who asks may have to be found out anew: rights changed a moment ago, when these people were made.
      return statements.filter((statement) => !/access_token|role_grant/.test(statement)).length;
    };
    for (const { ask } of [people.viewer, people.approver]) await ask("{ viewer { actor { id } } }");
    await costsOf(world);
    // The walk is known by now: the root, the journal's head, the nodes of the page.
    expect(await costsOf(world)).toBe(3);
    expect(await costsOf(people.viewer)).toBeLessThanOrEqual(5); // and what never changes, and the scopes
    expect(await costsOf(people.viewer)).toBe(3);
    expect(await costsOf(people.viewer, `, after: "${cursor}"`)).toBe(3);
    expect(await costsOf(people.approver)).toBe(3); // reads the same scopes
  });

  it("counts for hasMore… only what may be read", async () => {
    const { world, people, ids } = story;
    const ends = async (asker: Asker, id: string) => {
      const asked = `root: "${id}", direction: UPSTREAM, depth: 0`;
      const { nodes } = await lineage(asker, asked, "nodes { hasMoreUpstream hasMoreDownstream }");
      return Object.values(nodes[0]);
    };
    expect(await ends(world, ids.features!)).toEqual([true, true]);
    expect(await ends(people.viewer, ids.features!)).toEqual([false, false]);
    expect(await ends(people.outsider, ids.training!)).toEqual([true, false]); // the commit
    expect(await ends(world, ids.training!)).toEqual([true, true]);
  });

  it("takes filters and cuts of what may be known, so that they find out nothing", async () => {
    const { people, ids, named } = story;
    const asked = async (more: string) => {
      const found = await lineage(people.viewer, `root: "${ids.tuned}", direction: UPSTREAM, ${more}`);
      return { names: named(found.nodes), reason: found.partialReason };
    };
    expect(await asked("kinds: [MODEL_VERSION]")).toEqual({
      names: ["tuned", "redacted_1", "scorer"],
      reason: null,
    });
    expect(await asked("kinds: [DATASET_VERSION]")).toEqual({ names: ["features"], reason: null });
    expect(await asked("stopAt: [RUN]")).toEqual({ names: ["tuned", "redacted_1", "scorer"], reason: null });
    expect(await asked("depth: 1")).toEqual({ names: ["tuned"], reason: null });
    // scorer went into leaf and secret; the one that leads nowhere takes no place.
    const down = await lineage(people.viewer, `root: "${ids.scorer}", direction: DOWNSTREAM, maxPerNode: 1`);
    expect(named(down.nodes)).toEqual(["scorer", "redacted_1", "tuned"]);
    expect(down.partialReason).toBeNull();
    const asOf = await lineage(
      people.viewer,
      `root: "${ids.tuned}", direction: UPSTREAM, asOf: "2001-01-01T00:00:00Z"`,
    );
    expect(named(asOf.nodes)).toEqual(["tuned"]);
  });

  it("begins at nothing that may not be read: it is not there", async () => {
    const { world, people, ids } = story;
    const ask = (asker: Asker, root: string) =>
      refusal(asker, `{ lineage(root: "${root}", direction: UPSTREAM) { totalNodes } }`);
    const { model } = await world.ask(`{ model(name: "vault.secret") { id } }`);
    for (const root of [ids.raw!, ids.training!, ids.secret!, model.id]) {
      const unknown = await ask(people.viewer, root.replace(/\d+/, "4000000"));
      const hidden = await ask(people.viewer, root);
      expect({ ...hidden, message: hidden.message.replaceAll(root, "") }).toEqual({
        ...unknown,
        message: unknown.message.replace(/\w+_4000000/, ""),
      });
      expect(hidden.code).toBe("NOT_FOUND");
    }
    expect(await people.viewer.ask(`{ node(id: "redacted_1") { id } }`)).toEqual({ node: null });
    expect((await ask(people.viewer, "redacted_1")).code).toBe("BAD_USER_INPUT");
    expect((await ask(people.nobody, ids.code!)).code).toBe("NOT_FOUND");
  });
});

describe("lineagePath", () => {
  it("leads through hidden nodes between readable ends, and from or to none that is hidden", async () => {
    const { people, ids, named, arrows } = story;
    const ask = (from: string, to: string) =>
      `{ lineagePath(from: "${from}", to: "${to}") { ${everyField} } }`;
    const { lineagePath } = await people.viewer.ask(ask(ids.features!, ids.tuned!));
    expect(named(lineagePath.nodes)).toEqual(["features", "redacted_1", "scorer", "redacted_3", "tuned"]);
    expect(arrows(lineagePath.edges)).toContain("scorer → redacted_3");
    expectNoSecret(lineagePath);
    for (const [from, to] of [
      [ids.raw!, ids.tuned!],
      [ids.features!, ids.training!],
    ] as const) {
      expect(await refusal(people.viewer, ask(from, to))).toMatchObject({ code: "NOT_FOUND" });
    }
  });
});

it("tells on later pages nothing of what has come to stand under another scope meanwhile", async () => {
  const { world, people, ids, named } = story;
  const root = `root: "${ids.tuned}", direction: UPSTREAM`;
  const first = await lineage(people.viewer, `${root}, first: 2`);
  await registryOf(world).mutate("renameModel", { model: "risk.scorer", name: "vault.scorer" });
  const rest = await lineage(people.viewer, `${root}, after: "${first.pageInfo.endCursor}"`);
  expect(named(rest.nodes)).toEqual(["redacted_2", "redacted_3", "features", "code"]);
  expect(rest.nodes[0]).toMatchObject({ kind: "MODEL_VERSION", label: null, container: null, node: null });
  expectNoSecret(rest);
  const anew = await lineage(people.viewer, root);
  expect(named(anew.nodes)).toEqual(["tuned", "redacted_1", "redacted_2", "redacted_3", "features", "code"]);
});
