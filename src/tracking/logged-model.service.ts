import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { readId } from "../kernel/ids.ts";
import type { LoggedModel } from "./logged-model.entity.ts";
import { loggedModelColumns, loggedModelOfRow } from "./logged-model.query.ts";

/** Verbs about logged models. */
export class LoggedModelService {
  /** By model id (`m-…`) or node id. */
  async find(tx: Transaction, model: string): Promise<LoggedModel | null> {
    const id = readId(model);
    const which = id?.kind === "LOGGED_MODEL" ? sql`l.id = ${id.node}` : sql`l.modelId = ${model}`;
    const [row] = await tx.query<object>(
      sql`SELECT ${loggedModelColumns} FROM logged_model l WHERE ${which}`,
    );
    return row ? loggedModelOfRow(row) : null;
  }
}
