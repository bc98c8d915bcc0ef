import { type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Journal } from "../journal/journal.ts";
import { listOrDigest } from "../journal/listing.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { alreadyExists, conflict, notFound, type StemmaError } from "../kernel/errors.ts";
import { textOf } from "../kernel/names.ts";
import type { Permission } from "../kernel/permission.ts";
import { metricsOf, tagChangesOf, tagsBody } from "../tracking/fact.rules.ts";
import type { Facts } from "../tracking/facts.ts";
import type { EdgeInference } from "../tracking/inference.ts";
import { mustBeLetGo } from "./alias.query.ts";
import type { Model } from "./model.entity.ts";
import { modelColumns, modelOfRow } from "./model.query.ts";
import { imageOf, longestDescription, semanticOf } from "./registration.rules.ts";
import type { ModelVersion } from "./version.entity.ts";
import type {
  DeleteModelVersionInput,
  LogModelVersionMetricsInput,
  SetModelVersionTagsInput,
  UpdateModelVersionInput,
} from "./version.inputs.ts";
import { findByRef } from "./version.query.ts";
import { nameOfRef, type Ref, readFixedRef, semanticOrderOf } from "./version.rules.ts";

/** What a verb about one version answers. */
export type VersionOutcome = { version: number };

/** A version under its model's lock. */
export interface LockedVersion {
  model: Model;
  version: ModelVersion;
}

/** What rooms above end together with a version, in the transaction that deletes it. */
export type VersionEnd = (tx: Transaction, actor: Actor, version: ModelVersion) => Promise<void>;

