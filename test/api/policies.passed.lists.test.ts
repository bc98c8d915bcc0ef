import { beforeAll, describe, expect, it } from "vitest";
import { type Governed, policyOf, startGoverned } from "../support/governed.ts";
import { fewestStatements } from "../support/statements.ts";

let governed: Governed;
const models = 10;
const versionsEach = 12;

/** Ten models with twelve versions each: the odd ones stand in Production, which has been guarded since. */
beforeAll(async () => {
  governed = await startGoverned();
  const range = (length: number) => Array.from({ length }, (_, index) => index);
  const nameOf = (model: number) => `risk.m${model}`;
  const batch = {
    source: "lists",
    models: range(models).map((model) => ({ name: nameOf(model) })),
    versions: range(models).flatMap((model) =>
      range(versionsEach).map((at) => ({
        model: nameOf(model),
        number: at + 1,
        externalId: `${model}/${at}`,
        stage: at % 2 === 0 ? "Production" : "None",
      })),
    ),
  };
  await governed.registry.mutate("importHistory", { batch }, "userErrors { code }");
  await policyOf(governed, "risk.*", { approvalsNeeded: 1 });
  await policyOf(governed, "risk.m0", { approvalsNeeded: 0 });
  return governed.world.close;
});

/** Every page of a list, one after another. */
async function allPages(args: string, first = 7) {
  const found: string[] = [];
  let after: string | null = null;
  do {
    const { modelVersions } = await governed.world.ask(
      `query ($after: String) { modelVersions(first: ${first}, after: $after, ${args}) {
        totalCount nodes { model { name } number } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    const { nodes, pageInfo, totalCount } = modelVersions;
    found.push(...nodes.map((node: never) => nameOf(node)));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    if (after === null) expect(totalCount).toBe(found.length);
  } while (after !== null);
  return found;
}

const nameOf = ({ model, number }: { model: { name: string }; number: number }) => `${model.name}/${number}`;
const expected = Array.from({ length: models - 1 }, (_, at) =>
  [1, 3, 5, 7, 9, 11].map((number) => `risk.m${at + 1}/${number}`),
).flat();

describe("a list of what violates its policy", () => {
  it("is paged to its end in any order, each once", async () => {
    for (const order of ["CREATED_AT", "NUMBER", "UPDATED_AT", "SEMANTIC_VERSION"]) {
      for (const direction of ["ASC", "DESC"]) {
        const args = `filter: { violatesPolicy: true }, orderBy: { field: ${order}, direction: ${direction} }`;
        expect((await allPages(args)).sort()).toEqual([...expected].sort());
      }
    }
  });

  it("and its opposite share out everything, however the opposite is asked for", async () => {
    const every = await allPages("filter: {}", 100);
    const passing = every.filter((name) => !expected.includes(name));
    expect(await allPages("filter: { violatesPolicy: false }", 100)).toEqual(passing);
    expect(await allPages("filter: { not: { violatesPolicy: true } }", 100)).toEqual(passing);
    expect(
      await allPages("filter: { or: [{ violatesPolicy: true }, { violatesPolicy: false }] }", 100),
    ).toEqual(every);
    const narrow =
      'filter: { and: [{ violatesPolicy: true }, { number: { gt: 10 } }, { model: { eq: "risk.m3" } }] }';
    expect(await allPages(narrow)).toEqual(["risk.m3/11"]);
  });

  it("takes as many conditions as any filter does", async () => {
    const any = `or: [${Array(49).fill("{ violatesPolicy: true }").join()}]`;
    expect((await allPages(`filter: { ${any} }`, 100)).length).toBe(expected.length);
  });

  it("is answered model by model, too, page and total", async () => {
    const { models: found } =
      await governed.world.ask(`{ models(first: 100, filter: { name: { in: ["risk.m0", "risk.m4"] } }) {
      nodes { name versions(first: 2, filter: { violatesPolicy: true }) { totalCount nodes { number } } } } }`);
    const byName = Object.fromEntries(found.nodes.map(({ name, versions }: never) => [name, versions]));
    expect(byName).toEqual({
      "risk.m0": { totalCount: 0, nodes: [] },
      "risk.m4": { totalCount: 6, nodes: [{ number: 11 }, { number: 9 }] },
    });
  });

  it("costs one statement, one for its total, one for what each says of itself, however long and however many policies", async () => {
    const { mia, world } = governed;
    const costOf = async (first: number) => {
      const question = `{ modelVersions(first: ${first}, filter: { violatesPolicy: true }) {
        totalCount nodes { number isBreakGlass violatesPolicy } } }`;
      const { fewest } = await fewestStatements(world, async () => {
        const { modelVersions } = await mia.ask(question);
        expect(modelVersions.nodes).toEqual(
          modelVersions.nodes.map(({ number }: { number: number }) => ({
            number,
            isBreakGlass: false,
            violatesPolicy: true,
          })),
        );
      });
      return fewest;
    };
    expect([await costOf(5), await costOf(50)]).toEqual([3, 3]);
    for (let at = 1; at <= 3; at++) await policyOf(governed, `risk.m${at}`, { approvalsNeeded: 2 });
    expect(await costOf(50)).toBe(3);
  });
});
