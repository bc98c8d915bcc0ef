import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** These need no database, and take long. */
const objectStores = "test/contract/object-store.*.test.ts";
const localStore = "test/alone/local-store.*.test.ts";
const contractAndApi = ["test/contract/**/*.test.ts", "test/api/**/*.test.ts"];

/** `unit` needs no database; `sqlite` and `mysql` run the same files, each on its engine, and a few of their own. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  resolve: {
    // One graphql for all: type-graphql requires the CommonJS build, and two builds are two "realms".
    alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve("graphql/index.js") }],
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    maxWorkers: 2,
    // Each test has a world of its own, so files may share what is loaded: it saves a third of the time.
    isolate: false,
    setupFiles: ["test/support/setup.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/architecture.test.ts", "test/unit/**/*.test.ts", objectStores],
        },
      },
      {
        extends: true,
        test: {
          name: "sqlite",
          include: [...contractAndApi, "test/sqlite/**/*.test.ts"],
          exclude: [objectStores],
          provide: { engine: "sqlite" },
        },
      },
      // What puts something in the place of a module must be the first to load it.
      {
        extends: true,
        test: {
          name: "alone, sqlite",
          include: ["test/alone/**/*.test.ts"],
          isolate: true,
          provide: { engine: "sqlite" },
        },
      },
      {
        extends: true,
        test: {
          name: "alone, mysql",
          include: ["test/alone/**/*.test.ts"],
          exclude: [localStore],
          isolate: true,
          provide: { engine: "mysql" },
          globalSetup: ["test/support/mysql-server.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "mysql",
          include: [...contractAndApi, "test/mysql/**/*.test.ts"],
          exclude: [objectStores],
          provide: { engine: "mysql" },
          globalSetup: ["test/support/mysql-server.ts"],
        },
      },
      // MLflow's own client and server, in Python: each test on both engines.
      {
        extends: true,
        test: {
          name: "conformance",
          // Python takes its time where a machine is busy.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          include: ["test/conformance/**/*.test.ts"],
          globalSetup: ["test/support/mysql-server.ts", "test/conformance/environments.ts"],
        },
      },
    ],
  },
});
