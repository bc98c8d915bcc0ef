import { sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import { LoggedModel } from "./logged-model.entity.ts";

export const loggedModelColumns = sql`l.id AS nodeId, l.modelId, l.name, l.runId, l.experimentId, l.status, l.attributedTo, l.createdAt, l.updatedAt, l.deletedAt`;

export function loggedModelOfRow(row: object): LoggedModel {
  return instanceOf(LoggedModel, row);
}
