import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Request } from "../kernel/request.ts";
import { everywhere } from "../kernel/scope.ts";
import type { Policy } from "./policy.entity.ts";
import { holding, policiesWhere } from "./policy.query.ts";
import { governedBy, mayReadPolicy } from "./policy.rules.ts";

/** Policies: whoever may read something that one covers may read it. */
export class PolicyLoaders {
  constructor(private readonly db: Database) {}

  /** By stage and pattern; at most 1,000. */
  async all(request: Request): Promise<Policy[]> {
    return (await this.known(request)).filter(
      (policy) => policy.isSet && mayReadPolicy(request.actor, policy.pattern),
    );
  }

  /** One that was taken back, too. */
  async byId(request: Request, id: number): Promise<Policy | null> {
    const found = (await this.known(request)).find(({ nodeId }) => nodeId === id);
    return found && mayReadPolicy(request.actor, found.pattern) ? found : null;
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

  /** Whether the actor may set a policy of this pattern for this stage, or take it back. */
  async maySet(request: Request, { pattern, stage }: Policy): Promise<boolean> {
    const { actor } = request;
    if (actor.mayAllOver("policy:write", everywhere)) return true;
    if (!actor.mayAllOver("policy:write", pattern)) return false;
    const policies = (await this.known(request)).filter((policy) => policy.stage === stage);
    return governedBy(policies, pattern).every((each) => actor.mayAllOver("policy:write", each));
  }

  /** They are few: one statement answers for all models of a page. */
  private known(request: Request): Promise<Policy[]> {
    return request.once(this, () => policiesWhere(this.db.read, sql`1 = 1`));
  }
}
