import { conditionsOf, numberTerms, textTerms } from "../db/filter.ts";
import { type KeysetList, nullsLast, type SortKey } from "../db/keyset.ts";
import { type Sql, sql } from "../db/sql.ts";
import { OrderDirection } from "../kernel/connection.ts";
import { instanceOf } from "../kernel/node.ts";
import { Commit } from "./commit.entity.ts";
import { type CommitFilter, type CommitOrder, CommitOrderField } from "./commit.inputs.ts";

export const commitColumns = sql`c.id AS nodeId, c.repository, c.sha, c.branch, c.message, c.committedAt, c.attributedTo, c.createdAt`;

export function commitOfRow(row: object): Commit {
  return instanceOf(Commit, row);
}

function termsOf(filter: CommitFilter): Sql[] {
  return [
    ...textTerms(sql`c.sha`, filter.sha),
    ...textTerms(sql`c.repository`, filter.repository),
    ...textTerms(sql`c.branch`, filter.branch),
    ...textTerms(sql`c.message`, filter.message),
    ...textTerms(sql`c.attributedTo`, filter.attributedTo),
    ...numberTerms(sql`c.committedAt`, filter.committedAt),
  ];
}

function keysOf(field: CommitOrderField, isDescending: boolean): SortKey[] {
  switch (field) {
    case CommitOrderField.COMMITTED_AT:
      return nullsLast(sql`c.committedAt`, "committedAt", isDescending);
    case CommitOrderField.SHA:
      return [{ column: sql`c.sha`, as: "sha", isDescending }];
    case CommitOrderField.CREATED_AT:
      return []; // Ids are given in that order.
  }
}

/** Newest first where no order is given. */
export function commitList(
  filter: CommitFilter | null | undefined,
  order: CommitOrder | null | undefined,
): KeysetList {
  const { field, direction } = order ?? {
    field: CommitOrderField.COMMITTED_AT,
    direction: OrderDirection.DESC,
  };
  const isDescending = direction === OrderDirection.DESC;
  return {
    scope: `commits ${field} ${direction}`,
    select: sql`${commitColumns}, (c.committedAt IS NULL) AS committedAtIsNull`,
    from: sql`git_commit c`,
    where: conditionsOf(filter, termsOf),
    order: [...keysOf(field, isDescending), { column: sql`c.id`, as: "nodeId", isDescending }],
  };
}
