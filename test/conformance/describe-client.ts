import { beforeAll, describe, it } from "vitest";
import { mlflowVersions, whyNoMlflow } from "./environments.ts";
import { type PythonClient, sentencesOf, startPythonClient } from "./python-client.ts";
import { engines, startWorldOn } from "./worlds.ts";

/** Each check of a script by each version of MLflow's client against a world on each engine. */
export function describeClient(script: string): void {
  const why = whyNoMlflow();
  for (const engine of engines) {
    for (const version of mlflowVersions) {
      const who = `the client of MLflow ${version} on ${engine}${why ? ` (left out: ${why})` : ""}`;
      describe.skipIf(why !== null)(who, () => {
        let client: PythonClient;
        beforeAll(async () => {
          const world = await startWorldOn(engine);
          client = await startPythonClient(script, version, world);
          return async () => {
            await client.stop();
            await world.close();
          };
        });

        it.each(sentencesOf(script, version))("%s", (sentence) => client.check(sentence));
      });
    }
  }
}
