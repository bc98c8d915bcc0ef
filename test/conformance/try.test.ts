import { writeFileSync } from "node:fs";
import { it } from "vitest";
import { allCalls } from "./calls/all.ts";
import { startRealServer } from "./real-server.ts";
import { answersOf } from "./scripted.ts";
import { differencesOf, normalised } from "./comparison.ts";
import { startWorldOn } from "./worlds.ts";

it("tries", async () => {
  const real = await startRealServer();
  const t0 = Date.now();
  const a = await answersOf(allCalls, real);
  const t1 = Date.now();
  const world = await startWorldOn("sqlite");
  const b = await answersOf(allCalls, world);
  console.log(allCalls.length, t1 - t0, Date.now() - t1);
  await real.stop();
  await world.close();
  writeFileSync("/tmp/mlconf-diff.json", JSON.stringify(allCalls.map((call, i) => ({
    call, mlflow: normalised(a[i]!), stemma: normalised(b[i]!), diffs: differencesOf(normalised(a[i]!), normalised(b[i]!)),
  })), null, 1));
}, 300_000);
