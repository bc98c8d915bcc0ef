import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { invalid, notFound } from "../kernel/errors.ts";
import { readId } from "../kernel/ids.ts";
import { textOf } from "../kernel/names.ts";
import type { Model } from "../registry/model.entity.ts";
import { modelColumns, modelOfRow } from "../registry/model.query.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import { findByRef } from "../registry/version.query.ts";
import { readFixedRef } from "../registry/version.rules.ts";
import { LegalHoldRow } from "./legal-hold.entity.ts";
import type { SetLegalHoldInput } from "./retention.inputs.ts";

/** What the verb about a legal hold answers, by node numbers. */
export type LegalHoldOutcome = { model: number; version: number | null };

const longestReason = 1_000;

/** Puts models and versions under legal hold, deleted ones, too: their files are there as long as nobody lets them go. */
export class LegalHoldService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {}

  set(actor: Actor, input: SetLegalHoldInput): Promise<LegalHoldOutcome> {
    return this.verbs.run(actor, "setLegalHold", input, async (tx) => {
      const reason = textOf("reason", input.reason, longestReason).trim();
      if (reason === "") throw invalid("reason", `1–${longestReason} characters`, input.reason);
      const { model, version } = await this.lockSubject(tx, actor, input);
      const subject = version?.nodeId ?? model.nodeId;
      const outcome = { model: model.nodeId, version: version?.nodeId ?? null };
      const [known] = await tx.query<LegalHoldRow>(
        sql`SELECT * FROM legal_hold WHERE subjectId = ${subject}`,
      );
      const isHeld = known !== undefined && known.releasedAt === null;
      if (isHeld === input.isHeld) return outcome;
      if (input.isHeld) await this.hold(tx, actor, subject, reason, known !== undefined);
      else await tx.run(sql`UPDATE legal_hold SET releasedAt = ${this.clock()} WHERE subjectId = ${subject}`);
      this.journal.record(tx, actor, {
        type: input.isHeld ? "hold.set" : "hold.released",
        subject,
        container: version ? model.nodeId : null,
        body: version ? { version: version.number } : {},
        texts: { reason },
      });
      return outcome;
    });
  }

  private async hold(
    tx: Transaction,
    actor: Actor,
    subjectId: number,
    reason: string,
    isKnown: boolean,
  ): Promise<void> {
    const since = this.clock();
    const row = { subjectId, reason, since, setById: actor.node, releasedAt: null };
    if (!isKnown) return tx.insertNew(LegalHoldRow, [row]);
    await tx.run(
      sql`UPDATE legal_hold SET reason = ${reason}, since = ${since}, setById = ${actor.node}, releasedAt = NULL
          WHERE subjectId = ${subjectId}`,
    );
  }

  /** With the model's row locked, as whoever lets files go has it. */
  private async lockSubject(
    tx: Transaction,
    actor: Actor,
    { model: named, version: ref }: SetLegalHoldInput,
  ): Promise<{ model: Model; version: ModelVersion | null }> {
    if ((named == null) === (ref == null))
      throw invalid("model", "either a model or a version", named ?? null);
    if (ref == null) {
      const read = readId(named!);
      const where = read?.kind === "MODEL" ? sql`m.id = ${read.node}` : sql`m.liveName = ${named!}`;
      const absent = () => notFound(`model ${named}`, "model");
      const [row] = await tx.lock<object>(sql`SELECT ${modelColumns} FROM model m WHERE ${where}`);
      if (!row) throw absent();
      const model = modelOfRow(row);
      actor.must("retention:hold", model.name, absent);
      return { model, version: null };
    }
    const absent = () => notFound(`model version ${ref}`, "version");
    const version = await findByRef(tx, readFixedRef(ref, "version"));
    if (!version) throw absent();
    const [row] = await tx.lock<object>(
      sql`SELECT ${modelColumns} FROM model m WHERE m.id = ${version.modelId}`,
    );
    const model = modelOfRow(row!);
    actor.must("retention:hold", model.name, absent);
    return { model, version };
  }
}
