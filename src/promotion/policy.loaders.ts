import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Request } from "../kernel/request.ts";
import { overlap } from "../kernel/scope.ts";
import type { Policy } from "./policy.entity.ts";
import { holding, policiesWhere } from "./policy.query.ts";

/** Policies: whoever may read something that one covers may read it. */
export class PolicyLoaders {
  constructor(private readonly db: Database) {}

  /** By stage and pattern; at most 1,000. */
  async all(request: Request): Promise<Policy[]> {
    return (await this.known(request)).filter((policy) => policy.isSet && isReadable(request.actor, policy));
  }

  /** One that was taken back, too. */
  async byId(request: Request, id: number): Promise<Policy | null> {
    const found = (await this.known(request)).find(({ nodeId }) => nodeId === id);
    return found && isReadable(request.actor, found) ? found : null;
  }

  /** The one that a model's version must pass to enter a stage: it holds whoever reads. */
  async holding(request: Request, model: string, stage: string): Promise<Policy> {
    const policies = await this.known(request);
    return holding(
      policies.filter((policy) => policy.stage === stage),
      model,
      stage,
    );
  }

  /** They are few: one statement answers for all models of a page. */
  private known(request: Request): Promise<Policy[]> {
    return request.once(this, () => policiesWhere(this.db.read, sql`1 = 1`));
  }
}

function isReadable({ readableScopes }: Actor, { pattern }: Policy): boolean {
  return readableScopes.some((scope) => overlap(scope, pattern) !== null);
}
