import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AzuriteServer, startAzurite } from "../support/azurite-server.ts";
import { coldClassContract } from "../support/shelf-contract.ts";

describe("Classes of Azure", () => {
  let azurite: AzuriteServer;
  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(() => azurite.stop());

  for (const coldClass of ["Cool", "Cold"] as const) {
    coldClassContract(`the tier ${coldClass}`, async () => {
      const container = await azurite.container();
      const open = () => azurite.store(container.containerName, { prefix: "some/where/", coldClass });
      return {
        ...{ store: open(), again: async () => open(), close: async () => {} },
        names: { COLD: coldClass, STANDARD: "Hot" },
        async classOf(key: string) {
          const { accessTier } = await container.getBlobClient(`some/where/objects/${key}`).getProperties();
          return accessTier!;
        },
      };
    });
  }

  it("are none where none is set, and nothing is locked", async () => {
    const { containerName } = await azurite.container();
    const store = azurite.store(containerName);
    expect([store.hasCold, await store.canLock()]).toEqual([false, false]);
  });
});
