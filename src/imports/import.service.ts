import type { Transaction } from "../db/transaction.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { invalid, notFound } from "../kernel/errors.ts";
import { nameOf, nfc } from "../kernel/names.ts";
import type { AliasService } from "../registry/alias.service.ts";
import type { Model } from "../registry/model.entity.ts";
import type { ImportBatchInput, ImportHistoryInput } from "./import.inputs.ts";
import type { ModelImport } from "./model-import.ts";
import type { TrackingImport } from "./tracking-import.ts";
import type { VersionImport } from "./version-import.ts";

/** How many records of a batch were new, and how many were here. */
export type ImportOutcome = { imported: number; unchanged: number };

const mostRecords = 5_000;

/**
 * Takes a past over, batch by batch: each in one transaction, and the same one again changes nothing. It takes the right
 * to import on every scope that the batch touches; where one is missing, nothing of the batch is taken.
 */
export class ImportService {
  constructor(
    private readonly verbs: Verbs,
    private readonly tracking: TrackingImport,
    private readonly models: ModelImport,
    private readonly versions: VersionImport,
    private readonly aliases: AliasService,
  ) {}

  importHistory(actor: Actor, input: ImportHistoryInput): Promise<ImportOutcome> {
    return this.verbs.run(actor, "importHistory", input, async (tx) => {
      const { batch } = input;
      nameOf("batch.source", batch.source);
      const total = recordsOf(batch);
      if (total > mostRecords) throw invalid("batch", `at most ${mostRecords} records`, total);
      mustImport(actor, batch);
      const known = await this.models.lock(tx, modelNamesOf(batch));
      const imported =
        (await this.tracking.take(tx, actor, batch)) +
        (await this.takeModels(tx, actor, batch, known)) +
        (await this.takeVersions(tx, actor, batch, known)) +
        (await this.takeAliases(tx, actor, batch, known));
      return { imported, unchanged: total - imported };
    });
  }

  private async takeModels(
    tx: Transaction,
    actor: Actor,
    batch: ImportBatchInput,
    known: Map<string, Model>,
  ) {
    let taken = 0;
    for (const [index, model] of (batch.models ?? []).entries()) {
      if (await this.models.take(tx, actor, known, model, `batch.models.${index}`)) taken++;
    }
    return taken;
  }

  private async takeVersions(
    tx: Transaction,
    actor: Actor,
    batch: ImportBatchInput,
    known: Map<string, Model>,
  ) {
    let taken = 0;
    for (const [index, version] of (batch.versions ?? []).entries()) {
      const at = `batch.versions.${index}`;
      const model = modelIn(known, version.model, `${at}.model`);
      if (await this.versions.take(tx, actor, model, version, at)) taken++;
    }
    return taken;
  }

  private async takeAliases(
    tx: Transaction,
    actor: Actor,
    batch: ImportBatchInput,
    known: Map<string, Model>,
  ) {
    let taken = 0;
    for (const [index, { model: name, alias, version }] of (batch.aliases ?? []).entries()) {
      const model = modelIn(known, name, `batch.aliases.${index}.model`);
      if (await this.aliases.takeOver(tx, actor, model, { alias, version })) taken++;
    }
    return taken;
  }
}

function recordsOf({
  experiments,
  commits,
  runs,
  loggedModels,
  models,
  versions,
  aliases,
}: ImportBatchInput): number {
  const lists = [experiments, commits, runs, loggedModels, models, versions, aliases];
  return lists.reduce((sum, list) => sum + (list?.length ?? 0), 0);
}

/** A model's scope is its name. Scopes of experiments and data are asked where those are found or made. */
function mustImport(actor: Actor, batch: ImportBatchInput): void {
  for (const name of modelNamesOf(batch)) actor.must("history:import", nfc(name));
  actor.mustAnywhere("history:import");
}

function modelNamesOf({ models, versions, aliases }: ImportBatchInput): string[] {
  return [
    ...(models ?? []).map(({ name }) => name),
    ...(versions ?? []).map(({ model }) => model),
    ...(aliases ?? []).map(({ model }) => model),
  ];
}

function modelIn(known: ReadonlyMap<string, Model>, name: string, field: string): Model {
  const model = known.get(nfc(name));
  if (!model) throw notFound(`model ${name}`, field);
  return model;
}
