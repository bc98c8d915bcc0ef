import { expect, it } from "vitest";
import { emptyDatabase } from "../support/engines.ts";
import { startServer } from "../support/server-process.ts";

it("a port that is taken stops the start, and PORT is named", async () => {
  const { url } = await startServer(await emptyDatabase());
  const { port } = new URL(url);
  await expect(startServer(await emptyDatabase(), Number(port))).rejects.toThrow(
    `Stemma did not start: PORT: ${port} is taken at 127.0.0.1; set another, or stop what listens there`,
  );
});
