import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import type { RetentionPolicy } from "./retention.entity.ts";
import { isSet, retentionFor, retentionsWhere } from "./retention.query.ts";
import { type FilesCandidate, filesCandidates } from "./run-files.query.ts";
import { whyDue } from "./run-files.rules.ts";

const ownersPerLook = 100;

/** The run that made a logged model. */
const madeBy = (ownerId: number) => sql`(SELECT w.runId FROM logged_model w WHERE w.id = ${ownerId})`;

interface Due {
  policy: RetentionPolicy;
  reason: string;
}

/**
 * Lets go of files of runs and logged models that policies say are due, by the scope of their experiment: the reference to
 * the bytes goes, the record of what they were stays. Versions that were registered from them have references of their own.
 */
export class RunFilesKeeper {
  constructor(
    private readonly db: Database,
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {}

  /** How many runs and logged models gave up their files. */
  async purgeDue(system: Actor): Promise<number> {
    let purged = 0;
    for (let after = 0; ; ) {
      const policies = await retentionsWhere(this.db.read, isSet);
      if (policies.length === 0) return purged;
      const found = await filesCandidates(this.db.read, [sql`f.ownerId > ${after}`], ownersPerLook);
      for (const candidate of found) {
        if (this.due(candidate, policies) && (await this.purge(system, candidate))) purged++;
      }
      if (found.length < ownersPerLook) return purged;
      after = found.at(-1)!.ownerId;
    }
  }

  private due(candidate: FilesCandidate, policies: readonly RetentionPolicy[]): Due | null {
    const policy = retentionFor(policies, candidate.scope);
    const reason = policy && whyDue(candidate, policy, this.clock());
    return reason ? { policy, reason } : null;
  }

  /** Looks again under the lock that whoever logs, ends or deletes has. */
  private purge(system: Actor, { ownerId }: FilesCandidate): Promise<boolean> {
    return this.db.write(async (tx) => {
      // A hold on what was registered from it is set under the model's row.
      const origins = sql`v.runId = ${ownerId} OR v.loggedModelId = ${ownerId} OR v.runId = ${madeBy(ownerId)}`;
      const models = sql`SELECT v.modelId FROM model_version v WHERE ${origins}`;
      await tx.lock(sql`SELECT m.id FROM model m WHERE m.id IN (${models}) ORDER BY m.id`);
      await tx.lock(sql`SELECT r.id FROM run r WHERE r.id = ${ownerId} OR r.id = ${madeBy(ownerId)}`);
      await tx.lock(sql`SELECT l.id FROM logged_model l WHERE l.id = ${ownerId}`);
      // No policy is set until commit.
      await tx.share(sql`SELECT id FROM stage_set`);
      const [candidate] = await filesCandidates(tx, [sql`f.ownerId = ${ownerId}`], 1);
      const due = candidate && this.due(candidate, await retentionsWhere(tx, isSet));
      if (!due) return false;
      const files = sql`ownerId = ${ownerId} AND blobId IS NOT NULL`;
      const [sum] = await tx.query<{ total: number; bytes: number }>(
        sql`SELECT COUNT(*) AS total, SUM(sizeBytes) AS bytes FROM logged_file WHERE ${files}`,
      );
      await tx.run(sql`UPDATE logged_file SET blobId = NULL, purgedAt = ${this.clock()} WHERE ${files}`);
      const { experimentId, runId, modelId } = candidate;
      const { policy, reason } = due;
      this.journal.record(tx, system, {
        type: "files.purged",
        subject: ownerId,
        container: experimentId,
        body: {
          ...(modelId === null ? { runId } : { modelId }),
          ...{ fileCount: Number(sum!.total), sizeBytes: Number(sum!.bytes), reason },
          retention: { model: policy.pattern, revision: policy.revision },
        },
      });
      return true;
    });
  }
}
