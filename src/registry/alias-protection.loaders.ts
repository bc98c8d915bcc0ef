import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Request } from "../kernel/request.ts";
import { covers, overlap } from "../kernel/scope.ts";
import type { Alias } from "./alias.entity.ts";
import type { AliasProtection } from "./alias-protection.entity.ts";
import { findProtections, readProtections } from "./alias-protection.query.ts";
import type { ModelLoaders } from "./model.loaders.ts";

/** Protections on patterns that cover something the actor may read. */
export class AliasProtectionLoaders {
  constructor(
    private readonly db: Database,
    private readonly models: ModelLoaders,
  ) {}

  /** By node number, those that are no more, too. */
  byId(request: Request, id: number): Promise<AliasProtection | null> {
    const loader = request.once(
      this.byId,
      () =>
        new DataLoader<number, AliasProtection | null>(async (ids) => {
          const found = await findProtections(this.db.read, ids);
          return ids.map(
            (wanted) =>
              found.find(({ nodeId, pattern }) => nodeId === wanted && isSeen(request.actor, pattern)) ??
              null,
          );
        }),
    );
    return loader.load(id);
  }

  /** All that hold, or those that cover one model's name. */
  async list(request: Request, model: string | null): Promise<AliasProtection[]> {
    const all = await this.all(request);
    return all.filter(
      ({ pattern }) => isSeen(request.actor, pattern) && (model === null || covers(pattern, model)),
    );
  }

  async isProtected(request: Request, { name, modelId }: Alias): Promise<boolean> {
    const protecting = (await this.all(request)).filter(({ alias }) => alias === name);
    if (protecting.length === 0) return false;
    const model = await this.models.byId(request, modelId);
    return model !== null && protecting.some(({ pattern }) => covers(pattern, model.name));
  }

  private all(request: Request): Promise<AliasProtection[]> {
    return request.once(this.all, () => readProtections(this.db.read));
  }
}

function isSeen(actor: Actor, pattern: string): boolean {
  return actor.readableScopes.some((scope) => overlap(scope, pattern) !== null);
}
