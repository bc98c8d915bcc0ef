import { canonical } from "../kernel/canonical.ts";
import { invalid, notFound } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import type { Evidence } from "../registry/evidence.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import type { DatasetLoaders } from "../tracking/dataset.loaders.ts";
import type { Metric } from "../tracking/fact.entity.ts";
import { seriesKey } from "../tracking/fact.rules.ts";
import type { Comparison, FactRow, MetricRow } from "./compare.entity.ts";

const mostVersions = 20;

/** Puts versions side by side. */
export class CompareQuery {
  constructor(
    private readonly versions: VersionLoaders,
    private readonly evidence: Evidence,
    private readonly datasets: DatasetLoaders,
  ) {}

  /** Throws INVALID for fewer than 2 or more than 20 references, NOT_FOUND for one that names nothing. */
  async compare(request: Request, refs: string[]): Promise<Comparison> {
    if (refs.length < 2 || refs.length > mostVersions)
      throw invalid("refs", `2–${mostVersions} versions`, refs.length);
    const versions = await Promise.all(refs.map((ref, index) => this.find(request, ref, index)));
    const [facts, params, metrics] = await Promise.all([
      Promise.all(versions.map((version) => this.factsOf(request, version))),
      Promise.all(versions.map((version) => this.evidence.params(request, version))),
      Promise.all(versions.map((version) => this.evidence.metrics(request, version))),
    ]);
    const signatures = versions.map((version) => version.signature ?? null);
    return {
      versions,
      facts: factRows(facts, (keys) => keys),
      params: factRows(
        params.map((list) => new Map(list.map(({ key, value }) => [key, value]))),
        (keys) => keys.sort(),
      ),
      metrics: metricRows(metrics),
      signature: { cells: signatures, isSame: allEqual(signatures.map((signature) => canonical(signature))) },
    };
  }

  private async find(request: Request, ref: string, index: number): Promise<ModelVersion> {
    const version = await this.versions.byRef(request, ref);
    if (!version) throw notFound(`model version ${ref}`, `refs.${index}`);
    return version;
  }

  private async factsOf(request: Request, version: ModelVersion): Promise<Map<string, string | null>> {
    const [run, commit, uses] = await Promise.all([
      this.evidence.run(request, version),
      this.evidence.commit(request, version),
      this.evidence.uses(request, version),
    ]);
    const data = await Promise.all(uses.map((use) => this.labelOf(request, use.datasetVersionId)));
    return new Map<string, string | null>([
      ["stage", version.stage],
      ["framework", version.framework],
      ["format", version.format],
      ["source", version.source],
      ["run", run?.runId ?? null],
      ["commit", commit?.sha ?? null],
      ["image", version.image?.digest ?? version.image?.uri ?? null],
      ["data", data.length === 0 ? null : data.sort().join(", ")],
    ]);
  }

  /** name@digest, as people write it. */
  private async labelOf(request: Request, datasetVersion: number): Promise<string> {
    const version = await this.datasets.versionById(request, datasetVersion);
    const dataset = version && (await this.datasets.byId(request, version.datasetId));
    return `${dataset?.name}@${version?.digest}`;
  }
}

function allEqual(texts: readonly (string | null)[]): boolean {
  return texts.every((text) => text === texts[0]);
}

function factRows(columns: Map<string, string | null>[], order: (keys: string[]) => string[]): FactRow[] {
  const keys = order([...new Set(columns.flatMap((column) => [...column.keys()]))]);
  return keys.map((key) => {
    const cells = columns.map((column) => column.get(key) ?? null);
    return { key, cells, isSame: allEqual(cells) };
  });
}

function metricRows(columns: Metric[][]): MetricRow[] {
  const bySeries = columns.map((column) => new Map(column.map((metric) => [seriesKey(metric), metric])));
  const series = new Map(columns.flat().map((metric) => [seriesKey(metric), metric]));
  return [...series.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { key, dataset, split, slice }]) => {
      const cells = bySeries.map((column) => column.get(id) ?? null);
      const isSame = allEqual(cells.map((cell) => cell && String(cell.special ?? cell.value)));
      return { key, dataset, split, slice, cells, isSame };
    });
}
