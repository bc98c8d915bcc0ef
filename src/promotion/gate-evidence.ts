import { among, type Reader, sql } from "../db/sql.ts";
import type { Clock } from "../kernel/clock.ts";
import { overLimit } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import { cardStandingOf } from "../registry/card.query.ts";
import type { Evidence } from "../registry/evidence.ts";
import type { Model } from "../registry/model.entity.ts";
import { validationsOf } from "../registry/validation.query.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import { versionColumns, versionOfRow } from "../registry/version.query.ts";
import type { Metric } from "../tracking/fact.entity.ts";
import type { GateFacts, Measurement, Reference } from "./gate.rules.ts";
import { type Gate, GateKind } from "./policy.entity.ts";

const mostReferences = 100;

/** Reads what gates look at, and no more of it than these gates need. */
export class GateEvidence {
  constructor(
    private readonly reader: Reader,
    private readonly request: Request,
    private readonly evidence: Evidence,
    private readonly clock: Clock,
  ) {}

  async of(
    { model, version, to }: { model: Model; version: ModelVersion; to: { name: string } },
    gates: readonly Gate[],
  ): Promise<GateFacts> {
    const kinds = new Set(gates.map(({ kind }) => kind));
    const needs = (...some: GateKind[]) => some.some((kind) => kinds.has(kind));
    const { request, evidence } = this;
    const pairs = (list: readonly { key: string; value: string }[]) =>
      new Map(list.map(({ key, value }) => [key, value]));
    const [stages, aliases] = [
      await this.inStages(model, version, [
        ...named(gates, "stage"),
        ...(needs(GateKind.COMPATIBLE_SIGNATURE) ? [to.name] : []),
      ]),
      await this.behindAliases(model, version, named(gates, "alias")),
    ];
    const isMeasured = needs(GateKind.METRIC, GateKind.DISPARITY);
    const uses = needs(GateKind.LINEAGE, GateKind.EVALUATION)
      ? await evidence.namedUses(request, version)
      : [];
    return {
      metrics: isMeasured ? (await evidence.whole.metrics(request, version)).map(measurementOf) : [],
      params: needs(GateKind.PARAM) ? pairs(await evidence.whole.params(request, version)) : new Map(),
      tags: needs(GateKind.TAG) ? pairs(await evidence.tags(request, version)) : new Map(),
      signature: version.signature,
      format: version.format,
      missing: needs(GateKind.COMPLETENESS) ? (await evidence.completeness(request, version)).missing : [],
      hasRun: version.runId !== null,
      hasCommit: needs(GateKind.LINEAGE) && (await evidence.whole.commit(request, version)) !== null,
      uses: uses.map(({ dataset = "", digest = "", role }) => ({ dataset, digest, role })),
      validations: needs(GateKind.VALIDATION) ? await validationsOf(this.reader, [version.nodeId]) : [],
      card: needs(GateKind.CARD) ? await cardStandingOf(this.reader, version) : null,
      to: to.name,
      now: this.clock(),
      inStage: (stage) => stages.get(stage) ?? [],
      behind: (alias) => aliases.get(alias) ?? null,
    };
  }

  private async inStages(model: Model, version: ModelVersion, stages: readonly string[]) {
    const found = new Map<string, Reference[]>();
    if (stages.length === 0) return found;
    for (const stage of new Set(stages)) {
      const rows = await this.reader.query<object>(
        sql`SELECT ${versionColumns} FROM model_version v WHERE v.modelId = ${model.nodeId} AND v.stage = ${stage}
            AND v.deletedAt IS NULL AND v.id <> ${version.nodeId} ORDER BY v.number DESC LIMIT ${mostReferences + 1}`,
      );
      if (rows.length > mostReferences) {
        throw overLimit(
          `to: gates compare with at most ${mostReferences} versions, and more stand in ${stage}`,
          "to",
        );
      }
      const others = rows.map(versionOfRow);
      found.set(stage, await Promise.all(others.map((other) => this.referenceOf(model, other))));
    }
    return found;
  }

  private async behindAliases(model: Model, version: ModelVersion, aliases: readonly string[]) {
    const found = new Map<string, Reference>();
    if (aliases.length === 0) return found;
    // One that points to the version itself is no measure of it.
    const rows = await this.reader.query<{ alias: string }>(
      sql`SELECT ${versionColumns}, a.name AS alias FROM alias a JOIN model_version v ON v.id = a.versionId
          WHERE a.modelId = ${model.nodeId} AND v.id <> ${version.nodeId} AND ${among(sql`a.name`, aliases)}`,
    );
    for (const row of rows) found.set(row.alias, await this.referenceOf(model, versionOfRow(row)));
    return found;
  }

  private async referenceOf(model: Model, version: ModelVersion): Promise<Reference> {
    const metrics = await this.evidence.whole.metrics(this.request, version);
    return {
      name: `${model.name}/${version.number}`,
      metrics: metrics.map(measurementOf),
      signature: version.signature,
    };
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
