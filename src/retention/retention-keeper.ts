import type { Database } from "../db/database.ts";
import { readPage } from "../db/keyset.ts";
import { every, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { VersionService } from "../registry/version.service.ts";
import { RetentionAction } from "./retention-plan.entity.ts";
import { type Candidate, candidates, type Judged, judged, policiesSet } from "./retention-plan.query.ts";

const versionsPerLook = 100;
/** Of one run; the next one goes on. */
const mostPurges = 1_000;

/** What one version gave up. */
interface Purged {
  fileCount: number;
  sizeBytes: number;
}

/**
 * Lets go of what retention policies say is due: the reference to the bytes goes, the record of what they were stays. The
 * bytes themselves go once nothing else refers to them, see `objects/blob-collector.ts`.
 */
export class RetentionKeeper {
  constructor(
    private readonly db: Database,
    private readonly journal: Journal,
    private readonly versions: VersionService,
    private readonly clock: Clock,
  ) {}

  /** How many versions gave up their files. */
  async purgeDue(system: Actor): Promise<number> {
    let purged = 0;
    for (let after: string | null = null; purged < mostPurges; ) {
      const policies = await policiesSet(this.db.read);
      if (policies.length === 0) return purged;
      const at = this.clock();
      const slice: PageSlice = { limit: versionsPerLook, isBackward: false, after, before: null };
      const list = candidates(policies, at, []);
      const page = await readPage(this.db.read, list, slice, (row) => row as unknown as Candidate);
      for (const { action, candidate } of await judged(this.db.read, page.nodes, policies, at)) {
        if (action === RetentionAction.PURGE && (await this.purge(system, candidate))) purged++;
      }
      if (!page.pageInfo.hasNextPage) return purged;
      after = page.pageInfo.endCursor;
    }
    return purged;
  }

  /** Looks again under the model's lock, which whoever moves, asks for, names or holds the version has. */
  private purge(system: Actor, { nodeId, modelId }: Candidate): Promise<boolean> {
    return this.db.write(async (tx) => {
      await tx.lock(sql`SELECT id FROM model WHERE id = ${modelId}`);
      // No policy is set until commit.
      await tx.share(sql`SELECT id FROM stage_set`);
      const policies = await policiesSet(tx);
      const list = candidates(policies, this.clock(), [sql`v.id = ${nodeId}`]);
      const found = await tx.query<Candidate>(
        sql`SELECT ${list.select} FROM ${list.from} WHERE ${every(list.where)}`,
      );
      const [due] = await judged(tx, found, policies, this.clock());
      if (due?.action !== RetentionAction.PURGE) return false;
      this.record(tx, system, due, await this.letGo(tx, due.candidate));
      await this.versions.touch(tx, due.candidate);
      return true;
    });
  }

  /** Of its bundle only: what was attached beside it is evidence. */
  private async letGo(tx: Transaction, { nodeId }: Candidate): Promise<Purged> {
    const files = sql`versionId = ${nodeId} AND isEvidence = ${false} AND blobId IS NOT NULL`;
    const [sum] = await tx.query<{ total: number; bytes: number }>(
      sql`SELECT COUNT(*) AS total, SUM(sizeBytes) AS bytes FROM artifact WHERE ${files}`,
    );
    await tx.run(sql`UPDATE artifact SET blobId = NULL, purgedAt = ${this.clock()} WHERE ${files}`);
    return { fileCount: Number(sum!.total), sizeBytes: Number(sum!.bytes) };
  }

  private record(
    tx: Transaction,
    system: Actor,
    { candidate, policy, reason }: Judged,
    { fileCount, sizeBytes }: Purged,
  ): void {
    this.journal.record(tx, system, {
      type: "bundle.purged",
      subject: candidate.nodeId,
      container: candidate.modelId,
      body: {
        ...{ version: candidate.number, digest: candidate.digest, fileCount, sizeBytes, reason },
        retention: { model: policy.pattern, revision: policy.revision },
      },
    });
  }
}
