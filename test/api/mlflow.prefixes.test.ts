import { beforeAll, describe, expect, it } from "vitest";
import { mlflowWays } from "../conformance/endpoints.ts";
import { person } from "../support/access.ts";
import { sendRaw } from "../support/raw-request.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
/** Of somebody who may do nothing, so that what is asked changes nothing. */
let token: string;

beforeAll(async () => {
  world = await startWorld();
  token = (await person(world, "stranger")).token;
  return world.close;
});

const ways = mlflowWays().map(({ method, path }) => [method, path.replaceAll(/:\w+|\*/g, "x")] as const);

async function answerOf(method: string, path: string) {
  const body = method === "GET" ? null : Buffer.from("{}");
  const typed: Record<string, string> = body
    ? { "content-type": "application/json", "content-length": String(body.length) }
    : {};
  const headers = { authorization: `Bearer ${token}`, ...typed };
  const answer = await sendRaw({ origin: world.url, method, path, headers, body });
  return { status: answer.status, body: JSON.parse(answer.body.toString()) };
}

describe("an endpoint for MLflow's client is one for its user interface, too", () => {
  it.each(ways)("%s %s", async (method, path) => {
    const [client, browser] = [
      await answerOf(method, `/api/2.0/${path}`),
      await answerOf(method, `/ajax-api/2.0/${path}`),
    ];
    expect(client.body.error_code).not.toBe("ENDPOINT_NOT_FOUND");
    expect(browser).toEqual(client);
  });

  it("and what is none is none for either", async () => {
    const absent = { status: 404, body: { error_code: "ENDPOINT_NOT_FOUND", message: expect.any(String) } };
    for (const prefix of ["/api/2.0", "/ajax-api/2.0"]) {
      expect(await answerOf("GET", `${prefix}/mlflow/runs/nothing`)).toEqual(absent);
      expect(await answerOf("GET", `${prefix}/mlflow-artifacts/nothing`)).toEqual(absent);
    }
  });
});
