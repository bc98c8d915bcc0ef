import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { ColdTier } from "../../src/config/objects.ts";
import { type AzureOptions, openAzureStore } from "../../src/objects/azure-client.ts";
import type { AzureStore } from "../../src/objects/azure-store.ts";
import { startPrivate } from "./private-server.ts";

type StoreOptions = AzureOptions & { prefix?: string; accountKey?: string; coldClass?: ColdTier | null };

/** Azurite, which speaks as Azure Blob Storage does and verifies signatures. Ready in half a second. */
export interface AzuriteServer {
  /** `http://127.0.0.1:…/account` */
  readonly endpoint: string;
  readonly account: string;
  readonly accountKey: string;
  /** A new container, for what only its owner does. */
  container(): Promise<ContainerClient>;
  /** The store under test, in that container. */
  store(container: string, options?: StoreOptions): AzureStore;
  stop(): Promise<void>;
}

const program = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
const flags = [
  "--blobHost",
  "127.0.0.1",
  "--blobPort",
  "0",
  "--silent",
  "--disableTelemetry",
  "--skipApiVersionCheck",
];

export async function startAzurite(): Promise<AzuriteServer> {
  const account = `stemma${randomBytes(4).toString("hex")}`;
  const accountKey = randomBytes(32).toString("base64");
  const server = await startPrivate({
    name: "azurite",
    program: process.execPath,
    argumentsOf: (folder) => ["--no-deprecation", program, ...flags, "--location", folder],
    environment: { AZURITE_ACCOUNTS: `${account}:${accountKey}` },
    told: /listens on (http:\S+)/,
  });
  const endpoint = `${server.said}/${account}`;
  return {
    endpoint,
    account,
    accountKey,
    async container() {
      const name = `c-${randomBytes(6).toString("hex")}`;
      const credential = new StorageSharedKeyCredential(account, accountKey);
      const client = new ContainerClient(`${endpoint}/${name}`, credential);
      await client.create();
      return client;
    },
    store(container, { prefix = "", accountKey: otherKey = accountKey, coldClass = null, ...options } = {}) {
      const where = { account, accountKey: otherKey, container, prefix, endpoint };
      return openAzureStore(`container ${container}`, { kind: "azure", ...where, coldClass }, options);
    },
    stop: () => server.stop(),
  };
}
