import { beforeAll, describe, expect, it } from "vitest";
import { sendRaw } from "../support/raw-request.ts";
import type { World } from "../support/world.ts";
import { mlflowEndpoints } from "./endpoints.ts";
import { type Malformed, malformedRequests, wrongWith } from "./malformed.ts";
import { engines, startWorldOn } from "./worlds.ts";

const seed = 20_261_128;
const perEndpoint = 40;

describe.each(engines)("malformed requests on %s", (engine) => {
  let world: World;
  const requests = malformedRequests(mlflowEndpoints(), seed, perEndpoint);
  beforeAll(async () => {
    world = await startWorldOn(engine);
    return world.close;
  });

  it("are at least 2,000, the same each time", () => {
    expect(requests.length).toBeGreaterThanOrEqual(2_000);
    expect(malformedRequests(mlflowEndpoints(), seed, perEndpoint)).toEqual(requests);
  });

  const routes = [...new Set(requests.map(({ route }) => route))];
  it.each(routes)(
    "to %s are answered in MLflow's form, never with 5xx, telling nothing of the inside",
    async (route) => {
      const wrong: object[] = [];
      const send = async (request: Malformed) => {
        const headers = { authorization: `Bearer ${world.token}`, ...request.headers };
        const answer = await sendRaw({ ...request, origin: world.url, headers });
        const text = answer.body.toString();
        const found = wrongWith(answer.status, text);
        if (found) {
          const { method, path, body } = request;
          wrong.push({
            found,
            method,
            path,
            body: body?.toString().slice(0, 300),
            answer: text.slice(0, 300),
          });
        }
        return answer.status;
      };
      const statuses = await Promise.all(requests.filter((it) => it.route === route).map(send));
      expect(wrong).toEqual([]);
      expect(statuses.some((status) => status >= 400)).toBe(true);
    },
  );
});
