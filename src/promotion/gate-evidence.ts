import { among, sql } from "../db/sql.ts";
import type { Clock } from "../kernel/clock.ts";
import { overLimit } from "../kernel/errors.ts";
import { bundleGroups } from "../registry/artifact.query.ts";
import type { Model } from "../registry/model.entity.ts";
import { validationsOf } from "../registry/validation.query.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import { versionColumns, versionOfRow } from "../registry/version.query.ts";
import type { Metric } from "../tracking/fact.entity.ts";
import { grouped } from "../tracking/grouping.ts";
import type { GateFacts, Measurement, Reference } from "./gate.rules.ts";
import type { Grounds } from "./grounds.ts";
import { type Gate, GateKind } from "./policy.entity.ts";

const mostReferences = 100;

/** Reads what gates look at, and no more of it than these gates need. */
export class GateEvidence {
  constructor(
    private readonly grounds: Grounds,
    private readonly clock: Clock,
  ) {}

  async of(
    { model, version, to }: { model: Model; version: ModelVersion; to: { name: string } },
    gates: readonly Gate[],
  ): Promise<GateFacts> {
    const kinds = new Set(gates.map(({ kind }) => kind));
    const needs = (...some: GateKind[]) => some.some((kind) => kinds.has(kind));
    const { request, evidence, reader } = this.grounds;
    const pairs = (list: readonly { key: string; value: string }[]) =>
      new Map(list.map(({ key, value }) => [key, value]));
    const stages = await this.inStages(model, version, [
      ...named(gates, "stage"),
      ...(needs(GateKind.COMPATIBLE_SIGNATURE) ? [to.name] : []),
    ]);
    const aliases = await this.behindAliases(model, version, named(gates, "alias"));
    const isMeasured = needs(GateKind.METRIC, GateKind.DISPARITY);
    const uses = needs(GateKind.LINEAGE, GateKind.EVALUATION)
      ? await evidence.whole.uses(request, version)
      : [];
    return {
      metrics: isMeasured ? (await evidence.whole.metrics(request, version)).map(measurementOf) : [],
      params: needs(GateKind.PARAM) ? pairs(await evidence.whole.params(request, version)) : new Map(),
      tags: needs(GateKind.TAG) ? pairs(await evidence.tags(request, version)) : new Map(),
      signature: version.signature,
      format: version.format,
      missing: needs(GateKind.COMPLETENESS) ? (await evidence.completeness(request, version)).missing : [],
      run: version.runId,
      hasCommit: needs(GateKind.LINEAGE) && (await evidence.whole.commit(request, version)) !== null,
      uses: uses.map(({ datasetVersionId, dataset, digest, role }) => ({
        datasetVersion: datasetVersionId,
        dataset: dataset ?? "",
        digest: digest ?? "",
        role,
      })),
      datasets: await this.datasets(gates),
      validations: needs(GateKind.VALIDATION) ? await validationsOf(reader, [version.nodeId]) : [],
      card: needs(GateKind.CARD) ? await evidence.cardStanding(request, version) : null,
      bundle: needs(GateKind.BUNDLE, GateKind.DIGEST_VERIFIED, GateKind.NO_CODE)
        ? await bundleGroups(reader, version)
        : null,
      to: to.name,
      now: this.clock(),
      inStage: (stage) => stages.get(stage) ?? [],
      behind: (alias) => aliases.get(alias) ?? null,
    };
  }

  /** Of those that are to have been evaluated on. */
  private async datasets(gates: readonly Gate[]): Promise<Map<string, number>> {
    const names = gates.flatMap(({ kind, dataset }) => (kind === GateKind.EVALUATION ? [dataset!] : []));
    if (names.length === 0) return new Map();
    const rows = await this.grounds.reader.query<{ id: number; name: string }>(
      sql`SELECT d.id, d.name FROM dataset d WHERE ${among(sql`d.name`, names)}`,
    );
    return new Map(rows.map(({ id, name }) => [name, id]));
  }

  private async inStages(model: Model, version: ModelVersion, stages: readonly string[]) {
    const wanted = [...new Set(stages)];
    if (wanted.length === 0) return new Map<string, Reference[]>();
    // With one row more than all may have, one of them has too many.
    const rows = await this.grounds.reader.query<object>(
      sql`SELECT ${versionColumns} FROM model_version v WHERE v.modelId = ${model.nodeId}
          AND ${among(sql`v.stage`, wanted)} AND v.deletedAt IS NULL AND v.id <> ${version.nodeId}
          ORDER BY v.number DESC LIMIT ${mostReferences * wanted.length + 1}`,
    );
    const others = [...grouped(rows.map(versionOfRow), ({ stage }) => stage)];
    for (const [stage, { length }] of others) {
      if (length <= mostReferences) continue;
      const what = `gates compare with at most ${mostReferences} versions, and more stand in ${stage}`;
      throw overLimit(`to: ${what}`, "to");
    }
    const references = others.map(
      async ([stage, versions]) => [stage, await this.referencesTo(model, versions)] as const,
    );
    return new Map(await Promise.all(references));
  }

  private async behindAliases(model: Model, version: ModelVersion, aliases: readonly string[]) {
    if (aliases.length === 0) return new Map<string, Reference>();
    // One that points to the version itself is no measure of it.
    const rows = await this.grounds.reader.query<{ alias: string }>(
      sql`SELECT ${versionColumns}, a.name AS alias FROM alias a JOIN model_version v ON v.id = a.versionId
          WHERE a.modelId = ${model.nodeId} AND v.id <> ${version.nodeId} AND ${among(sql`a.name`, aliases)}`,
    );
    const references = await this.referencesTo(model, rows.map(versionOfRow));
    return new Map(rows.map(({ alias }, at) => [alias, references[at]!]));
  }

  /** All asked for at once, so that their metrics come in one statement. */
  private referencesTo(model: Model, versions: readonly ModelVersion[]): Promise<Reference[]> {
    const { request, evidence } = this.grounds;
    return Promise.all(
      versions.map(async (version) => ({
        name: `${model.name}/${version.number}`,
        run: version.runId,
        metrics: (await evidence.whole.metrics(request, version)).map(measurementOf),
        signature: version.signature,
      })),
    );
  }
}

/** The stages, or the aliases, of the versions that gates measure by. */
function named(gates: readonly Gate[], by: "stage" | "alias"): string[] {
  return [...new Set(gates.flatMap(({ compare }) => compare?.[by] ?? []))];
}

/** As the schema shows it, what was not told is null; as a series, it is empty. */
function measurementOf({ key, dataset, split, slice, value, special }: Metric): Measurement {
  return { key, dataset: dataset ?? "", split: split ?? "", slice: slice ?? "", value, special };
}
