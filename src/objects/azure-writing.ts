import type { AzureContainer } from "./azure-container.ts";
import { keyIsTaken } from "./object-store.ts";
import type { StoreFolders } from "./store-folders.ts";
import type { PartTaker } from "./streamed-parts.ts";

/** A blob that this server writes. Its blocks wait where a sweep looks for them, and are copied when all are there. */
export class AzureWriting implements PartTaker {
  private readonly from: string;
  private readonly to: string;

  constructor(
    folders: StoreFolders,
    private readonly container: AzureContainer,
    key: string,
    private readonly contentType: string,
  ) {
    this.from = folders.incoming(key);
    this.to = folders.committed(key);
  }

  async begin(): Promise<void> {
    if (await this.container.head(this.to)) throw keyIsTaken();
  }

  takeWhole(bytes: Buffer): Promise<void> {
    return this.container.write(this.to, bytes, this.contentType);
  }

  takePart(number: number, bytes: Buffer): Promise<void> {
    return this.container.writeBlock(this.from, number, bytes);
  }

  async putTogether(count: number): Promise<void> {
    const numbers = Array.from({ length: count }, (_, at) => at + 1);
    const { from, to, contentType } = this;
    await this.container.place({ from, to, numbers, contentType });
    await this.container.delete(from);
  }

  giveUp(): Promise<void> {
    return this.container.discard(this.from);
  }
}
