import { expect, it } from "vitest";
import { emptyDatabase } from "../support/engines.ts";
import { startServer } from "../support/server-process.ts";
import { adminToken } from "../support/world.ts";

it("a port that is taken stops the start, and PORT is named", async () => {
  const { url } = await startServer(await emptyDatabase());
  const { port } = new URL(url);
  await expect(startServer(await emptyDatabase(), Number(port))).rejects.toThrow(
    `Stemma did not start: PORT: ${port} is taken at 127.0.0.1; set another, or stop what listens there`,
  );
});

it("a start says whether anything is asked of versions that enter a stage", async () => {
  const settings = await emptyDatabase();
  const first = await startServer(settings);
  expect(first.said()).toContain("open: no stage asks for anything");
  const input = { model: "risk.*", stage: "Production", preset: "GUARDED" };
  const response = await fetch(`${first.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${adminToken}` },
    body: JSON.stringify({
      query: "mutation ($input: SetPolicyInput!) { setPolicy(input: $input) { policy { revision } } }",
      variables: { input },
    }),
  });
  expect(await response.json()).toMatchObject({ data: { setPolicy: { policy: { revision: 1 } } } });
  await first.stop();
  expect((await startServer(settings)).said()).toContain("1 policy is set; open elsewhere");
});
