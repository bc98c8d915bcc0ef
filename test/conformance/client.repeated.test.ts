import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { pauseBeforeTheAnswer } from "../support/pauses.ts";
import { type RawRequest, sendRaw } from "../support/raw-request.ts";
import type { World } from "../support/world.ts";
import { mlflowEndpoints } from "./endpoints.ts";
import { mlflowVersions, newest, whyNoMlflow } from "./environments.ts";
import { type Loss, type LossyRelay, lossyRelayTo } from "./lossy-relay.ts";
import { checksOf, type PythonClient, startPythonClient } from "./python-client.ts";
import { engines, startWorldOn } from "./worlds.ts";

/** What is lost is sent again once, without a pause. */
const sendingAgain = {
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: "1",
  MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: "0",
  MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: "0",
};

const making = mlflowEndpoints()
  .filter(({ makes }) => makes !== undefined)
  .map(({ below, path }) => `/api/2.0/${below}/${path}`);

async function hungUpAtOnce(request: RawRequest): Promise<void> {
  await sendRaw({ ...request, cutAfter: request.body!.length });
}

/** Hung up when it was done, and before that could be answered. */
async function doneUnheard(request: RawRequest): Promise<void> {
  const { isDone, goOn } = pauseBeforeTheAnswer();
  await sendRaw({ ...request, cutWhen: isDone.given });
  // What comes on a later connection is heard after the end of that one.
  const asked = { origin: request.origin, method: "GET", path: "/version", headers: {}, body: null };
  for (let turn = 0; turn < 3; turn++) await sendRaw(asked);
  vi.restoreAllMocks();
  goOn.give();
}

const losses: readonly (readonly [string, Loss])[] = [
  ["it never arrived", async () => {}],
  ["the line was cut when it had arrived", hungUpAtOnce],
  ["it was done, and the line cut before the answer", doneUnheard],
];

const why = whyNoMlflow();
/** Paths that were lost, by the version of the client. */
const lost = new Map<string, Set<string>>();

describe.skipIf(why !== null)(`what MLflow's client sends again${why ? ` (left out: ${why})` : ""}`, () => {
  afterEach(() => vi.restoreAllMocks());

  describe.each(engines)("on %s", (engine) => {
    let world: World;
    beforeAll(async () => {
      world = await startWorldOn(engine);
      return world.close;
    });

    describe.each(mlflowVersions)("by the client of MLflow %s", (version) => {
      let relay: LossyRelay;
      let client: PythonClient;
      beforeAll(async () => {
        relay = await lossyRelayTo(world.url);
        client = await startPythonClient(
          "repeated",
          version,
          { url: relay.url, token: world.token },
          sendingAgain,
        );
        return async () => {
          await client.stop();
          await relay.close();
        };
      });

      describe.each(losses)("where %s", (_, loss) => {
        const sentences = checksOf("repeated", version).map(({ sentence }) => sentence);
        it.each(sentences)("%s, by the same bytes", async (sentence) => {
          const came = relay.lose(making, loss);
          await client.check(sentence);
          expect(came.size).toBeGreaterThan(0);
          for (const [path, bodies] of came) {
            expect([path, bodies]).toEqual([path, [bodies[0], bodies[0]]]);
            lost.set(version, (lost.get(version) ?? new Set()).add(path));
          }
        });
      });
    });
  });

  it.each(mlflowVersions)("is all that the client of MLflow %s makes", (version) => {
    const made = making.filter((path) => version === newest || !path.endsWith("/logged-models"));
    expect([...(lost.get(version) ?? [])].sort()).toEqual(made.sort());
  });
});
