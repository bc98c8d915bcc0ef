import { type Kind, readId } from "../kernel/ids.ts";
import type { Node } from "../kernel/node.ts";
import type { Request } from "../kernel/request.ts";

/** Loads the noun of one kind by its node number, batched within the request; null where there is none. */
export type NodeLoader = (request: Request, node: number) => Promise<Node | null>;

/** Which room loads which kind; filled in wiring, so that no room knows them all. */
export class NodeDirectory {
  private readonly loaders = new Map<Kind, NodeLoader>();

  register(kind: Kind, load: NodeLoader): this {
    this.loaders.set(kind, load);
    return this;
  }

  /** The noun with this public id; null where there is none or it is no id. */
  async find(request: Request, id: string): Promise<Node | null> {
    const read = readId(id);
    return read ? this.load(request, read.kind, read.node) : null;
  }

  async load(request: Request, kind: Kind, node: number): Promise<Node | null> {
    return (await this.loaders.get(kind)?.(request, node)) ?? null;
  }
}
