import { type AzureContainer, blockQuery } from "./azure-container.ts";
import type { Arriving, FreeParts, SentPart, SignedRequest } from "./object-store.ts";
import { inOrder } from "./sent-parts.rules.ts";
import type { StoreFolders } from "./store-folders.ts";

/** Blocks of a blob whose sizes nobody has said. Its ticket is its content type: nothing is made before a block arrives. */
export class AzureFreeParts implements FreeParts {
  constructor(
    private readonly folders: StoreFolders,
    private readonly container: AzureContainer,
  ) {}

  async begin(_key: string, contentType: string): Promise<string> {
    return contentType;
  }

  async sign({ key }: Arriving, number: number, expiresAt: number): Promise<SignedRequest> {
    const url = this.container.signed(this.folders.incoming(key), { permissions: "w", expiresAt });
    return { method: "PUT", url: `${url}&${blockQuery(number)}`, headers: [] };
  }

  /** Azure gives a block no tag, so none is compared. */
  async commit({ key, ticket: contentType }: Arriving, parts: readonly SentPart[]): Promise<void> {
    const [from, to] = [this.folders.incoming(key), this.folders.committed(key)];
    if ((await this.container.settled(to)) === null) {
      try {
        const numbers = inOrder(parts).map(({ number }) => number);
        await this.container.place({ from, to, numbers, contentType });
      } catch (error) {
        // Another server may have committed it meanwhile, and tidied up.
        if ((await this.container.settled(to)) === null) throw error;
      }
    }
    await this.container.discard(from);
  }

  abort({ key }: Arriving): Promise<void> {
    return this.container.discard(this.folders.incoming(key));
  }
}
