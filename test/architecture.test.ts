import { readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  environmentIsReadIn,
  exportsAreNamed,
  filesAreShort,
  type House,
  hasNoCycles,
  importsPointDown,
  namesSaySomething,
  wiringIsIn,
} from "./support/architecture.ts";
import { modulesOf, type Tree } from "./support/modules.ts";

/** The order of the house, written here once; src/README.md draws it. */
const house: House = {
  floors: [
    ["kernel", "config", "config.ts"],
    ["db", "journal", "objects", "formats", "access", "graph"],
    ["tracking", "registry"],
    ["promotion"],
    ["lineage", "imports", "webhooks", "retention"],
    ["graphql", "mlflow", "openlineage", "http"],
    ["wiring", "app.ts", "main.ts", "print-schema.ts"],
  ],
  arrows: {
    "config.ts": ["config"],
    journal: ["db"],
    objects: ["db", "journal"],
    access: ["db", "journal", "graph"],
    graph: ["db", "journal"],
    registry: ["tracking"],
    http: ["graphql", "mlflow"],
    "app.ts": ["wiring"],
    "main.ts": ["app.ts"],
    "print-schema.ts": ["wiring"],
    // What a file says is the same on either side of the wire.
    cli: ["client", "formats"],
    demo: ["client"],
  },
  outside: ["client", "cli", "web", "demo"],
};
const environmentReaders = ["src/config.ts", "src/client/environment.ts"];
const wiring = "src/wiring/";

const root = fileURLToPath(new URL("..", import.meta.url));

