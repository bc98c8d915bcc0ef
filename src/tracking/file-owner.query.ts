import { type Reader, type Sql, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Actor } from "../kernel/actor.ts";
import { conflict, notFound } from "../kernel/errors.ts";
import type { Permission } from "../kernel/permission.ts";
import { mustWithin } from "./guarding.ts";
import { loggedModelColumns, loggedModelNamed, loggedModelOfRow } from "./logged-model.query.ts";
import { runColumns, runNamed, runOfRow } from "./run.query.ts";
import { isOpen } from "./run.rules.ts";

/** Whose files: a run's, by run id or id, or a logged model's, by model id (`m-…`) or id. */
export type OwnerRef = { runId: string } | { loggedModelId: string };

/** What holds files. */
export interface FileOwner {
  nodeId: number;
  experimentId: number;
  /** What people call it, such as `run 3f…`. */
  label: string;
  /** While it is open, its files are telemetry; afterwards each change of them is an event. */
  isOpen: boolean;
  deletedAt: number | null;
  /** What events about it carry. */
  body: { runId: string } | { modelId: string };
}

type Select = (statement: Sql) => Promise<object[]>;

/** As it is now. Throws NOT_FOUND, FORBIDDEN, CONFLICT where it is deleted. */
export function findOwner(reader: Reader, actor: Actor, ref: OwnerRef): Promise<FileOwner> {
  return ownerBy((statement) => reader.query(statement), reader, actor, ref);
}

/** The same, its row locked until commit: changes of its files queue up here. */
export function lockOwner(tx: Transaction, actor: Actor, ref: OwnerRef): Promise<FileOwner> {
  return ownerBy((statement) => tx.lock(statement), tx, actor, ref);
}

async function ownerBy(select: Select, reader: Reader, actor: Actor, ref: OwnerRef): Promise<FileOwner> {
  const owner = "runId" in ref ? await runBy(select, ref.runId) : await modelBy(select, ref.loggedModelId);
  const absent = () =>
    "runId" in ref
      ? notFound(`run ${ref.runId}`, "runId")
      : notFound(`logged model ${ref.loggedModelId}`, "loggedModelId");
  if (!owner) throw absent();
  const permission: Permission = "run:write";
  await mustWithin(reader, actor, permission, [{ container: owner.experimentId, absent }]);
  if (owner.deletedAt !== null) throw conflict(`${owner.label} is deleted`, absent().inputPath?.[0]);
  return owner;
}

async function runBy(select: Select, runId: string): Promise<FileOwner | null> {
  const [row] = await select(sql`SELECT ${runColumns} FROM run r WHERE ${runNamed(runId)}`);
  if (!row) return null;
  const run = runOfRow(row);
  const { nodeId, experimentId, deletedAt } = run;
  const body = { runId: run.runId };
  return { nodeId, experimentId, deletedAt, label: `run ${run.runId}`, isOpen: isOpen(run), body };
}

async function modelBy(select: Select, modelId: string): Promise<FileOwner | null> {
  const [row] = await select(
    sql`SELECT ${loggedModelColumns} FROM logged_model l WHERE ${loggedModelNamed(modelId)}`,
  );
  if (!row) return null;
  const model = loggedModelOfRow(row);
  const { nodeId, experimentId, deletedAt } = model;
  const body = { modelId: model.modelId };
  const label = `logged model ${model.modelId}`;
  return { nodeId, experimentId, deletedAt, label, isOpen: model.status === "PENDING", body };
}
