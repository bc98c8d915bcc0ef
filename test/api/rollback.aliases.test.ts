import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { codes, type Governed, startGoverned } from "../support/governed.ts";
import { line, rollback, standing } from "../support/returns.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

/** A model whose second version, which failed, is champion. */
async function championed(more: object = {}): Promise<string> {
  const model = await line(governed, 2, { rollbackAliases: ["champion", "stable"], ...more });
  await governed.registry.mutate("setAlias", { model, alias: "champion", version: 2 });
  return model;
}

const checkOf = ({ verdict }: { verdict: { checks: { name: string }[] } }, name: string) =>
  verdict.checks.find((check) => check.name === name);

describe("the dry run of a rollback", () => {
  it("lists the aliases that go along, from where to where, as the rollback does", async () => {
    const model = await championed();
    const tried = await rollback(governed, { model, dryRun: true });
    expect(tried.verdict).toMatchObject({
      allowed: true,
      effects: [
        `${model}/1: Archived → Production`,
        `${model}/2: Production → Archived`,
        `champion: ${model}/2 → ${model}/1`,
        `stable: nowhere → ${model}/1`,
      ],
    });
    expect((await rollback(governed, { model })).verdict).toEqual(tried.verdict);
    const { modelVersion } = await governed.world.ask(`{ modelVersion(ref: "${model}/1") { aliases } }`);
    expect(modelVersion.aliases).toEqual(["champion", "stable"]);
  });

  it("says which alias takes what, where the rollback is FORBIDDEN: a policy gives nobody a right to aliases", async () => {
    const { world, registry, mia } = governed;
    await registry.mutate("defineRole", {
      name: "OPERATOR",
      permissions: ["registry:read", "stage:transition"],
    });
    const operator = await person(world, "operator", { grants: [["OPERATOR", "risk.*"]] });
    const model = await championed();
    await registry.mutate("protectAlias", { model, alias: "champion", stages: [] });
    const says = "champion takes alias:write and alias:protect, which the caller lacks";
    const tried = await rollback(governed, { model, dryRun: true }, operator);
    expect(tried.verdict.allowed).toBe(false);
    expect(checkOf(tried, "aliases")).toMatchObject({
      passed: false,
      says: `${says}; stable takes alias:write, which the caller lacks`,
    });
    expect(await rollback(governed, { model }, operator)).toMatchObject({ denied: "FORBIDDEN" });
    expect(checkOf(await rollback(governed, { model, dryRun: true }, mia), "aliases")).toMatchObject({
      passed: false,
      says: "champion takes alias:protect, which the caller lacks",
    });
    expect(await rollback(governed, { model }, mia)).toMatchObject({ denied: "FORBIDDEN" });
    expect(await standing(governed, model)).toEqual([2]);
  });

  it("says that an alias must not point into the stage, as the rollback does", async () => {
    const { registry } = governed;
    const model = await championed();
    await registry.mutate("protectAlias", { model, alias: "champion", stages: ["Staging"] });
    const says = `alias champion is protected on ${model}: it points to versions in Staging; ${model}/1 is in Production`;
    const tried = await rollback(governed, { model, dryRun: true });
    expect(checkOf(tried, "aliases")).toMatchObject({ passed: false, says });
    const refused = await rollback(governed, { model });
    expect(codes(refused)).toEqual(["REFUSED_BY_POLICY"]);
    expect(refused.verdict).toEqual(tried.verdict);
  });

  it("says which right to a stage the caller lacks, where the rollback is FORBIDDEN", async () => {
    const { rob } = governed;
    const model = await line(governed, 2);
    const tried = await rollback(governed, { model, dryRun: true }, rob);
    expect(tried.verdict.allowed).toBe(false);
    expect(checkOf(tried, "rights")).toMatchObject({ passed: false });
    expect(await rollback(governed, { model }, rob)).toMatchObject({ denied: "FORBIDDEN" });
  });

  it("leaves out what does not move: an alias that is there already takes no right", async () => {
    const { registry, mia } = governed;
    const model = await line(governed, 2, { rollbackAliases: ["champion"] });
    await registry.mutate("setAlias", { model, alias: "champion", version: 1 });
    await registry.mutate("protectAlias", { model, alias: "champion", stages: [] });
    const done = await rollback(governed, { model }, mia);
    expect(done).toMatchObject({ userErrors: [], modelVersion: { number: 1 } });
    expect(checkOf(done, "aliases")).toBeUndefined();
  });
});
