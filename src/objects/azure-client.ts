import { ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { ObjectStoreSettings } from "../config/objects.ts";
import { AzureContainer } from "./azure-container.ts";
import { AzureFreeParts } from "./azure-free-parts.ts";
import { AzureStore } from "./azure-store.ts";
import { StoreFolders } from "./store-folders.ts";

export type AzureSettings = Extract<ObjectStoreSettings, { kind: "azure" }>;

export interface AzureOptions {
  /** What is copied in one request; Azure bears 256 MiB. */
  copiedAtOnceBytes?: number;
}

/** Loads the SDK, so whoever has no container should not import this. `name`: for people. */
export function openAzureStore(
  name: string,
  settings: AzureSettings,
  options: AzureOptions = {},
): AzureStore {
  const { account, accountKey, container, endpoint, prefix, coldClass } = settings;
  const credential = new StorageSharedKeyCredential(account, accountKey);
  const client = new ContainerClient(`${endpoint.replace(/\/+$/, "")}/${container}`, credential, {
    retryOptions: { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 },
  });
  const inContainer = new AzureContainer(client, credential, options.copiedAtOnceBytes);
  const folders = new StoreFolders(prefix);
  const freeParts = new AzureFreeParts(folders, inContainer);
  return new AzureStore(name, folders, inContainer, coldClass, freeParts);
}
