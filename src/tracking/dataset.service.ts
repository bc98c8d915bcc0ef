import { among, chunksOf, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { EdgeDraft, Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { canonical, sha256 } from "../kernel/canonical.ts";
import type { Clock } from "../kernel/clock.ts";
import { alreadyExists, overLimit } from "../kernel/errors.ts";
import { formatId } from "../kernel/ids.ts";
import { instanceOf } from "../kernel/node.ts";
import type { Permission } from "../kernel/permission.ts";
import { Dataset, DatasetVersion } from "./dataset.entity.ts";
import type { RecordDatasetInput } from "./dataset.inputs.ts";
import { datasetColumns, datasetOfRow, datasetVersionColumns, datasetVersionOfRow } from "./dataset.query.ts";
import {
  type DatasetToEnsure,
  datasetFills,
  datasetKey,
  mergedDataset,
  type ToldDataset,
  toldDataset,
} from "./dataset.rules.ts";
import { grouped } from "./grouping.ts";
import { scopesOf } from "./guarding.ts";

const namesPerQuery = 400;
const mostSources = 100;

interface Options {
  isImported?: boolean;
  /** Names each input in refusals. */
  fieldOf?: (index: number) => string;
}

/** Verbs about datasets and their versions. */
export class DatasetService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly clock: Clock,
  ) {}

  record(actor: Actor, input: RecordDatasetInput): Promise<{ datasetVersion: number }> {
    return this.verbs.run(actor, "recordDataset", input, async (tx) => {
      const sources = input.derivedFrom ?? [];
      if (sources.length > mostSources) {
        throw overLimit(`derivedFrom: at most ${mostSources}; got ${sources.length}`, "derivedFrom");
      }
      const version = await this.ensureVersion(tx, actor, input, "");
      const scope = (await scopesOf(tx, [version.datasetId])).get(version.datasetId)!;
      actor.must("dataset:write", scope);
      const parents = await this.ensureVersions(
        tx,
        actor,
        sources.map((source) => ({ ...source, scope })),
        { fieldOf: (index) => `derivedFrom.${index}` },
      );
      await this.derive(tx, actor, version, parents);
      return { datasetVersion: version.nodeId };
    });
  }

  /**
   * Finds or makes a dataset version, with its dataset; adds what was not told before. Using one takes no more than the
   * right to read it: without dataset:write (history:import where it is imported) nothing is added, and what would have
   * to be made is FORBIDDEN. Throws ALREADY_EXISTS for a name that is taken where the actor may not read.
   */
  async ensureVersion(
    tx: Transaction,
    actor: Actor,
    input: DatasetToEnsure & { isImported?: boolean },
    field = "dataset",
  ): Promise<DatasetVersion> {
    const { isImported = false } = input;
    const [version] = await this.ensureVersions(tx, actor, [input], { isImported, fieldOf: () => field });
    return version!;
  }

  /** The same for many at once, answered in their order. Imported ones happened at their `occurredAt`. */
  async ensureVersions(
    tx: Transaction,
    actor: Actor,
    inputs: readonly DatasetToEnsure[],
    options: Options = {},
  ): Promise<DatasetVersion[]> {
    if (inputs.length === 0) return [];
    const { fieldOf = (index: number) => `datasets.${index}` } = options;
    const told = inputs.map((input, index) => toldDataset(fieldOf(index), input));
    const wanted = new Map<string, ToldDataset>();
    for (const dataset of told) {
      const other = wanted.get(datasetKey(dataset));
      wanted.set(datasetKey(dataset), other ? mergedDataset(other, dataset) : dataset);
    }
    const permission = options.isImported ? "history:import" : "dataset:write";
    const datasets = await this.ensureDatasets(tx, actor, permission, [...wanted.values()], options);
    const versions = await this.versionsOf(tx, datasets, wanted);
    for (const [key, seen] of versions) {
      const { name } = wanted.get(key)!;
      if (actor.may(permission, datasets.get(name)!.scope))
        await this.fill(tx, actor, seen, wanted.get(key)!, options);
    }
    const missing = [...wanted].filter(([key]) => !versions.has(key)).map(([, dataset]) => dataset);
    for (const { name } of missing) actor.must(permission, datasets.get(name)!.scope);
    for (const version of await this.createVersions(tx, actor, datasets, missing, options)) {
      versions.set(...version);
    }
    return told.map((dataset) => versions.get(datasetKey(dataset))!);
  }

  /** Joins a dataset version to what it was made from: one event where an edge is new. */
  async derive(
    tx: Transaction,
    actor: Actor,
    version: DatasetVersion,
    sources: readonly DatasetVersion[],
  ): Promise<void> {
    const drafts: EdgeDraft[] = sources.map(({ nodeId }) => ({
      src: nodeId,
      dst: version.nodeId,
      type: EdgeType.DATA_DERIVED,
    }));
    const edges = await this.graph.propose(tx, drafts);
    if (edges.length === 0) return;
    const recorded = this.journal.record(tx, actor, {
      type: "dataset_version.derived",
      subject: version.nodeId,
      container: version.datasetId,
      body: { digest: version.digest, sources: edges.map(({ src }) => formatId("DATASET_VERSION", src)) },
    });
    this.graph.add(tx, recorded, edges);
  }

  private async ensureDatasets(
    tx: Transaction,
    actor: Actor,
    permission: Permission,
    wanted: ToldDataset[],
    { isImported = false }: Options,
  ): Promise<Map<string, Dataset>> {
    const byName = grouped(wanted, ({ name }) => name);
    const datasets = new Map<string, Dataset>();
    for (const names of chunksOf([...byName.keys()], namesPerQuery)) {
      const rows = await tx.query<object>(
        sql`SELECT ${datasetColumns} FROM dataset d WHERE ${among(sql`d.name`, names)}`,
      );
      for (const dataset of rows.map(datasetOfRow)) datasets.set(dataset.name, dataset);
    }
    // Those out of sight, too: who could not have made one is not told that it is there.
    const unknown = wanted.filter(({ name }) => {
      const there = datasets.get(name);
      return !there || !actor.may("registry:read", there.scope);
    });
    const scopes = await scopesTold(tx, unknown);
    for (const { name, field } of unknown) {
      actor.must(permission, scopes.get(name)!);
      const at = field ? `${field}.name` : "name";
      const taken = () => alreadyExists(`the name ${name} is taken by another dataset`, at);
      if (datasets.has(name)) actor.must(permission, datasets.get(name)!.scope, taken);
    }
    const scoped = [...scopes].flatMap(([name, scope]) => (datasets.has(name) ? [] : [{ name, scope }]));
    if (scoped.length === 0) return datasets;
    const now = this.clock();
    const nodes = await this.graph.createNodes(
      tx,
      scoped.map(({ name, scope }) => ({ kind: "DATASET", label: name, scope })),
    );
    const created = scoped.map(({ name, scope }, index) =>
      datasetOfRow({ nodeId: nodes[index], name, scope, createdAt: now, updatedAt: now }),
    );
    await tx.insertNew(Dataset, created);
    for (const dataset of created) {
      datasets.set(dataset.name, dataset);
      const { name, scope } = dataset;
      this.journal.record(tx, actor, {
        type: "dataset.created",
        subject: dataset.nodeId,
        body: { name, scope },
        ...happened(byName.get(name)!, isImported),
      });
    }
    return datasets;
  }

  private async versionsOf(
    tx: Transaction,
    datasets: Map<string, Dataset>,
    wanted: Map<string, ToldDataset>,
  ): Promise<Map<string, DatasetVersion>> {
    const nameOf = new Map([...datasets.values()].map(({ nodeId, name }) => [nodeId, name]));
    const versions = new Map<string, DatasetVersion>();
    for (const some of chunksOf([...wanted.values()], namesPerQuery)) {
      const ids = [...new Set(some.map(({ name }) => datasets.get(name)!.nodeId))];
      const digests = [...new Set(some.map(({ digest }) => digest))];
      const rows = await tx.query<object>(
        sql`SELECT ${datasetVersionColumns} FROM dataset_version v
            WHERE ${among(sql`v.datasetId`, ids)} AND ${among(sql`v.digest`, digests)}`,
      );
      for (const version of rows.map(datasetVersionOfRow)) {
        const key = datasetKey({ name: nameOf.get(version.datasetId)!, digest: version.digest });
        if (wanted.has(key)) versions.set(key, version);
      }
    }
    return versions;
  }

  private async fill(
    tx: Transaction,
    actor: Actor,
    version: DatasetVersion,
    told: ToldDataset,
    { isImported = false }: Options,
  ): Promise<void> {
    if (Object.keys(datasetFills(version, told)).length === 0) return;
    const [row] = await tx.lock<object>(
      sql`SELECT ${datasetVersionColumns} FROM dataset_version v WHERE v.id = ${version.nodeId}`,
    );
    const fills = datasetFills(Object.assign(version, datasetVersionOfRow(row!)), told);
    if (Object.keys(fills).length === 0) return;
    const { nodeId, digestAlgorithm, source, schema, profile } = Object.assign(version, fills);
    const [schemaText, profileText] = [schema, profile].map((json) =>
      json === null ? null : JSON.stringify(json),
    );
    await tx.run(
      sql`UPDATE dataset_version SET digestAlgorithm = ${digestAlgorithm}, source = ${source}, \`schema\` = ${schemaText}, profile = ${profileText}
          WHERE id = ${nodeId}`,
    );
    this.journal.record(tx, actor, {
      type: "dataset_version.updated",
      subject: nodeId,
      container: version.datasetId,
      ...factsOf(fills),
      ...happened([told], isImported),
    });
  }

  private async createVersions(
    tx: Transaction,
    actor: Actor,
    datasets: Map<string, Dataset>,
    missing: ToldDataset[],
    { isImported = false }: Options,
  ): Promise<[string, DatasetVersion][]> {
    if (missing.length === 0) return [];
    const now = this.clock();
    const places = missing.map(({ name, digest }) => ({
      kind: "DATASET_VERSION" as const,
      label: digest,
      container: datasets.get(name)!.nodeId,
    }));
    const nodes = await this.graph.createNodes(tx, places);
    const created = missing.map(({ digest, digestAlgorithm, source, schema, profile }, index) =>
      instanceOf(DatasetVersion, {
        nodeId: nodes[index],
        datasetId: places[index]!.container,
        digest,
        digestAlgorithm,
        source,
        schema,
        profile,
        createdAt: now,
      }),
    );
    await tx.insertNew(DatasetVersion, created);
    const touched = [...new Set(created.map(({ datasetId }) => datasetId))];
    await tx.run(
      sql`UPDATE dataset SET updatedAt = ${now} WHERE ${among(sql`id`, touched)} AND updatedAt < ${now}`,
    );
    return created.map((version, index) => {
      const told = missing[index]!;
      const { body, texts } = factsOf(version);
      this.journal.record(tx, actor, {
        type: "dataset_version.recorded",
        subject: version.nodeId,
        container: version.datasetId,
        body: { name: told.name, digest: version.digest, ...body },
        texts,
        ...happened([told], isImported),
      });
      return [datasetKey(told), version];
    });
  }
}

