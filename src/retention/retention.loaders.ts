import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { readPage } from "../db/keyset.ts";
import { readableScope } from "../db/readable.ts";
import { sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { mayReadPolicy } from "../promotion/policy.rules.ts";
import { coldBytesOf, locksUnder } from "./placement.query.ts";
import type { RetentionPolicy } from "./retention.entity.ts";
import { type Hold, holdsOn, isSet, retentionsWhere } from "./retention.query.ts";
import { RetentionStep, type RetentionStepConnection } from "./retention-plan.entity.ts";
import { type Candidate, candidates, judged, policiesSet } from "./retention-plan.query.ts";

/** Retention policies that cover something the actor may read, what they lead to, and legal holds on what it reads. */
export class RetentionLoaders {
  constructor(private readonly db: Database) {}

  /** By pattern; at most 1,000. */
  async all(request: Request): Promise<RetentionPolicy[]> {
    const found = await retentionsWhere(this.db.read, isSet);
    return found.filter(({ pattern }) => mayReadPolicy(request.actor, pattern));
  }

  /** One that was taken back, too. */
  async byId(request: Request, id: number): Promise<RetentionPolicy | null> {
    const [found] = await retentionsWhere(this.db.read, sql`r.id = ${id}`);
    return found && mayReadPolicy(request.actor, found.pattern) ? found : null;
  }

  /** What would happen to the files of versions that the actor may read, by their age. */
  async plan(request: Request, at: number, slice: PageSlice): Promise<RetentionStepConnection> {
    const policies = await policiesSet(this.db.read);
    const list = candidates(policies, at, readableScope(request.actor, sql`m.name`));
    const page = await readPage(this.db.read, list, slice, (row) => row as unknown as Candidate);
    const fates = await judged(this.db.read, page.nodes, policies, at);
    const versions = page.nodes.map(({ nodeId }) => nodeId);
    const cold = await coldBytesOf(this.db.read, versions);
    const steps = new Map(
      fates.map(({ candidate: { nodeId: versionId }, action, at: when, reason, isHeld }) => {
        const coldBytes = cold.get(versionId) ?? 0;
        return [
          versionId,
          instanceOf(RetentionStep, { versionId, action, at: when, reason, isHeld, coldBytes }),
        ];
      }),
    );
    const edges = page.edges.map(({ cursor, node }) => ({ cursor, node: steps.get(node.nodeId)! }));
    return { edges, nodes: edges.map(({ node }) => node), pageInfo: page.pageInfo, count: page.count };
  }

  /** Whether the store locks each stored file under a hold; false where there is none. */
  areLocked(request: Request, subject: number): Promise<boolean> {
    const loader = request.once(
      this.areLocked,
      () =>
        new DataLoader<number, boolean>(
          async (subjects) => {
            const rows = await locksUnder(this.db.read, subjects);
            const found = new Map(
              rows.map(({ subjectId, areLocked }) => [subjectId, Number(areLocked) === 1]),
            );
            return subjects.map((wanted) => found.get(wanted) ?? false);
          },
          { maxBatchSize: 400 },
        ),
    );
    return loader.load(subject);
  }

  /** On this model or version itself, for who has read it already. */
  hold(request: Request, subject: number): Promise<Hold | null> {
    const loader = request.once(
      this.hold,
      () =>
        new DataLoader<number, Hold | null>(
          async (subjects) => {
            const found = new Map(
              (await holdsOn(this.db.read, subjects)).map((hold) => [hold.subjectId, hold]),
            );
            return subjects.map((wanted) => found.get(wanted) ?? null);
          },
          { maxBatchSize: 900 },
        ),
    );
    return loader.load(subject);
  }
}
