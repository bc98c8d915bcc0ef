import { beforeAll, describe, it } from "vitest";
import { mlflowVersions, whyNoMlflow, whyWithout } from "./environments.ts";
import { checksOf, type PythonClient, startPythonClient } from "./python-client.ts";
import { engines, startWorldOn } from "./worlds.ts";

/** Each check of a script by each version of MLflow's client against a world on each of these engines. */
export function describeClient(script: string, on = engines): void {
  const why = whyNoMlflow();
  for (const engine of on) {
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

        for (const { sentence, needs } of checksOf(script, version)) {
          const lack = whyWithout(needs);
          it.skipIf(lack !== null)(sentence + (lack ? ` (left out: ${lack})` : ""), () =>
            client.check(sentence),
          );
        }
      });
    }
  }
}
