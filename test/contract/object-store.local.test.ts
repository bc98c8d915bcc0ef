import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify from "fastify";
import { blobRoutes } from "../../src/http/blobs.routes.ts";
import { LocalStore } from "../../src/objects/local-store.ts";
import { type OpenedStore, objectStoreContract } from "../support/object-store-contract.ts";
import { streamedContract } from "../support/streamed-contract.ts";

async function opened(): Promise<OpenedStore> {
  const folder = await mkdtemp(join(tmpdir(), "stemma-objects-"));
  let base = "";
  const store = await LocalStore.open(folder, () => base);
  const server = Fastify({ forceCloseConnections: true });
  blobRoutes(server, { store, clock: Date.now, corsOrigins: [] });
  base = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    store,
    again: () => LocalStore.open(folder, () => base),
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

objectStoreContract("the local store", opened);
streamedContract("the local store", opened);
