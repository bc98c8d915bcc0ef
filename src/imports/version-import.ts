import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { conflict, invalid } from "../kernel/errors.ts";
import { nameOf, textOf } from "../kernel/names.ts";
import { policyFor } from "../promotion/policy.query.ts";
import { isOpen } from "../promotion/policy.rules.ts";
import type { RequestRecords } from "../promotion/request-records.ts";
import type { StageMoves } from "../promotion/stage-moves.ts";
import type { Model } from "../registry/model.entity.ts";
import type { Provenance } from "../registry/provenance.ts";
import type { Stage } from "../registry/stage.entity.ts";
import { heldStages, stageNamed } from "../registry/stage.query.ts";
import { type ModelVersion, VersionStatus } from "../registry/version.entity.ts";
import type { RegisterModelVersionInput } from "../registry/version.inputs.ts";
import type { VersionService } from "../registry/version.service.ts";
import type { VersionWriter } from "../registry/version-writer.ts";
import type { ImportedStayInput, ImportedVersionInput } from "./import.inputs.ts";

const longestStatusMessage = 5_000;
const longestComment = 5_000;

/** Takes versions over as they were: numbers, times, stays. */
export class VersionImport {
  constructor(
    private readonly provenance: Provenance,
    private readonly writer: VersionWriter,
    private readonly versions: VersionService,
    private readonly moves: StageMoves,
    private readonly requests: RequestRecords,
  ) {}

  /** Whether the version was new. The caller holds the model's lock. Throws CONFLICT where its number is another's. */
  async take(
    tx: Transaction,
    actor: Actor,
    model: Model,
    came: ImportedVersionInput,
    at: string,
  ): Promise<boolean> {
    const version = checked(came, at);
    if (await this.isThere(tx, model, version, at)) return false;
    if (version.number < 1 || version.number > 2_000_000_000)
      throw invalid(`${at}.number`, "1–2,000,000,000", version.number);
    const stages = await heldStages(tx);
    const path = pathOf(version, stages, at);
    const registered = await this.register(tx, actor, model, version);
    for (const { stage, from, ...why } of path) {
      await this.moves.move(tx, actor, registered, stage, { occurredAt: from, ...why });
    }
    if (version.deletedAt == null) await this.askToStay(tx, actor, model, registered, stages);
    else await this.versions.deleteIn(tx, actor, model, registered, version.deletedAt);
    return true;
  }

  /**
   * A past is no way into a stage that asks for something, nor into a live one for what is not READY: the version has stood there, and leaves it here and now; a
   * request asks for it to come back.
   */
  private async askToStay(
    tx: Transaction,
    actor: Actor,
    model: Model,
    version: ModelVersion,
    stages: readonly Stage[],
  ): Promise<void> {
    const { stage } = version;
    const first = stages[0]!.name;
    const isLive = stages.some(({ name, isLive }) => name === stage && isLive);
    const isUnfinished = isLive && version.status !== VersionStatus.READY;
    if (stage === first || (!isUnfinished && isOpen(await policyFor(tx, model.name, stage)))) return;
    await this.moves.move(tx, actor, version, first, { isAutomatic: true });
    const reason = "it stands there in the registry that it was imported from";
    const draft = { from: first, to: stage, archiveExisting: false, isAfterReview: false, reason };
    await this.requests.file(tx, actor, version, draft);
  }

  private async isThere(
    tx: Transaction,
    model: Model,
    version: ImportedVersionInput,
    at: string,
  ): Promise<boolean> {
    const rows = await tx.query<{ number: number; externalId: string | null }>(
      sql`SELECT number, externalId FROM model_version
          WHERE modelId = ${model.nodeId} AND (number = ${version.number} OR externalId = ${version.externalId})`,
    );
    const same = rows.find((row) => row.externalId === version.externalId);
    if (same && same.number === version.number) return true;
    if (same)
      throw conflict(`${at}: ${version.externalId} is ${model.name}/${same.number} here`, `${at}.number`);
    if (rows.length === 0) return false;
    const holder = rows[0]!.externalId ?? "a version registered here";
    throw conflict(`${at}: ${model.name}/${version.number} is held by ${holder}`, `${at}.number`);
  }

