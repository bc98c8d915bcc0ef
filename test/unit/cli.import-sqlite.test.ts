import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deadServer, runCli } from "../support/cli-process.ts";
import { sharedData } from "../support/shared-data.ts";

const file = join(sharedData, "mlflow3-sqlite-forecast", "mlruns.db");

describe("the import of a SQLite file, from the command line", () => {
  it("says in one line that no server answers, and never crashes: ten times, with a busy garbage collector", async () => {
    const server = await deadServer();
    for (let time = 1; time <= 10; time++) {
      const ending = await runCli(["import", "mlflow", file], { server, flags: ["--gc-interval=2000"] });
      expect(ending).toEqual({
        code: 1,
        signal: null,
        stdout: "",
        stderr: expect.stringMatching(/^stemma: no server answers at http:\/\/127\.0\.0\.1:\d+ .*\n$/),
      });
    }
  }, 120_000);
});
