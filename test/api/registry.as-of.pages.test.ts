import { beforeEach, describe, expect, it } from "vitest";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let now: number;

beforeEach(async () => {
  now = Date.UTC(2026, 0, 1);
  world = await startWorld({ clock: () => now });
  registry = registryOf(world);
  return world.close;
});

const fields =
  "totalCount edges { cursor node { cursor } } pageInfo { hasNextPage hasPreviousPage endCursor }";
const query = `query ($asOf: DateTime!, $basis: TimeBasis, $stages: [String!], $first: Int, $after: String) {
  registry(asOf: $asOf, basis: $basis, stages: $stages, first: $first, after: $after) { ${fields}
    nodes { to modelVersion { uri } } } }`;

interface Page {
  totalCount: number;
  nodes: { to: string; modelVersion: { uri: string } }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
}

const future = "2100-01-01T00:00:00.000Z";

async function page(more: object): Promise<Page> {
  return (await world.ask(query, { asOf: future, ...more })).registry;
}

const namesOn = ({ nodes }: Page) =>
  nodes.map(({ modelVersion }) => modelVersion.uri.replace("models:/", ""));

/** Six versions in Staging, the sixth the last to come there. */
async function sixInStaging(): Promise<void> {
  await registry.model("m");
  for (let number = 1; number <= 6; number++) {
    now += 1_000;
    await registry.version("m");
    await registry.promote(`m/${number}`, "Staging");
  }
}

describe("pages of registry(asOf)", () => {
  it("say where they lie, and how long the whole is", async () => {
    await sixInStaging();
    const first = await page({ first: 4 });
    expect(namesOn(first)).toEqual(["m/6", "m/5", "m/4", "m/3"]);
    expect(first).toMatchObject({ totalCount: 6, pageInfo: { hasNextPage: true, hasPreviousPage: false } });
    const second = await page({ first: 4, after: first.pageInfo.endCursor });
    expect(namesOn(second)).toEqual(["m/2", "m/1"]);
    expect(second).toMatchObject({ totalCount: 6, pageInfo: { hasNextPage: false, hasPreviousPage: true } });
    const last = await page({ first: 4, after: second.pageInfo.endCursor });
    expect(last).toMatchObject({ totalCount: 6, nodes: [], pageInfo: { endCursor: null } });
  });

  it.each(["RECORDED", "OCCURRED"])(
    "by the time things %s show what the first one did, whatever happens meanwhile",
    async (basis) => {
      await sixInStaging();
      const seen: string[] = [];
      const meanwhile: (() => Promise<unknown>)[] = [
        () => registry.promote("m/1", "Production"),
        () => registry.promote("m/6", "Production", { archiveExisting: true }),
        () => registry.mutate("deleteModelVersion", { version: "m/2" }),
        () => importedPast(),
        () => registry.mutate("renameModel", { model: "m", name: "n" }),
        async () => {
          await registry.promote("n/6", "None");
          await registry.mutate("deleteModel", { model: "n" });
        },
      ];
      let after: string | null = null;
      for (const happens of meanwhile) {
        const found: Page = await page({ basis, first: 1, after });
        expect(found).toMatchObject({ totalCount: 6, nodes: [{ to: "Staging" }] });
        seen.push(...namesOn(found).map((name) => name.replace("n/", "m/")));
        after = found.pageInfo.endCursor;
        now += 1_000;
        await happens();
      }
      expect(seen).toEqual(["m/6", "m/5", "m/4", "m/3", "m/2", "m/1"]);
      expect((await page({ basis, first: 1, after })).nodes).toEqual([]);
      expect(namesOn(await page({ basis }))).toEqual(["past/1"]);
    },
  );

  it("go on after their own cursors alone", async () => {
    await sixInStaging();
    const { endCursor } = (await page({ first: 2 })).pageInfo;
    const others = [
      { asOf: "2099-01-01T00:00:00.000Z" },
      { basis: "OCCURRED" },
      { stages: ["Staging"] },
      { asOf: "2099-01-01T00:00:00.000Z", stages: ["Production"] },
    ];
    for (const other of others) {
      const { errors } = await world.graphql(query, { asOf: future, ...other, after: endCursor });
      expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argumentPath: ["after"] } }]);
    }
    for (const after of ["", "start", (await world.ask("{ eventHead }")).eventHead]) {
      const { errors } = await world.graphql(query, { asOf: future, after });
      expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argumentPath: ["after"] } }]);
    }
  });

  it("go on after the cursors of the same stages, spelled and ordered otherwise", async () => {
    await sixInStaging();
    const { endCursor } = (await page({ first: 5, stages: ["staging", "Production"] })).pageInfo;
    const next = await page({ after: endCursor, stages: ["PRODUCTION", "Staging", "staging"] });
    expect(namesOn(next)).toEqual(["m/1"]);
  });

  it("are not those of another registry", async () => {
    await sixInStaging();
    const { endCursor } = (await page({ first: 2 })).pageInfo;
    const [mark, snapshot, ...rest] = JSON.parse(Buffer.from(endCursor!, "base64url").toString());
    const [seq] = Buffer.from(snapshot, "base64url").toString().split(".");
    const foreign = Buffer.from(`${seq}.0123456789abcdef`).toString("base64url");
    const after = Buffer.from(JSON.stringify([mark, foreign, ...rest])).toString("base64url");
    const { errors } = await world.graphql(query, { asOf: future, after });
    expect(errors).toMatchObject([{ extensions: { code: "CURSOR_EXPIRED" } }]);
  });

  it("are 1–100 long", async () => {
    for (const first of [0, 101]) {
      const { errors } = await world.graphql(query, { asOf: future, first });
      expect(errors).toMatchObject([{ message: `first: expected 1–100; got ${first}` }]);
    }
  });
});

/** A version that has stood in Production long since, as is known only now. */
function importedPast(): Promise<unknown> {
  const at = "2025-01-01T00:00:00.000Z";
  const version = {
    model: "past",
    number: 1,
    externalId: "x",
    createdAt: at,
    stays: [{ stage: "Production", from: at }],
    stage: "Production",
  };
  const batch = { source: "test", models: [{ name: "past", createdAt: at }], versions: [version] };
  return registry.mutate("importHistory", { batch }, "imported");
}

describe("registry(asOf) by occurred time", () => {
  it("shows a version once where the clock ran back, by the last change of which it is told", async () => {
    await registry.version("m", { createModel: true });
    const start = now;
    const moveAt = (second: number, to: string) => {
      now = start + second * 1_000;
      return registry.promote("m/1", to);
    };
    await moveAt(10, "Staging");
    await moveAt(100, "Archived");
    await moveAt(20, "Staging");
    const asOf = new Date(start + 50_000).toISOString();
    const found = await page({ asOf, basis: "OCCURRED" });
    expect(found).toMatchObject({ totalCount: 1, nodes: [{ to: "Staging" }] });
    const { registry: shown } = await world.ask(
      `query ($asOf: DateTime!) { registry(asOf: $asOf, basis: OCCURRED) { nodes { at from } } }`,
      { asOf },
    );
    expect(shown.nodes).toEqual([{ at: new Date(start + 20_000).toISOString(), from: "Archived" }]);
  });

  it("tells what an import made known, of which nothing was recorded then", async () => {
    await importedPast();
    const asOf = "2025-06-01T00:00:00.000Z";
    expect(namesOn(await page({ asOf, basis: "OCCURRED" }))).toEqual(["past/1"]);
    expect(namesOn(await page({ asOf }))).toEqual([]);
    expect(namesOn(await page({ asOf, basis: null }))).toEqual([]);
  });
});
