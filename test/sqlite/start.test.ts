import { expect, it } from "vitest";
import { emptyDatabase, objectFolderOf } from "../support/engines.ts";
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

it("a start says where objects are", async () => {
  const settings = await emptyDatabase();
  const folder = objectFolderOf(settings);
  expect((await startServer(settings)).said()).toContain(`  objects         folder ${folder}\n`);
});

it.each([
  ["below a file", "/dev/null/objects", "ENOTDIR: not a directory"],
  ["that is a file", "/dev/null", "EEXIST: file already exists"],
])("a folder for objects %s stops the start, and OBJECT_STORE_URL is named", async (_, folder, reason) => {
  const started = startServer(await emptyDatabase(), 0, { OBJECT_STORE_URL: `file:${folder}` });
  await expect(started).rejects.toThrow(
    `Stemma did not start: OBJECT_STORE_URL: folder ${folder} cannot be used: ${reason}`,
  );
});
