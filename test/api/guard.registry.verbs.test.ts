import { beforeAll, describe, expect, it } from "vitest";
import { permissions } from "../../src/kernel/permission.ts";
import { type Person, person } from "../support/access.ts";
import { endingOf } from "../support/endings.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

/** Somebody who may do exactly this on these scopes. */
async function oneWho(may: readonly string[], ...scopes: string[]): Promise<Person> {
  const name = `ROLE_${++made}`;
  await registry.mutate("defineRole", { name, permissions: may });
  return person(world, name, { grants: scopes.map((scope): [string, string] => [name, scope]) });
}

const read = "registry:read";
const allBut = (permission: string) =>
  Object.keys(permissions).filter((one) => one !== permission && !permission.startsWith(`${one}:`));

interface Subject {
  id: string;
  name: string;
  version: string;
}

/** A new model with an owner, a version and an alias. */
async function subjectIn(scope: string): Promise<Subject> {
  const name = `${scope}.model-${++made}`;
  const { id } = await registry.model(name, { owner: "ann" });
  await registry.version(name);
  await registry.mutate("setAlias", { model: name, alias: "there", version: 1 });
  return { id, name, version: `${name}/1` };
}

async function withoutAlias(subject: Subject): Promise<Subject> {
  await registry.mutate("deleteAlias", { model: subject.id, alias: "there" });
  return subject;
}

const tag = [{ key: "tier", value: "1" }];
const verbs: [mutation: string, permission: string, input: (subject: Subject) => object][] = [
  ["updateModel", "model:write", ({ name }) => ({ model: name, description: "new" })],
  ["renameModel", "model:write", ({ name }) => ({ model: name, name: `${name}.renamed` })],
  ["setModelTags", "model:write", ({ id }) => ({ model: id, set: tag })],
  ["deleteModel", "model:delete", ({ id }) => ({ model: id })],
  ["restoreModel", "model:delete", ({ id }) => ({ model: id })],
  ["transferOwnership", "model:transfer", ({ name }) => ({ model: name, to: "bob" })],
  ["registerModelVersion", "version:write", ({ name }) => ({ model: name })],
  ["updateModelVersion", "version:write", ({ version }) => ({ version, description: "new" })],
  ["setModelVersionTags", "version:write", ({ version }) => ({ version, set: tag })],
  [
    "logModelVersionMetrics",
    "version:write",
    ({ version }) => ({ version, metrics: [{ key: "auc", value: 1 }] }),
  ],
  ["deleteModelVersion", "version:delete", ({ version }) => ({ version })],
  ["setAlias", "alias:write", ({ name }) => ({ model: name, alias: "champion", version: 1 })],
  ["deleteAlias", "alias:write", ({ name }) => ({ model: name, alias: "there" })],
  ["transitionModelVersion", "stage:transition:Staging", ({ version }) => ({ version, to: "Staging" })],
];

/** The mutation ready to be said, about a new subject under this scope. */
async function ready(mutation: string, scope: string): Promise<Subject> {
  const subject = await subjectIn(scope);
  if (mutation === "restoreModel") await registry.mutate("deleteModel", { model: subject.id });
  // With aliases it takes more, see guard.registry.rename.test.ts.
  if (mutation === "renameModel") await withoutAlias(subject);
  return subject;
}

