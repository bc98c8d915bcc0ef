import { type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { notFound } from "../kernel/errors.ts";
import { readId } from "../kernel/ids.ts";
import type { Run } from "./run.entity.ts";
import { runColumns, runOfRow } from "./run.query.ts";

/** Verbs about runs. */
export class RunService {
  /** By run id or node id, deleted or not. */
  async find(tx: Transaction, run: string): Promise<Run | null> {
    const [row] = await tx.query<object>(sql`SELECT ${runColumns} FROM run r WHERE ${isRun(run)}`);
    return row ? runOfRow(row) : null;
  }

  /** Locks a run, deleted or not, by run id or node id: changes of its facts queue up here. Throws NOT_FOUND. */
  async lock(tx: Transaction, run: string, field = "runId"): Promise<Run> {
    const [row] = await tx.lock<object>(sql`SELECT ${runColumns} FROM run r WHERE ${isRun(run)}`);
    if (!row) throw notFound(`run ${run}`, field);
    return runOfRow(row);
  }
}

function isRun(run: string): Sql {
  const id = readId(run);
  return id?.kind === "RUN" ? sql`r.id = ${id.node}` : sql`r.runId = ${run}`;
}
