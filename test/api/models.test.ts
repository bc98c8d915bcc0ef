import { beforeAll, describe, expect, it } from "vitest";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

const seen = `query ($name: String!) { model(name: $name) {
  id name description owner revision createdAt updatedAt deletedAt tags { key value }
  history { nodes { type payload actor { name } } totalCount } } }`;

const modelNamed = async (name: string) => (await world.ask(seen, { name })).model;

describe("createModel", () => {
  it("makes a model that is found by its name and by its id, with one event", async () => {
    const made = await registry.model("made", {
      description: "What it is for",
      owner: "risk-team",
      tags: [{ key: "tier", value: "1" }],
    });
    expect(made).toMatchObject({ description: "What it is for", owner: "risk-team", revision: 1 });
    expect(made.id).toMatch(/^mdl_\d+$/);
    expect(made.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(await modelNamed("made")).toMatchObject({
      ...made,
      tags: [{ key: "tier", value: "1" }],
      history: { nodes: [{ type: "model.created", actor: { name: "administrator" } }], totalCount: 1 },
    });
    const { node } = await world.ask(`query ($id: ID!) { node(id: $id) { id ... on Model { name } } }`, made);
    expect(node).toEqual({ id: made.id, name: "made" });
  });

  it("takes empty texts for nothing", async () => {
    expect(await registry.model("bare", { description: "", owner: "" })).toMatchObject({
      description: null,
      owner: null,
    });
  });

  it("refuses a name that a living model has", async () => {
    await registry.model("taken");
    expect(await registry.refusal("createModel", { name: "taken" })).toEqual({
      code: "ALREADY_EXISTS",
      message: "model taken exists already",
      path: ["input", "name"],
    });
  });

  it("lets one of sixteen rivals have a name", async () => {
    for (let round = 1; round <= 5; round++) {
      const payloads = await inLanes(16, 16, () =>
        registry.attempt("createModel", { name: `contested ${round}` }),
      );
      const refusals = payloads.flatMap(({ userErrors }) => userErrors);
      expect(refusals.map(({ code }) => code)).toEqual(Array(15).fill("ALREADY_EXISTS"));
      expect((await modelNamed(`contested ${round}`)).history.totalCount).toBe(1);
    }
  });

  it.each([
    [{ name: "a", description: "x".repeat(5001) }, "description: expected at most 5000 characters; got "],
    [{ name: "a", owner: " x" }, 'owner: expected no spaces at either end; got " x"'],
    [{ name: "a", owner: "x".repeat(256) }, "owner: expected 1–255 characters; got "],
    [{ name: "a", description: "a\u0000b" }, "description: expected a text without NUL characters; got "],
  ])("refuses an overlong or broken text: %#", async (input, message) => {
    const refusal = await registry.refusal("createModel", input);
    expect(refusal).toMatchObject({ code: "INVALID", path: ["input", message.split(":")[0]] });
    expect(refusal.message).toContain(message);
  });
});

describe("updateModel", () => {
  it("changes what is given, leaves the rest, and removes by the empty text", async () => {
    const { id } = await registry.model("updated", { description: "old", owner: "ann" });
    const redescribed = await registry.mutate("updateModel", { model: "updated", description: "new" });
    expect(redescribed.model).toMatchObject({ description: "new", owner: "ann", revision: 2 });
    const bare = await registry.mutate("updateModel", { model: id, description: "", owner: "" });
    expect(bare.model).toMatchObject({ description: null, owner: null, revision: 3 });
    const { history } = await modelNamed("updated");
    expect(history.nodes.map((event: { payload: object }) => event.payload)).toMatchObject([
      { name: "updated", description: "old", owner: "ann" },
      { changed: ["description"], description: "new" },
      { changed: ["description", "owner"] },
    ]);
  });

  it("records nothing where nothing changes", async () => {
    await registry.model("same", { description: "as it was" });
    for (const input of [{ description: "as it was" }, { owner: "" }, { owner: null }, {}]) {
      const { model } = await registry.mutate("updateModel", { model: "same", ...input });
      expect(model.revision).toBe(1);
    }
    expect((await modelNamed("same")).history.totalCount).toBe(1);
  });

  it("refuses a revision that is not the caller's, and counts on with each change", async () => {
    await registry.model("revised");
    const input = { model: "revised", owner: "bob", expectedRevision: 1 };
    await registry.mutate("updateModel", input);
    expect(await registry.refusal("updateModel", { ...input, owner: "cy" })).toEqual({
      code: "CONFLICT",
      message: "model revised is at revision 2, not 1",
      path: ["input", "expectedRevision"],
    });
    for (const mutation of ["renameModel", "deleteModel", "setModelTags"]) {
      const more = mutation === "renameModel" ? { name: "other" } : {};
      const refused = { model: "revised", expectedRevision: 7, ...more };
      expect(await registry.refusal(mutation, refused)).toMatchObject({ code: "CONFLICT" });
    }
  });

  it("lets one of sixteen rivals with the same revision win each round", async () => {
    await registry.model("rivalled");
    for (let revision = 1; revision <= 10; revision++) {
      const payloads = await inLanes(16, 16, (rival) =>
        registry.attempt("updateModel", {
          model: "rivalled",
          owner: `rival ${revision} ${rival}`,
          expectedRevision: revision,
        }),
      );
      expect(payloads.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    }
    expect(await modelNamed("rivalled")).toMatchObject({ revision: 11, history: { totalCount: 11 } });
  });

  it("finds a model by name or id alone", async () => {
    const { id } = await registry.model("found");
    for (const model of ["Found", "found ", " found", "foun", `${id}0000`, "mv_1", ""]) {
      expect(await registry.refusal("updateModel", { model, owner: "x" })).toMatchObject({
        code: "NOT_FOUND",
        path: ["input", "model"],
      });
    }
  });
});

describe("renameModel", () => {
  it("keeps id, versions, aliases and history, and frees the old name", async () => {
    const { id } = await registry.model("old-name");
    const version = await registry.version("old-name");
    await registry.mutate("setAlias", { model: "old-name", alias: "champion", version: 1 });
    const { model } = await registry.mutate("renameModel", { model: "old-name", name: "new-name" });
    expect(model).toMatchObject({ id, name: "new-name", revision: 2 });
    expect(await modelNamed("old-name")).toBeNull();
    const renamed = await world.ask(`{ modelVersion(ref: "new-name@champion") { id uri model { id } } }`);
    expect(renamed.modelVersion).toEqual({ id: version.id, uri: "models:/new-name/1", model: { id } });
    const { history } = await modelNamed("new-name");
    expect(history.nodes.at(-1)).toMatchObject({
      type: "model.renamed",
      payload: { from: "old-name", to: "new-name" },
    });
    expect(history.totalCount).toBe(4);
    const successor = await registry.model("old-name");
    expect(successor.id).not.toBe(id);
    expect((await registry.version("old-name")).number).toBe(1);
  });

  it("changes nothing where the name is the same, and refuses a taken or a bad one", async () => {
    await registry.model("renamed-a");
    await registry.model("renamed-b");
    const same = await registry.mutate("renameModel", { model: "renamed-a", name: "renamed-a" });
    expect(same.model.revision).toBe(1);
    expect(await registry.refusal("renameModel", { model: "renamed-a", name: "renamed-b" })).toEqual({
      code: "ALREADY_EXISTS",
      message: "model renamed-b exists already",
      path: ["input", "name"],
    });
    expect(await registry.refusal("renameModel", { model: "renamed-a", name: "a/b" })).toMatchObject({
      code: "INVALID",
      path: ["input", "name"],
    });
  });

  it("lets one of eight models that are renamed at once have the name", async () => {
    for (let round = 1; round <= 5; round++) {
      for (let rival = 0; rival < 8; rival++) await registry.model(`runner ${round} ${rival}`);
      const name = `the same name ${round}`;
      const payloads = await inLanes(8, 8, (rival) =>
        registry.attempt("renameModel", { model: `runner ${round} ${rival}`, name }),
      );
      const codes = payloads.flatMap(({ userErrors }) => userErrors).map(({ code }) => code);
      expect(codes).toEqual(Array(7).fill("ALREADY_EXISTS"));
    }
  });
});
