import { conditionsOf, numberTerms, textTerms } from "../db/filter.ts";
import { type KeysetList, nullsLast, type SortKey } from "../db/keyset.ts";
import { readableCommits } from "../db/readable.ts";
import { every, type Reader, type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { OrderDirection } from "../kernel/connection.ts";
import { invalid } from "../kernel/errors.ts";
import { instanceOf } from "../kernel/node.ts";
import { Commit } from "./commit.entity.ts";
import { type CommitFilter, type CommitOrder, CommitOrderField } from "./commit.inputs.ts";
import { isSha } from "./commit.rules.ts";

export const commitColumns = sql`c.id AS nodeId, c.repository, c.sha, c.branch, c.message, c.committedAt, c.attributedTo, c.createdAt`;

export function commitOfRow(row: object): Commit {
  return instanceOf(Commit, row);
}

function termsOf(filter: CommitFilter): Sql[] {
  return [
    ...textTerms(sql`c.sha`, filter.sha),
    ...textTerms(sql`c.repository`, filter.repository),
    ...textTerms(sql`c.branch`, filter.branch),
    ...textTerms(sql`c.message`, filter.message, "text"),
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
  actor: Actor,
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
    where: [...readableCommits(actor), ...conditionsOf(filter, termsOf)],
    order: [...keysOf(field, isDescending), { column: sql`c.id`, as: "nodeId", isDescending }],
  };
}

/** The commit whose sha begins so. A whole sha beats longer ones; throws INVALID where several begin so. */
export async function commitNamed(
  reader: Reader,
  actor: Actor,
  sha: string,
  repository: string | null,
): Promise<Commit | null> {
  if (!isSha(sha)) throw invalid("sha", "7–64 hex digits", sha);
  const from = sha.toLowerCase();
  const where = every([
    sql`c.sha >= ${from} AND c.sha < ${`${from}g`}`, // "g" comes after the last hex digit.
    ...(repository === null ? [] : [sql`c.repository = ${repository}`]),
    ...readableCommits(actor),
  ]);
  const rows = await reader.query<object>(
    sql`SELECT ${commitColumns} FROM git_commit c WHERE ${where} ORDER BY c.sha, c.repository LIMIT 3`,
  );
  // MySQL pads what it compares: it finds "a" under "a ", too.
  const commits = rows
    .map(commitOfRow)
    .filter((commit) => (repository ?? commit.repository) === commit.repository);
  const exact = commits.filter((commit) => commit.sha === from);
  const [found, other] = exact.length > 0 ? exact : commits;
  if (!other) return found ?? null;
  const expected = other.repository === found!.repository ? "more digits" : "the repository, too";
  throw invalid("sha", `${expected}: several commits begin so`, sha);
}
