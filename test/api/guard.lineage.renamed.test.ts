import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

// What is remembered between questions must not outlast a rename: models are renamed over one server, asked for over both.

let world: World;
let elsewhere: World;
let registry: Registry;
let reader: Person;

beforeAll(async () => {
  world = await startWorld();
  elsewhere = await startWorld({ settings: world.settings });
  registry = registryOf(world);
  reader = await person(world, "reader of risk", { grants: [["VIEWER", "risk.*"]] });
  return async () => {
    await elsewhere.close();
    await world.close();
  };
});

/** A model at `risk.*` of which two others are made; each has one version. */
async function family(name: string) {
  const of = async (model: string, parent?: string) => {
    await registry.model(model);
    const parents = parent ? [{ version: `${parent}/1`, relation: "finetune" }] : [];
    return (await registry.version(model, { parents })).id as string;
  };
  const root = `risk.${name}`;
  return {
    root: await of(root),
    first: await of(`${root}.first`, root),
    second: await of(`${root}.second`, root),
  };
}

const rename = (model: string, name: string) => registry.mutate("renameModel", { model, name });

/** By the reader, over either server. */
function ask(where: World, question: string) {
  return where.as(reader.token).ask(question);
}

describe("what is renamed out of sight", () => {
  it("is gone from a lineage that was asked for before, over each server", async () => {
    const { root } = await family("gone");
    const question = `{ lineage(root: "${root}", direction: DOWNSTREAM) { totalNodes nodes { label containerLabel } } }`;
    for (const where of [world, elsewhere]) expect((await ask(where, question)).lineage.totalNodes).toBe(3);
    await rename("risk.gone.first", "vault.gone");
    for (const where of [world, elsewhere]) {
      const { lineage } = await ask(where, question);
      expect(lineage.totalNodes).toBe(2);
      expect(JSON.stringify(lineage)).not.toContain("vault");
    }
    await rename("vault.gone", "risk.gone.back");
    for (const where of [world, elsewhere]) expect((await ask(where, question)).lineage.totalNodes).toBe(3);
  });

  it("is gone from the lineage of a moment that never changes, too", async () => {
    const { root } = await family("past");
    const asOf = new Date(Date.now() + 1).toISOString();
    const question = `{ lineage(root: "${root}", direction: DOWNSTREAM, asOf: "${asOf}") { totalNodes } }`;
    expect((await ask(elsewhere, question)).lineage.totalNodes).toBe(3);
    await rename("risk.past.first", "vault.past");
    expect((await ask(elsewhere, question)).lineage.totalNodes).toBe(2);
  });

  it("is a node without a name on later pages, which fit the first one", async () => {
    const { root, first, second } = await family("paged");
    const page = async (after: string) => {
      const args = `root: "${root}", direction: DOWNSTREAM, first: 1, after: ${after}`;
      const { lineage } = await ask(
        world,
        `{ lineage(${args}) { nodes { id label } pageInfo { endCursor } } }`,
      );
      return { nodes: lineage.nodes, after: `"${lineage.pageInfo.endCursor}"` };
    };
    const one = await page("null");
    expect(one.nodes).toMatchObject([{ id: root }]);
    await rename("risk.paged.first", "vault.paged");
    const two = await page(one.after);
    expect(two.nodes).toMatchObject([{ label: null }]);
    expect(two.nodes[0].id).not.toBe(first);
    expect((await page(two.after)).nodes).toMatchObject([{ id: second }]);
  });

  it("is left out of the later pages of an impact", async () => {
    const { root, first, second } = await family("felt");
    const page = async (after: string) => {
      const args = `of: ["${root}"], first: 1, after: ${after}`;
      const { impact } = await ask(
        world,
        `{ impact(${args}) { totalCount nodes { modelVersion { id } } pageInfo { endCursor } } }`,
      );
      return impact;
    };
    const one = await page("null");
    expect(one).toMatchObject({ totalCount: 2, nodes: [{ modelVersion: { id: first } }] });
    await rename("risk.felt.second", "vault.felt");
    const two = await page(`"${one.pageInfo.endCursor}"`);
    expect(two).toMatchObject({ totalCount: 1, nodes: [] });
    expect(JSON.stringify(two)).not.toContain(second);
  });
});