describe.each(verbs)("%s", (mutation, permission, inputOf) => {
  it(`takes ${permission} there, and reading`, async () => {
    const may = await oneWho([read, permission], "risk.*");
    expect(await endingOf(may, mutation, inputOf(await ready(mutation, "risk")))).toMatchObject({
      code: "done",
    });
  });

  it("is FORBIDDEN to whoever may do all else there, and writes nothing", async () => {
    const subject = await ready(mutation, "risk");
    const others = await oneWho(allBut(permission), "risk.*");
    const before = await rowCounts(world.settings);
    expect(await endingOf(others, mutation, inputOf(subject))).toEqual({
      code: "FORBIDDEN",
      message: `${others.name} may not do this: it needs ${permission} on ${subject.name}`,
    });
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it("finds nothing for whoever may do all elsewhere", async () => {
    const subject = await ready(mutation, "risk");
    const elsewhere = await oneWho(Object.keys(permissions), "other.*");
    const before = await rowCounts(world.settings);
    const { code, message } = await endingOf(elsewhere, mutation, inputOf(subject));
    expect(code).toBe("NOT_FOUND");
    expect(message).toMatch(/^model (version )?\S+ not found$/);
    expect(await rowCounts(world.settings)).toEqual(before);
  });

  it("is done for whoever may do it and read nothing, and answers nothing", async () => {
    const blind = await oneWho([permission], "risk.*");
    const selection = mutation === "transferOwnership" ? "models { id }" : undefined;
    const {
      userErrors,
      verdict: _,
      ...nouns
    } = await blind.attempt(mutation, inputOf(await ready(mutation, "risk")), selection);
    expect(userErrors).toEqual([]);
    for (const noun of Object.values(nouns)) expect(noun ?? []).toEqual([]);
  });
});

describe("a new name", () => {
  it("takes model:write there, before anybody looks whether it is taken", async () => {
    const writer = await oneWho([read, "model:write"], "risk.*");
    const { name: taken } = await subjectIn("other");
    for (const name of [taken, "other.free", "risky", "unscoped"]) {
      expect(await endingOf(writer, "createModel", { name })).toEqual({
        code: "FORBIDDEN",
        message: `${writer.name} may not do this: it needs model:write on ${name}`,
      });
    }
    expect(await endingOf(writer, "createModel", { name: "risk.free" })).toMatchObject({ code: "done" });
    expect(await endingOf(writer, "createModel", { name: "risk.free" })).toMatchObject({
      code: "ALREADY_EXISTS",
    });
  });

  it("for a model that has one takes model:write for both", async () => {
    const ofRisk = await oneWho([read, "model:write"], "risk.*");
    const ofBoth = await oneWho([read, "model:write"], "risk.*", "other.*");
    const { name: taken } = await subjectIn("other");
    const { id, name: old } = await withoutAlias(await subjectIn("risk"));
    for (const name of [taken, "other.new"]) {
      expect(await endingOf(ofRisk, "renameModel", { model: id, name })).toEqual({
        code: "FORBIDDEN",
        message: `${ofRisk.name} may not do this: it needs model:write on ${name}`,
      });
    }
    expect(await endingOf(ofBoth, "renameModel", { model: id, name: taken })).toMatchObject({
      code: "ALREADY_EXISTS",
    });
    expect(await endingOf(ofBoth, "renameModel", { model: id, name: "other.new" })).toMatchObject({
      code: "done",
    });
    for (const model of [id, old, "other.new"]) {
      expect(await endingOf(ofRisk, "renameModel", { model, name: old })).toMatchObject({
        code: "NOT_FOUND",
      });
    }
  });

  it("that a registration brings takes version:write and, where it makes the model, model:write", async () => {
    const versions = await oneWho([read, "version:write"], "risk.*");
    const both = await oneWho([read, "version:write", "model:write"], "risk.*");
    const register = (who: Person, model: string) =>
      endingOf(who, "registerModelVersion", { model, createModel: true });
    const { name: there } = await subjectIn("risk");
    const { name: taken } = await subjectIn("other");
    expect(await register(versions, there)).toMatchObject({ code: "done" });
    const refused = await register(versions, "risk.by-registration");
    expect(refused.message).toContain("it needs model:write on risk.by-registration");
    expect(await register(both, "risk.by-registration")).toMatchObject({ code: "done" });
    for (const model of [taken, "other.by-registration"]) {
      expect((await register(both, model)).message).toContain(`it needs version:write on ${model}`);
    }
  });
});

it("an owner who is there is taken from a model by whoever may transfer it only", async () => {
  const writer = await oneWho([read, "model:write"], "risk.*");
  const { id: model } = await registry.model(`risk.unowned-${++made}`);
  expect(await endingOf(writer, "updateModel", { model, owner: "ann" })).toMatchObject({ code: "done" });
  for (const owner of ["bob", ""]) {
    const { code, message } = await endingOf(writer, "updateModel", { model, owner, description: "new" });
    expect(code).toBe("FORBIDDEN");
    expect(message).toContain("it needs model:transfer on risk.unowned-");
  }
  expect(await endingOf(writer, "updateModel", { model, owner: "ann", description: "new" })).toMatchObject({
    code: "done",
  });
});

it("the same key answers without the model once its name may not be read any more", async () => {
  const writer = await person(world, "keyed", { grants: [["CONTRIBUTOR", "risk.*"]] });
  const { name } = await subjectIn("risk");
  const input = { model: name, description: "new", idempotencyKey: "once" };
  expect((await writer.mutate("updateModel", input)).model).toMatchObject({
    description: "new",
    revision: 2,
  });
  await registry.mutate("revokeRole", { actor: "keyed", role: "CONTRIBUTOR", scope: "risk.*" });
  expect((await writer.mutate("updateModel", input)).model).toBeNull();
  expect(await endingOf(writer, "updateModel", { ...input, idempotencyKey: "twice" })).toMatchObject({
    code: "NOT_FOUND",
  });
});