function treeOf(folder: string): Tree {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  const paths = names
    .filter((name) => name.endsWith(".ts"))
    .map((name) => posix.join(folder, ...name.split(sep)));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

const sources = modulesOf(treeOf("src"));
const tests = modulesOf(treeOf("test"));

describe("the sources", () => {
  it("are all there", () => {
    expect(sources.length).toBeGreaterThan(40);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(200);
  });

  it("import downwards only", () => {
    expect(importsPointDown(sources, house)).toEqual([]);
  });

  it("import in no ring", () => {
    expect(hasNoCycles(sources)).toEqual([]);
  });

  it("are short files, and so are the tests", () => {
    expect(filesAreShort([...sources, ...tests])).toEqual([]);
  });

  it("read the environment in one place for the server and one for its clients", () => {
    expect(environmentIsReadIn(environmentReaders, sources)).toEqual([]);
  });

  it("construct services, resolvers, loaders and queries in wiring, from at most five things", () => {
    expect(wiringIsIn(wiring, sources)).toEqual([]);
  });

  it("have names that say what is inside", () => {
    expect(namesSaySomething(sources)).toEqual([]);
  });

  it("export by name, from the file itself", () => {
    expect(exportsAreNamed(sources)).toEqual([]);
  });
});

describe("the checks fail on", () => {
  const broken = (files: Record<string, string>) => modulesOf(new Map(Object.entries(files)));

  it.each([
    ["an import upwards", "src/db/a.ts", 'import { b } from "../graph/b.ts";', "src/graph/b.ts"],
    ["a type from above", "src/kernel/a.ts", 'import type { b } from "../db/b.ts";', "src/db/b.ts"],
    ["a type from above, inline", "src/kernel/a.ts", 'type B = import("../db/b.ts").B;', "src/db/b.ts"],
    ["a dynamic import upwards", "src/db/a.ts", 'await import("../http/b.ts");', "src/http/b.ts"],
    [
      "a re-export from above",
      "src/tracking/a.ts",
      'export * from "../promotion/b.ts";',
      "src/promotion/b.ts",
    ],
    [
      "the arrow from registry to tracking, reversed",
      "src/tracking/a.ts",
      'import "../registry/b.ts";',
      "src/registry/b.ts",
    ],
    ["neighbours without an arrow", "src/graph/a.ts", 'import "../access/b.ts";', "src/access/b.ts"],
    ["a server room in the CLI", "src/cli/a.ts", 'import "../kernel/b.ts";', "src/kernel/b.ts"],
    ["the app in the wiring", "src/wiring/a.ts", 'import "../app.ts";', "src/app.ts"],
    ["the client in a server room", "src/app.ts", 'import "./client/b.ts";', "src/client/b.ts"],
    ["the CLI in the client", "src/client/a.ts", 'import "../cli/b.ts";', "src/cli/b.ts"],
  ])("%s", (_, path, text, target) => {
    const found = importsPointDown(broken({ [path]: text, [target]: "" }), house);
    expect(found).toEqual([expect.stringContaining(`${path}: imports ${target}, but `)]);
  });

  it("a room without a floor, a file that is not there, a computed import", () => {
    const files = broken({
      "src/attic/a.ts": "",
      "src/db/a.ts": 'import "./gone.ts";\nawait import(name);',
    });
    expect(importsPointDown(files, house)).toEqual([
      "src/attic/a.ts: src/attic has no floor",
      "src/db/a.ts: imports ./gone.ts, which is no file of src",
      "src/db/a.ts: imports a computed path",
    ]);
  });

  it("a ring of imports, but not on a ring closed by types", () => {
    const ring = {
      "src/db/a.ts": 'import "./b.ts";',
      "src/db/b.ts": 'export * from "./c.ts";',
      "src/db/c.ts": 'import { a } from "./a.ts";',
    };
    expect(hasNoCycles(broken(ring))).toEqual([
      "src/db/a.ts → src/db/b.ts → src/db/c.ts → src/db/a.ts: a ring of imports",
    ]);
    expect(hasNoCycles(broken({ ...ring, "src/db/c.ts": 'import type { a } from "./a.ts";' }))).toEqual([]);
  });

  it("a file of 401 lines and a test of 301", () => {
    const files = {
      "src/db/a.ts": "\n".repeat(401),
      "src/db/b.ts": "\n".repeat(400),
      "test/c.test.ts": "\n".repeat(301),
      "src/d.generated.ts": "\n".repeat(999),
    };
    expect(filesAreShort(broken(files))).toEqual([
      "src/db/a.ts: 401 lines; at most 400",
      "test/c.test.ts: 301 lines; at most 300",
    ]);
  });

  it.each([
    "const home = process.env.HOME;",
    'const home = process["env"].HOME;',
    "const { env } = process;",
    'import { env } from "node:process";',
  ])("the environment read elsewhere: %s", (text) => {
    expect(environmentIsReadIn(environmentReaders, broken({ "src/db/a.ts": text }))).toEqual([
      "src/db/a.ts: reads process.env; only src/config.ts and src/client/environment.ts may",
    ]);
    expect(environmentIsReadIn(environmentReaders, broken({ "src/config.ts": text }))).toEqual([]);
  });

  it("a service made outside wiring, but not on data from the same file", () => {
    const declared =
      "export class RunService {}\n@ObjectType({})\nexport class Answer {}\nclass Refusal extends StemmaError {}";
    const made = "new RunService(); new Answer(); new Refusal();";
    const files = {
      "src/tracking/run.service.ts": declared,
      "src/app.ts": made,
      "src/http/server.ts": made,
      "src/wiring/tracking.ts": made,
    };
    expect(wiringIsIn(wiring, broken(files))).toEqual([
      "src/app.ts: new RunService(…); only src/wiring/ may",
      "src/http/server.ts: new RunService(…); only src/wiring/ may",
    ]);
  });

  it("a constructor of six things", () => {
    const text = "class A { constructor(a: A, b: B, c: C, d: D, e: E, private readonly f: F) {} }";
    expect(wiringIsIn(wiring, broken({ "src/db/a.ts": text }))).toEqual([
      "src/db/a.ts: a constructor takes 6 things; at most 5",
    ]);
  });

  it("names that say nothing", () => {
    const files = broken({
      "src/db/sql-utils.ts": "",
      "src/common/a.ts": "",
      "src/db/run.handler.ts": "",
      "src/db/Run.ts": "",
    });
    expect(namesSaySomething(files)).toEqual([
      'src/db/sql-utils.ts: "utils" says nothing',
      'src/common/a.ts: "common" says nothing',
      'src/db/run.handler.ts: no role "handler"',
      "src/db/Run.ts: a file is named like-this.ts",
    ]);
  });

  it("barrels and default exports, but not on a file that also makes something", () => {
    const files = broken({
      "src/db/a.ts": 'export * from "./b.ts";',
      "src/db/b.ts": 'import { c } from "./c.ts";\nexport { c };',
      "src/db/c.ts": 'export { empty } from "tag";\nexport const c = 1;',
      "src/db/d.ts": "export default 1;",
    });
    expect(exportsAreNamed(files)).toEqual([
      "src/db/a.ts: nothing but re-exports; import from the file itself",
      "src/db/b.ts: nothing but re-exports; import from the file itself",
      "src/db/d.ts: a default export; name it",
    ]);
  });
});
