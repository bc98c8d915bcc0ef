import { beforeAll, describe, expect, it } from "vitest";
import { allCalls } from "./calls/all.ts";
import { differencesOf, normalised } from "./comparison.ts";
import { isKnown, knownDifferences } from "./differences.ts";
import { isOfWay, mlflowWays } from "./endpoints.ts";
import { whyNoMlflow } from "./environments.ts";
import { startRealServer } from "./real-server.ts";
import { type Answered, answersOf } from "./scripted.ts";
import { engines, startWorldOn } from "./worlds.ts";

const why = whyNoMlflow();
const needed = new Set<number>();

describe.skipIf(why !== null)(`what MLflow's own server answers${why ? ` (left out: ${why})` : ""}`, () => {
  let real: Answered[];
  beforeAll(async () => {
    const server = await startRealServer();
    real = await answersOf(allCalls, server);
    await server.stop();
  });

  it("is asked for by at least 250 calls, each with words of its own", () => {
    expect(new Set(allCalls.map(({ what }) => what)).size).toBe(allCalls.length);
    expect(allCalls.length).toBeGreaterThanOrEqual(250);
  });

  it("is asked for by each method of each endpoint", () => {
    const unasked = mlflowWays().filter((way) => !allCalls.some((call) => isOfWay(way, call)));
    expect(unasked).toEqual([]);
  });

  describe.each(engines)("is what Stemma answers on %s, known differences aside, to", (engine) => {
    let own: Answered[];
    beforeAll(async () => {
      const world = await startWorldOn(engine);
      own = await answersOf(allCalls, world);
      return world.close;
    });

    it.each(allCalls.map((call, at) => [call.what, call, at] as const))("%s", (_, call, at) => {
      const [mlflow, stemma] = [normalised(real[at]!), normalised(own[at]!)];
      const unknown = differencesOf(mlflow, stemma).filter((difference) => {
        const statuses = [mlflow.status, stemma.status];
        const place = knownDifferences.findIndex((known) => isKnown(known, call, statuses, difference));
        if (place >= 0) needed.add(place);
        return place < 0;
      });
      expect(unknown).toEqual([]);
    });
  });

  it("differs in each way that is listed as known", () => {
    const idle = knownDifferences.filter((_, place) => !needed.has(place));
    expect(idle.map((known) => known.why)).toEqual([]);
  });
});