/** Verbs about versions that are there; registering one is `registration.service.ts`. */
export class VersionService {
  private readonly ends: VersionEnd[] = [];

  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly facts: Facts,
    private readonly inference: EdgeInference,
    private readonly clock: Clock,
  ) {}

  onDelete(end: VersionEnd): void {
    this.ends.push(end);
  }

  update(actor: Actor, input: UpdateModelVersionInput): Promise<VersionOutcome> {
    return this.verbs.run(actor, "updateModelVersion", input, async (tx) => {
      const { version, model } = await this.lockAt(tx, actor, "version:write", input);
      const semantic = this.semanticChange(version, input.semanticVersion);
      const changed: Partial<ModelVersion> = {
        ...semantic,
        ...textChange(version, input),
        ...imageChange(version, input),
      };
      if (Object.keys(changed).length === 0) return { version: version.nodeId };
      if (semantic.semanticVersion) await this.mustBeFree(tx, model, semantic.semanticVersion);
      const next = { ...version, ...changed };
      await tx.run(
        sql`UPDATE model_version SET description = ${next.description}, semanticVersion = ${next.semanticVersion},
            semanticOrder = ${next.semanticOrder}, imageUri = ${next.imageUri}, imageDigest = ${next.imageDigest}
            WHERE id = ${version.nodeId}`,
      );
      await this.touchAlone(tx, version);
      const { description, semanticOrder: _, ...body } = changed;
      const texts: Record<string, string> =
        description === undefined ? {} : { description: description ?? "" };
      this.record(
        tx,
        actor,
        version,
        "version.updated",
        { ...body, changed: Object.keys(changed).sort() },
        texts,
      );
      return { version: version.nodeId };
    });
  }

  /** Deletes a version and its aliases, each an event. One that is live or has a share must give that up first. */
  delete(actor: Actor, input: DeleteModelVersionInput): Promise<VersionOutcome> {
    return this.verbs.run(actor, "deleteModelVersion", input, async (tx) => {
      const { version, model } = await this.lockAt(tx, actor, "version:delete", input);
      const [stage] = await tx.query<{ isLive: number }>(
        sql`SELECT isLive FROM stage WHERE name = ${version.stage}`,
      );
      if (stage?.isLive) {
        throw conflict(
          `version ${model.name}/${version.number} is in ${version.stage}; move it out first`,
          "version",
        );
      }
      await mustBeLetGo(tx, actor, model, version);
      await this.deleteIn(tx, actor, model, version);
      return { version: version.nodeId };
    });
  }

  setTags(actor: Actor, input: SetModelVersionTagsInput): Promise<VersionOutcome> {
    return this.verbs.run(actor, "setModelVersionTags", input, async (tx) => {
      const changes = tagChangesOf(input.set, input.delete, "set");
      const { version } = await this.lockAt(tx, actor, "version:write", input);
      if (await this.facts.setTags(tx, version.nodeId, changes)) {
        await this.touchAlone(tx, version);
        const { body, texts } = tagsBody(changes);
        this.record(tx, actor, version, "version.tagged", body, texts);
      }
      const { nodeId: node, modelId: container } = version;
      await this.inference.infer(tx, actor, [{ node, container, tags: changes }]);
      return { version: version.nodeId };
    });
  }

  logMetrics(actor: Actor, input: LogModelVersionMetricsInput): Promise<VersionOutcome> {
    return this.verbs.run(actor, "logModelVersionMetrics", input, async (tx) => {
      const { version } = await this.lockAt(tx, actor, "version:write", input);
      const metrics = metricsOf(input.metrics, this.clock());
      const added = await this.facts.addMetrics(tx, version.nodeId, metrics);
      if (added === 0) return { version: version.nodeId };
      await this.touch(tx, version);
      const keys = [...new Set(metrics.map(({ key }) => key))].sort();
      this.record(tx, actor, version, "version.measured", { added, ...listOrDigest("keys", keys) });
      return { version: version.nodeId };
    });
  }

  /**
   * A living version with its model's row locked: whatever a decision rests on is read after this. Throws NOT_FOUND.
   * Whether the actor may know of it is not asked here.
   */
  async lock(tx: Transaction, ref: Ref, field = "version"): Promise<LockedVersion> {
    const seen = await findByRef(tx, ref);
    if (!seen) throw absent(ref, field);
    return this.lockIn(tx, seen.modelId, ref, field);
  }

  /** The same for who knows the model. */
  async lockIn(tx: Transaction, modelId: number, ref: Ref, field = "version"): Promise<LockedVersion> {
    const [row] = await tx.lock<object>(sql`SELECT ${modelColumns} FROM model m WHERE m.id = ${modelId}`);
    const model = modelOfRow(row!);
    // What a name stands for may have changed while we waited.
    const version = await findByRef(tx, ref);
    if (
      !version ||
      version.modelId !== model.nodeId ||
      version.deletedAt !== null ||
      model.deletedAt !== null
    ) {
      throw absent(ref, field);
    }
    return { model, version };
  }

  /**
   * The same for an actor who may do this to the model's versions. Throws FORBIDDEN, or NOT_FOUND where it may not even
   * read them; INVALID for what is no reference, or is latest.
   */
  async lockFor(
    tx: Transaction,
    actor: Actor,
    permission: Permission,
    ref: string,
    field = "version",
  ): Promise<LockedVersion> {
    const fixed = readFixedRef(ref, field);
    const locked = await this.lock(tx, fixed, field);
    actor.must(permission, locked.model.name, () => absent(fixed, field));
    return locked;
  }

  /** Deletes a version and its aliases within a transaction that holds the model's lock; `occurredAt` for history. */
  async deleteIn(
    tx: Transaction,
    actor: Actor,
    model: Model,
    version: ModelVersion,
    occurredAt: number | null = null,
  ): Promise<void> {
    for (const end of this.ends) await end(tx, actor, version);
    const deletedAt = occurredAt ?? this.clock();
    const history = occurredAt === null ? {} : { occurredAt, isImported: true };
    const aliases = await tx.query<{ name: string }>(
      sql`SELECT name FROM alias WHERE versionId = ${version.nodeId} ORDER BY name`,
    );
    await tx.run(sql`DELETE FROM alias WHERE versionId = ${version.nodeId}`);
    await tx.run(sql`UPDATE model_version SET deletedAt = ${deletedAt} WHERE id = ${version.nodeId}`);
    await this.touch(tx, version, deletedAt);
    for (const { name } of aliases) {
      const body = { alias: name, version: version.number };
      this.journal.record(tx, actor, { type: "alias.deleted", subject: model.nodeId, body, ...history });
    }
    this.journal
      .record(tx, actor, {
        type: "version.deleted",
        subject: version.nodeId,
        container: version.modelId,
        body: { number: version.number, stage: version.stage },
        ...history,
      })
      .onNumbered((seq) => this.closeStay(tx, version, seq, deletedAt));
  }

  /** Version and model have changed, now or, in imported history, at `at`: revision and times move on. */
  async touch(
    tx: Transaction,
    version: Pick<ModelVersion, "nodeId" | "modelId">,
    at = this.clock(),
  ): Promise<void> {
    await this.touchAlone(tx, version, at);
    await tx.run(sql`UPDATE model SET updatedAt = ${laterThan(at)} WHERE id = ${version.modelId}`);
  }

  /** What is said of the version has changed, which is none of the model's business. */
  private async touchAlone(
    tx: Transaction,
    { nodeId }: Pick<ModelVersion, "nodeId">,
    at = this.clock(),
  ): Promise<void> {
    await tx.run(
      sql`UPDATE model_version SET revision = revision + 1, updatedAt = ${laterThan(at)} WHERE id = ${nodeId}`,
    );
  }

  private async lockAt(
    tx: Transaction,
    actor: Actor,
    permission: Permission,
    input: { version: string; expectedRevision?: number | null },
  ): Promise<LockedVersion> {
    const locked = await this.lockFor(tx, actor, permission, input.version);
    const { version, model } = locked;
    if (input.expectedRevision != null && input.expectedRevision !== version.revision) {
      throw conflict(
        `version ${model.name}/${version.number} is at revision ${version.revision}, not ${input.expectedRevision}`,
        "expectedRevision",
      );
    }
    return locked;
  }

  private semanticChange(
    version: ModelVersion,
    given: string | null | undefined,
  ): Pick<Partial<ModelVersion>, "semanticVersion" | "semanticOrder"> {
    if (given == null) return {};
    const semantic = semanticOf(given);
    if (version.semanticVersion === semantic.version) return {};
    if (version.semanticVersion !== null) {
      throw conflict(
        `semanticVersion is ${version.semanticVersion} already and is given once`,
        "semanticVersion",
      );
    }
    return { semanticVersion: semantic.version, semanticOrder: semanticOrderOf(semantic) };
  }

  private async mustBeFree(tx: Transaction, model: Model, semanticVersion: string): Promise<void> {
    const [taken] = await tx.query<{ number: number }>(
      sql`SELECT number FROM model_version WHERE modelId = ${model.nodeId} AND semanticVersion = ${semanticVersion}`,
    );
    if (taken)
      throw alreadyExists(`${model.name}/${taken.number} is ${semanticVersion} already`, "semanticVersion");
  }

  private async closeStay(tx: Transaction, version: ModelVersion, seq: number, at: number): Promise<void> {
    await tx.run(
      sql`UPDATE stage_change SET toSeq = ${seq}, toAt = ${at} WHERE versionId = ${version.nodeId} AND toSeq IS NULL`,
    );
  }

  private record(
    tx: Transaction,
    actor: Actor,
    version: ModelVersion,
    type: string,
    body: Record<string, unknown>,
    texts: Record<string, string> = {},
  ) {
    return this.journal.record(tx, actor, {
      type,
      subject: version.nodeId,
      container: version.modelId,
      body,
      texts,
    });
  }
}

function laterThan(at: number): Sql {
  return sql`CASE WHEN updatedAt < ${at} THEN ${at} ELSE updatedAt END`;
}

function absent(ref: Ref, field: string): StemmaError {
  return notFound(`model version ${nameOfRef(ref)}`, field);
}

function textChange(version: ModelVersion, { description }: UpdateModelVersionInput): Partial<ModelVersion> {
  if (description == null) return {};
  const text = textOf("description", description, longestDescription) || null;
  return text === version.description ? {} : { description: text };
}

function imageChange(version: ModelVersion, { image }: UpdateModelVersionInput): Partial<ModelVersion> {
  if (image == null) return {};
  const next = imageOf(image);
  const isSame = next.imageUri === version.imageUri && next.imageDigest === version.imageDigest;
  return isSame ? {} : next;
}