/** The scopes that new datasets take, by name: as told, else of the experiment they stand in, else the empty one. */
async function scopesTold(tx: Transaction, told: readonly ToldDataset[]): Promise<Map<string, string>> {
  const tellings = [...grouped(told, ({ name }) => name).values()];
  const firsts = tellings.map((all) => all.find(({ scope }) => scope) ?? all[0]!);
  const experiments = firsts.flatMap(({ scope, within }) => (scope || within === null ? [] : [within]));
  const scopes = await scopesOf(tx, experiments);
  const scopeOf = ({ scope, within }: ToldDataset) => scope || (within === null ? "" : scopes.get(within)!);
  return new Map(firsts.map((first) => [first.name, scopeOf(first)]));
}

/** Facts as events tell them: the long ones by their digest, the free text apart. */
function factsOf({ digestAlgorithm, source, schema, profile }: Partial<DatasetVersion>) {
  return {
    body: {
      ...(digestAlgorithm ? { digestAlgorithm } : {}),
      ...(schema == null ? {} : { schemaDigest: sha256(canonical(schema)) }),
      ...(profile == null ? {} : { profileDigest: sha256(canonical(profile)) }),
    },
    texts: { source: source ?? null },
  };
}

/** When imported data is first known to have been there. */
function happened(told: readonly ToldDataset[], isImported: boolean) {
  const times = told.map(({ occurredAt }) => occurredAt).filter((at) => at !== undefined);
  return { isImported, ...(isImported && times.length > 0 ? { occurredAt: Math.min(...times) } : {}) };
}
