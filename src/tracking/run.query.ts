import { sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import { Run } from "./run.entity.ts";

export const runColumns = sql`r.id AS nodeId, r.runId, r.experimentId, r.name, r.status, r.startedAt, r.endedAt, r.startedBy, r.attributedTo, r.entryPoint, r.parentId, r.commitId, r.createdAt, r.updatedAt, r.deletedAt`;

export function runOfRow(row: object): Run {
  return instanceOf(Run, row);
}
