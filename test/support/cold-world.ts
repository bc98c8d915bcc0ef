import type { ContainerClient } from "@azure/storage-blob";
import type { AzuriteServer } from "./azurite-server.ts";
import { type RetentionWorld, retentionWorld, setRetention } from "./retention-world.ts";
import type { SentFile } from "./uploads.ts";

/** Of what came as far as Staging: cold ten days after, gone ninety days later. */
export const coldRules = [{ stage: "Staging", coldAfterDays: 10, keepDays: 100 }];

/** A registry whose bytes are in Azure, where it has a tier for what is cold. */
export interface ColdWorld extends RetentionWorld {
  /** What one process moves now. */
  moveDue: () => Promise<number>;
  /** In what tier the container has its objects, in order of names. */
  tiers: () => Promise<string[]>;
  /** Takes away bytes behind the registry's back. */
  forget: (storageKey: string) => Promise<unknown>;
}

/** A registry whose policy lets files go cold, and a model `m`. */
export async function coldWorld(azurite: AzuriteServer): Promise<ColdWorld> {
  const container: ContainerClient = await azurite.container();
  const { account, accountKey, endpoint } = azurite;
  const where = { account, accountKey, endpoint, container: container.containerName, prefix: "" };
  const store = azurite.store(container.containerName, { coldClass: "Cool" });
  const own = await retentionWorld({ settings: { kind: "azure", ...where, coldClass: "Cool" }, store });
  await own.registry.model("m");
  await setRetention(own, { model: "*", rules: coldRules });
  const usual = own.another();
  return {
    ...own,
    moveDue: () => usual.moveDue(),
    forget: (storageKey) => container.deleteBlob(`objects/${storageKey}`),
    async tiers() {
      const found: string[] = [];
      for await (const { properties } of container.listBlobsFlat({ prefix: "objects/" })) {
        found.push(properties.accessTier!);
      }
      return found;
    },
  };
}

/** A version that left Staging long enough ago, with these files. */
export async function idleVersion(own: ColdWorld, files: SentFile[]): Promise<string> {
  const { number } = await own.registry.version("m");
  await own.sender.push(`m/${number}`, files);
  for (const stage of ["Staging", "Archived"]) await own.registry.promote(`m/${number}`, stage);
  return `m/${number}`;
}

/** Another version of the same bytes, which are there already. */
export async function sharing(own: ColdWorld, files: readonly SentFile[]): Promise<string> {
  const { number } = await own.registry.version("m");
  await own.sender.push(`m/${number}`, files);
  return `m/${number}`;
}
