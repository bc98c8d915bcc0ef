import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { conflict, invalid } from "../kernel/errors.ts";
import type { StageMoves } from "../promotion/stage-moves.ts";
import type { Model } from "../registry/model.entity.ts";
import type { Provenance } from "../registry/provenance.ts";
import { firstStage, type Stage } from "../registry/stage.entity.ts";
import { readStages, stageNamed } from "../registry/stage.query.ts";
import { type ModelVersion, VersionStatus } from "../registry/version.entity.ts";
import type { RegisterModelVersionInput } from "../registry/version.inputs.ts";
import type { VersionService } from "../registry/version.service.ts";
import type { VersionWriter } from "../registry/version-writer.ts";
import type { ImportedVersionInput } from "./import.inputs.ts";

/** Takes versions over as they were: numbers, times, stays. */
export class VersionImport {
  constructor(
    private readonly provenance: Provenance,
    private readonly writer: VersionWriter,
    private readonly versions: VersionService,
    private readonly moves: StageMoves,
  ) {}

  /** Whether the version was new. The caller holds the model's lock. Throws CONFLICT where its number is another's. */
  async take(
    tx: Transaction,
    actor: Actor,
    model: Model,
    version: ImportedVersionInput,
    at: string,
  ): Promise<boolean> {
    if (await this.isThere(tx, model, version, at)) return false;
    if (version.number < 1 || version.number > 2_000_000_000)
      throw invalid(`${at}.number`, "1–2,000,000,000", version.number);
    const stages = await tx.once(readStages, () => readStages(tx));
    const path = pathOf(version, stages, at);
    const registered = await this.register(tx, actor, model, version);
    for (const { stage, from } of path) {
      await this.moves.move(tx, actor, registered, stage, { occurredAt: from });
    }
    if (version.deletedAt != null)
      await this.versions.deleteIn(tx, actor, model, registered, version.deletedAt);
    return true;
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
    const made = createdAt ?? updatedAt ?? Date.UTC(1970, 0);
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

/** The moves that make a version's past: into each stay, out of it where nothing follows at once, and to where it is now. */
export function pathOf(
  {
    stays,
    stage,
    createdAt,
    updatedAt,
  }: Pick<ImportedVersionInput, "stays" | "stage" | "createdAt" | "updatedAt">,
  stages: readonly Stage[],
  at: string,
): { stage: string; from: number }[] {
  const path: { stage: string; from: number }[] = [];
  let last = createdAt ?? 0;
  for (const [index, stay] of (stays ?? []).entries()) {
    if (stay.from < last)
      throw invalid(`${at}.stays.${index}.from`, "stays in the order they happened", stay.from);
    path.push({ stage: stageNamed(stages, stay.stage, `${at}.stays.${index}.stage`).name, from: stay.from });
    last = stay.until ?? stay.from;
    const next = stays?.[index + 1];
    if (stay.until != null && next && next.from > stay.until)
      path.push({ stage: firstStage, from: stay.until });
  }
  const present = stage == null ? firstStage : stageNamed(stages, stage, `${at}.stage`).name;
  // Without stays, the last change there is the best guess of when it came to where it stands.
  const since = path.length > 0 ? last : Math.max(last, updatedAt ?? last);
  if ((path.at(-1)?.stage ?? firstStage) !== present) path.push({ stage: present, from: since });
  return path;
}
