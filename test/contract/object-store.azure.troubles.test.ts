import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAzureStore } from "../../src/objects/azure-client.ts";
import { type AzuriteServer, startAzurite } from "../support/azurite-server.ts";
import { put } from "../support/object-store-contract.ts";
import { expectAway } from "../support/store-troubles.ts";

describe("Azure that does not do what it is asked", () => {
  let azurite: AzuriteServer;
  let container: string;
  beforeAll(async () => {
    azurite = await startAzurite();
    container = (await azurite.container()).containerName;
  });
  afterAll(() => azurite.stop());

  it("is away where the key is wrong, and says nothing of it", async () => {
    const accountKey = randomBytes(32).toString("base64");
    await expectAway(azurite.store(container, { accountKey }), [container, accountKey, "127.0.0.1"]);
  });

  it("is away where nothing listens", async () => {
    const accountKey = randomBytes(32).toString("base64");
    const endpoint = "http://127.0.0.1:1/nobody";
    const settings = {
      kind: "azure",
      account: "nobody",
      accountKey,
      container,
      prefix: "",
      endpoint,
      coldClass: null,
    } as const;
    await expectAway(openAzureStore("nobody", settings), [container, accountKey, "127.0.0.1"]);
  });

  it("is away where there is no container", async () => {
    const store = azurite.store("no-such-container");
    const away = { trouble: "AWAY", message: "the container is not there" };
    await expect(store.check()).rejects.toMatchObject(away);
    await expect(store.read("a/b")).rejects.toMatchObject(away);
  });

  it("tells by the stream of a read that the server has gone", async () => {
    const mortal = await startAzurite();
    const store = mortal.store((await mortal.container()).containerName);
    const { key } = await put(store, randomBytes(16 * 1024 ** 2));
    const stream = await store.read(key);
    const reading = (async () => {
      for await (const _ of stream) await mortal.stop();
    })();
    await expect(reading).rejects.toMatchObject({ name: "ObjectStoreError", trouble: "AWAY" });
  });
});
