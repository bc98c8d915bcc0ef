import { beforeAll, describe, expect, it } from "vitest";
import { codes, type Governed, policyOf, startGoverned } from "../support/governed.ts";
import { inLanes } from "../support/registry.ts";
import { line, rollback, standing } from "../support/returns.ts";
import { rivals } from "../support/rivals.ts";

let governed: Governed;

beforeAll(async () => {
  governed = await startGoverned();
  return governed.world.close;
});

/** Puts these versions of a model beside those that stand in Production. */
async function beside(model: string, ...numbers: number[]) {
  for (const number of numbers) {
    await governed.ann.version(model);
    await governed.registry.promote(`${model}/${number}`, "Production");
  }
}

/** Many roll back at once: how many moves they made, and what the others were told. */
async function atOnce(input: object) {
  const answers = await inLanes(rivals, rivals, () => rollback(governed, input));
  const refused = answers.flatMap(codes);
  return { done: answers.filter((answer) => codes(answer).length === 0).length, refused: new Set(refused) };
}

describe("a rollback done again", () => {
  it("never goes back to what a rollback took out, but to what stood there before", async () => {
    const model = await line(governed, 3);
    expect((await rollback(governed, { model })).modelVersion.number).toBe(2);
    expect((await rollback(governed, { model })).modelVersion.number).toBe(1);
    const last = await rollback(governed, { model });
    expect(last.userErrors).toEqual([
      {
        code: "REFUSED_BY_POLICY",
        message: `model: no earlier version of ${model} has stood in Production but what a rollback took out of it; name one by to`,
        path: ["input", "model"],
      },
    ]);
    expect(await standing(governed, model)).toEqual([1]);
    expect((await rollback(governed, { model, to: 3 })).modelVersion).toEqual({
      number: 3,
      stage: "Production",
    });
  });

  it("takes a version to go back to where none stands there, rather than the one that was taken out by hand", async () => {
    const model = await line(governed, 2);
    await governed.registry.promote(`${model}/2`, "Archived");
    const refused = await rollback(governed, { model });
    expect(refused.userErrors).toMatchObject([
      {
        code: "INVALID",
        message: "to: expected the number of a version, as none stands in Production; got null",
        path: ["input", "to"],
      },
    ]);
    expect((await rollback(governed, { model, to: 1 })).modelVersion.number).toBe(1);
  });

  it.each([
    ["the failed version is named", true, "CONFLICT"],
    ["nothing else is left", false, "REFUSED_BY_POLICY"],
  ])("takes effect once where sixteen do it at once and %s", async (_, isNamed, code) => {
    const model = await line(governed, isNamed ? 4 : 2);
    const failed = isNamed ? { failed: `${model}/4` } : {};
    expect(await atOnce({ model, ...failed })).toEqual({ done: 1, refused: new Set([code]) });
    expect(await standing(governed, model)).toEqual([isNamed ? 3 : 1]);
  });
});

describe("a rollback where several versions stand in the stage", () => {
  it("takes the one that failed, which must be named, and leaves the others", async () => {
    const model = await line(governed, 2);
    await beside(model, 3);
    const refused = await rollback(governed, { model });
    expect(refused.userErrors).toEqual([
      {
        code: "INVALID",
        message: `failed: expected the version to take out, as several stand in Production (${model}/3, ${model}/2); got null`,
        path: ["input", "failed"],
      },
    ]);
    const done = await rollback(governed, { model, failed: `${model}/3` });
    expect(done).toMatchObject({ userErrors: [], modelVersion: { number: 1 }, archived: [{ number: 3 }] });
    expect(await standing(governed, model)).toEqual([1, 2]);
  });

  it("archives others, too, where the policy has no room for them and says so", async () => {
    const model = await line(governed, 2);
    await beside(model, 3, 4);
    await policyOf(governed, model, { maxVersions: 2, onFull: "ARCHIVE_EXISTING" });
    const done = await rollback(governed, { model, failed: `${model}/4` });
    expect(done.archived.map(({ number }: { number: number }) => number)).toEqual([4, 2]);
    expect(await standing(governed, model)).toEqual([1, 3]);
    // Only the failed one failed: the other made room.
    expect((await rollback(governed, { model, failed: `${model}/3` })).modelVersion.number).toBe(2);
  });

  it("is refused where the failed version is no longer there, is another model's, is none or is latest", async () => {
    const [model, other] = [await line(governed, 2), await line(governed, 1)];
    const wrong: [string, string][] = [
      [`${model}/1`, "CONFLICT"],
      [`${other}/1`, "NOT_FOUND"],
      [`${model}/9`, "NOT_FOUND"],
      [`${model}@latest`, "INVALID"],
    ];
    for (const [failed, code] of wrong) {
      const { userErrors } = await rollback(governed, { model, failed });
      expect(userErrors).toMatchObject([{ code, path: ["input", "failed"] }]);
    }
    expect(await standing(governed, model)).toEqual([2]);
  });
});
