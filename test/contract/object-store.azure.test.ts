import { afterAll, beforeAll, describe } from "vitest";
import { type AzuriteServer, startAzurite } from "../support/azurite-server.ts";
import { freePartsContract } from "../support/free-parts-contract.ts";
import { objectStoreContract } from "../support/object-store-contract.ts";
import { streamedContract } from "../support/streamed-contract.ts";

describe("Azure, as Azurite speaks it", () => {
  let azurite: AzuriteServer;
  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(() => azurite.stop());

  for (const contract of [objectStoreContract, streamedContract, freePartsContract]) {
    contract("the Azure store in a folder of a container", async () => {
      const { containerName } = await azurite.container();
      const open = () => azurite.store(containerName, { prefix: "some/where/" });
      return { store: open(), again: async () => open(), close: async () => {} };
    });
  }
});
