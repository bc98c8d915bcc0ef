import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { modelNameOf, nfc } from "../kernel/names.ts";
import type { Model } from "../registry/model.entity.ts";
import { modelColumns, modelOfRow } from "../registry/model.query.ts";
import type { ModelService } from "../registry/model.service.ts";
import type { ImportedModelInput } from "./import.inputs.ts";

/** The models of a batch, found or made, with their rows locked. */
export class ModelImport {
  constructor(private readonly models: ModelService) {}

  /** Locks the named models that are here, in order of name: before anything else that a batch locks. */
  async lock(tx: Transaction, names: Iterable<string>): Promise<Map<string, Model>> {
    const locked = new Map<string, Model>();
    for (const name of [...new Set(names)].map(nfc).sort()) {
      const [row] = await tx.lock<object>(
        sql`SELECT ${modelColumns} FROM model m WHERE m.liveName = ${name}`,
      );
      const model = row ? modelOfRow(row) : null;
      if (model?.name === name) locked.set(name, model); // MySQL finds "fraud" for "fraud ", too
    }
    return locked;
  }

  /** Whether the model was new; it is in `known` from here on. One that is here keeps what it has. */
  async take(
    tx: Transaction,
    actor: Actor,
    known: Map<string, Model>,
    model: ImportedModelInput,
    at: string,
  ): Promise<boolean> {
    const name = modelNameOf(`${at}.name`, model.name);
    if (known.has(name) || (model.deletedAt != null && (await this.wasDeleted(tx, name)))) return false;
    const createdAt = model.createdAt ?? model.updatedAt ?? 0;
    const history = { createdAt, updatedAt: model.updatedAt ?? createdAt };
    const made = await this.models.createIn(tx, actor, { ...model, name }, history);
    if (model.deletedAt != null) await this.models.deleteIn(tx, actor, made, model.deletedAt);
    else known.set(name, made);
    return true;
  }

  private async wasDeleted(tx: Transaction, name: string): Promise<boolean> {
    const rows = await tx.query(
      sql`SELECT id FROM model WHERE name = ${name} AND deletedAt IS NOT NULL LIMIT 1`,
    );
    return rows.length > 0;
  }
}