  private async register(
    tx: Transaction,
    actor: Actor,
    model: Model,
    version: ImportedVersionInput,
  ): Promise<ModelVersion> {
    const { createdAt, updatedAt, attributedTo, status, statusMessage, number } = version;
    const input = Object.assign({}, version, { model: model.name }) as RegisterModelVersionInput;
    const made = createdAt ?? version.stays?.[0]?.from ?? updatedAt ?? Date.UTC(1970, 0);
    const origin = await this.provenance.of(tx, actor, input, { occurredAt: made, isImported: true });
    return this.writer.insert(tx, actor, model, input, origin, {
      number,
      status: status ?? VersionStatus.READY,
      statusMessage: statusMessage ?? null,
      createdAt: made,
      updatedAt: updatedAt ?? made,
      attributedTo: attributedTo ?? null,
    });
  }
}

/** The version with its name there as it is stored and compared here, and what no other check sees. */
function checked(came: ImportedVersionInput, at: string): ImportedVersionInput {
  const { statusMessage, attributedTo } = came;
  return Object.assign({}, came, {
    externalId: nameOf(`${at}.externalId`, came.externalId),
    statusMessage: statusMessage ? textOf(`${at}.statusMessage`, statusMessage, longestStatusMessage) : null,
    attributedTo: attributedTo ? nameOf(`${at}.attributedTo`, attributedTo) : null,
  });
}

type Past = Pick<ImportedVersionInput, "stays" | "stage" | "createdAt" | "updatedAt" | "deletedAt">;

type Why = { comment?: string; attributedTo?: string };
type Move = { stage: string; from: number } & Why;

function whyOf({ comment, attributedTo }: ImportedStayInput, field: string): Why {
  return {
    ...(comment ? { comment: textOf(`${field}.comment`, comment, longestComment) } : {}),
    ...(attributedTo ? { attributedTo: nameOf(`${field}.attributedTo`, attributedTo) } : {}),
  };
}

/**
 * The moves that make a version's past: into each stay, out of it where nothing follows at once, and to where it is
 * now; none to where it stands already. Throws INVALID for stays that overlap and for times that run backwards.
 */
export function pathOf(
  { stays, stage, createdAt, updatedAt, deletedAt }: Past,
  stages: readonly Stage[],
  at: string,
): Move[] {
  const path: Move[] = [];
  const firstStage = stages[0]!.name;
  const move = (to: string, from: number, why: Why = {}) => {
    if ((path.at(-1)?.stage ?? firstStage) !== to) path.push({ stage: to, from, ...why });
  };
  let last = createdAt ?? 0;
  for (const [index, stay] of (stays ?? []).entries()) {
    const field = `${at}.stays.${index}`;
    if (stay.from < last) throw invalid(`${field}.from`, "stays in the order they happened", stay.from);
    if (stay.until != null && stay.until < stay.from)
      throw invalid(`${field}.until`, "a time not before the stay began", stay.until);
    move(stageNamed(stages, stay.stage, `${field}.stage`).name, stay.from, whyOf(stay, field));
    last = stay.until ?? stay.from;
    const next = stays?.[index + 1];
    if (stay.until != null && next && next.from > stay.until) move(firstStage, stay.until);
  }
  if (deletedAt != null && deletedAt < last)
    throw invalid(`${at}.deletedAt`, "a time not before what else happened to it", deletedAt);
  // Without stays, the last change there is the best guess of when it came to where it stands.
  const guess = Math.max(last, Math.min(updatedAt ?? last, deletedAt ?? Number.POSITIVE_INFINITY));
  move(
    stage == null ? firstStage : stageNamed(stages, stage, `${at}.stage`).name,
    stays?.length ? last : guess,
  );
  return path;
}
