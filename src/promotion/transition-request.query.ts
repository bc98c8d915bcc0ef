import { actorsNow, type Known } from "../access/actors-now.ts";
import { among, type Reader, type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { instanceOf } from "../kernel/node.ts";
import { Approval, TransitionRequest } from "./transition-request.entity.ts";

export const requestColumns = sql`q.id AS nodeId, q.modelId, q.versionId, q.fromStage, q.toStage, q.archiveExisting, q.isAfterReview, q.status AS storedStatus, q.openKey, q.requestedById, q.groupsText, q.reason, q.createdAt, q.closedAt`;

export const approvalColumns = sql`a.id AS nodeId, a.requestId, a.versionId, a.modelId, a.reviewerId, a.groupsText, a.decision, a.comment, a.evidenceDigest, a.policyId, a.policyRevision, a.createdAt`;

interface RequestRow extends Omit<TransitionRequest, "from" | "to" | "archiveExisting" | "isAfterReview"> {
  fromStage: string;
  toStage: string;
  archiveExisting: number | boolean;
  isAfterReview: number | boolean;
}

export function requestOfRow(row: object): TransitionRequest {
  const { fromStage, toStage, archiveExisting, isAfterReview, ...rest } = row as RequestRow;
  return instanceOf(TransitionRequest, {
    ...rest,
    from: fromStage,
    to: toStage,
    archiveExisting: Boolean(archiveExisting),
    isAfterReview: Boolean(isAfterReview),
  });
}

export function approvalOfRow(row: object): Approval {
  return instanceOf(Approval, row);
}

/** Of each version and stage there is one open request at most. */
export function openKeyOf(version: number, stage: string): string {
  return `${version} ${stage}`;
}

export async function requestsWhere(reader: Reader, where: Sql): Promise<TransitionRequest[]> {
  const rows = await reader.query<object>(
    sql`SELECT ${requestColumns} FROM transition_request q WHERE ${where}`,
  );
  return rows.map(requestOfRow);
}

async function findRequest(reader: Reader, where: Sql): Promise<TransitionRequest | null> {
  return (await requestsWhere(reader, where))[0] ?? null;
}

export function requestById(reader: Reader, id: number): Promise<TransitionRequest | null> {
  return findRequest(reader, sql`q.id = ${id}`);
}

export function openRequest(
  reader: Reader,
  version: number,
  stage: string,
): Promise<TransitionRequest | null> {
  return findRequest(reader, sql`q.openKey = ${openKeyOf(version, stage)}`);
}

/** The decisions on these requests, the first ones first. */
export async function approvalsOf(reader: Reader, requests: readonly number[]): Promise<Approval[]> {
  const rows = await reader.query<object>(
    sql`SELECT ${approvalColumns} FROM approval a WHERE ${among(sql`a.requestId`, requests)} ORDER BY a.id`,
  );
  return rows.map(approvalOfRow);
}

/** Who has a part in a request, as they stand now. */
export interface People {
  /** Null where he has been deactivated. */
  requester: Actor | null;
  /** By node number; who has been deactivated is not among them. */
  reviewers: ReadonlyMap<number, Actor>;
}

/** Who gave these decisions, as they stand now. */
export async function reviewersOf(
  reader: Reader,
  approvals: readonly Approval[],
): Promise<People["reviewers"]> {
  return reviewersAmong(await actorsNow(reader, approvals.map(knownReviewer)));
}

/** Who asked, and who gave these decisions. */
export async function peopleOf(
  reader: Reader,
  { requestedById: node, groupsText }: TransitionRequest,
  approvals: readonly Approval[],
): Promise<People> {
  const asked: Known = { node, groups: JSON.parse(groupsText) };
  const [requester, ...others] = await actorsNow(reader, [asked, ...approvals.map(knownReviewer)]);
  return { requester: requester ?? null, reviewers: reviewersAmong(others) };
}

function knownReviewer({ reviewerId: node, groupsText }: Approval): Known {
  return { node, groups: JSON.parse(groupsText) };
}

function reviewersAmong(found: readonly (Actor | null)[]): People["reviewers"] {
  return new Map(found.flatMap((actor) => (actor ? [[actor.node, actor]] : [])));
}

/** Whether it can still be decided on. */
export function isOpenRequest({ openKey }: TransitionRequest): boolean {
  return openKey !== null;
}
