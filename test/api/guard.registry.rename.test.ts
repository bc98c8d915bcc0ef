import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { endingOf } from "../support/endings.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
/** A contributor on risk.* who maintains sandbox.*. */
let launderer: Person;
let contributor: Person;
/** Who maintains both. */
let maintainer: Person;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  const on = (role: string, other: string) => ({
    grants: [
      [role, "risk.*"],
      [other, "sandbox.*"],
    ] as [string, string][],
  });
  launderer = await person(world, "launderer", on("CONTRIBUTOR", "MAINTAINER"));
  contributor = await person(world, "contributor", on("CONTRIBUTOR", "CONTRIBUTOR"));
  maintainer = await person(world, "maintainer", on("MAINTAINER", "MAINTAINER"));
  return world.close;
});

/** Somebody who may write models on both, and this on these scopes. */
async function writerWho(rights: [permission: string, scope: string][]): Promise<Person> {
  const name = `WRITER_${++made}`;
  const grants: [string, string][] = [];
  for (const [index, [permission, scope]] of rights.entries()) {
    await registry.mutate("defineRole", { name: `${name}_${index}`, permissions: [permission] });
    grants.push([`${name}_${index}`, scope]);
  }
  return person(world, name, {
    grants: [["CONTRIBUTOR", "risk.*"], ["CONTRIBUTOR", "sandbox.*"], ...grants],
  });
}

const path = ["Staging", "Production", "Archived"];

interface Wish {
  stage?: string;
  alias?: boolean;
}

/** The rest of the name of a new model with a version there. */
async function modelIn(scope: string, { stage, alias }: Wish = {}): Promise<string> {
  const rest = `model-${++made}`;
  const model = `${scope}.${rest}`;
  await registry.model(model);
  await registry.version(model);
  for (const to of stage ? path.slice(0, path.indexOf(stage) + 1) : []) {
    await registry.promote(`${model}/1`, to);
  }
  if (alias) await registry.mutate("setAlias", { model, alias: "champion", version: 1 });
  return rest;
}

const renaming = (who: Person, model: string, name: string) => endingOf(who, "renameModel", { model, name });

const done = { code: "done", message: "" };
const refusal = (who: Person, permission: string, name: string) => ({
  code: "FORBIDDEN",
  message: `${who.name} may not do this: it needs ${permission} on ${name}`,
});

describe("what one may do in a sandbox only", () => {
  it.each(["Staging", "Production", "Archived"])(
    "does not bring a version into %s outside",
    async (stage) => {
      const rest = await modelIn("sandbox");
      const [risk, sandbox] = [`risk.${rest}`, `sandbox.${rest}`];
      for (const to of path.slice(0, path.indexOf(stage) + 1)) await launderer.promote(`${sandbox}/1`, to);
      const before = await rowCounts(world.settings);
      expect(await renaming(launderer, sandbox, risk)).toEqual(
        refusal(launderer, `stage:transition:${stage}`, risk),
      );
      expect(await rowCounts(world.settings)).toEqual(before);
      expect(await renaming(maintainer, sandbox, risk)).toEqual(done);
    },
  );

  it("does not take a model away from where one may not delete, even a bare one", async () => {
    const rest = await modelIn("risk");
    expect(await renaming(launderer, `risk.${rest}`, `sandbox.${rest}`)).toEqual(
      refusal(launderer, "model:delete", `risk.${rest}`),
    );
    expect(await renaming(contributor, `risk.${rest}`, `sandbox.${rest}`)).toEqual(done);
  });

  it("does not bring an alias outside", async () => {
    const rest = await modelIn("sandbox");
    const [risk, sandbox] = [`risk.${rest}`, `sandbox.${rest}`];
    await launderer.mutate("setAlias", { model: sandbox, alias: "champion", version: 1 });
    expect(await renaming(launderer, sandbox, risk)).toEqual(refusal(launderer, "alias:write", risk));
    expect(await renaming(maintainer, sandbox, risk)).toEqual(done);
  });

  it.each([
    ["a staged version", { stage: "Staging" }, "stage:transition:Staging"],
    ["a live version", { stage: "Production" }, "stage:transition:Production"],
    ["a retired version", { stage: "Archived" }, "stage:transition:Archived"],
    ["an alias", { alias: true }, "alias:write"],
  ])("does not take %s away from outside", async (_, wish, permission) => {
    const rest = await modelIn("risk", wish);
    const before = await rowCounts(world.settings);
    expect(await renaming(launderer, `risk.${rest}`, `sandbox.${rest}`)).toEqual(
      refusal(launderer, permission, `risk.${rest}`),
    );
    expect(await rowCounts(world.settings)).toEqual(before);
    expect(await renaming(maintainer, `risk.${rest}`, `sandbox.${rest}`)).toEqual(done);
  });

  it("does not tell whether a name outside is taken", async () => {
    const rest = await modelIn("sandbox", { alias: true });
    await registry.model(`risk.${rest}`);
    expect(await renaming(launderer, `sandbox.${rest}`, `risk.${rest}`)).toEqual(
      refusal(launderer, "alias:write", `risk.${rest}`),
    );
  });
});

describe("a contributor", () => {
  it("renames what nobody has promoted or named, within the scope and beyond", async () => {
    const rest = await modelIn("risk");
    expect(await renaming(contributor, `risk.${rest}`, `risk.${rest}.b`)).toEqual(done);
    expect(await renaming(contributor, `risk.${rest}.b`, `sandbox.${rest}`)).toEqual(done);
  });

  it("renames a model whose promoted version is deleted, with its alias", async () => {
    const rest = await modelIn("risk", { stage: "Staging", alias: true });
    await registry.mutate("deleteModelVersion", { version: `risk.${rest}/1` });
    expect(await renaming(contributor, `risk.${rest}`, `risk.${rest}.b`)).toEqual(done);
  });

  it("does not rename what is promoted or has an alias, not even within the scope", async () => {
    const live = `risk.${await modelIn("risk", { stage: "Production" })}`;
    const named = `risk.${await modelIn("risk", { alias: true })}`;
    expect(await renaming(contributor, live, `${live}.b`)).toEqual(
      refusal(contributor, "stage:transition:Production", live),
    );
    expect(await renaming(contributor, named, `${named}.b`)).toEqual(
      refusal(contributor, "alias:write", named),
    );
    expect(await renaming(contributor, live, live)).toEqual(done);
  });
});

describe("the name that a model leaves", () => {
  it.each([
    ["with a live version", { stage: "Production" }, "stage:transition:Production"],
    ["with an alias", { alias: true }, "alias:write"],
  ])("takes model:delete %s; the new one does not", async (_, wish, permission) => {
    const rest = await modelIn("risk", wish);
    const [old, name] = [`risk.${rest}`, `sandbox.${rest}`];
    const both: [string, string][] = [
      [permission, "risk.*"],
      [permission, "sandbox.*"],
    ];
    const keeper = await writerWho(both);
    const remover = await writerWho([...both, ["model:delete", "risk.*"]]);
    expect(await renaming(keeper, old, name)).toEqual(refusal(keeper, "model:delete", old));
    expect(await renaming(remover, old, name)).toEqual(done);
  });

  it("does not take it with staged and retired versions only", async () => {
    for (const stage of ["Staging", "Archived"]) {
      const rest = await modelIn("risk", { stage });
      const mover = await writerWho([["stage:transition", "*"]]);
      expect(await renaming(mover, `risk.${rest}`, `sandbox.${rest}`)).toEqual(done);
    }
  });
});
