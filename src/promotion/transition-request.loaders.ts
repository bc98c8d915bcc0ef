import type { Database } from "../db/database.ts";
import { type KeysetList, readPage } from "../db/keyset.ts";
import { readable, scopeTerm } from "../db/readable.ts";
import { among, every, type Sql, sql } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { invalid } from "../kernel/errors.ts";
import type { PageSlice } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { loadMany, loadOne } from "../tracking/batching.ts";
import {
  type Approval,
  RequestStatus,
  type TransitionRequest,
  type TransitionRequestConnection,
} from "./transition-request.entity.ts";
import type { TransitionRequestFilter } from "./transition-request.inputs.ts";
import { approvalColumns, approvalOfRow, requestColumns, requestOfRow } from "./transition-request.query.ts";

const mostOfVersion = 1_000;

/** What the database tells of requests; `model` is the node number of the one that a filter names. */
export interface RequestConditions extends Pick<TransitionRequestFilter, "status"> {
  model: number | null;
}

/** Requests and decisions about models that the actor may read; others are absent. */
export class TransitionRequestLoaders {
  constructor(private readonly db: Database) {}

  byId(request: Request, id: number): Promise<TransitionRequest | null> {
    const find = (ids: readonly number[]) => this.requests(request.actor, among(sql`q.id`, ids));
    return loadOne(request, this.byId, id, find, ({ nodeId }) => nodeId);
  }

  /** Of a version, the latest first; at most 1,000. */
  async ofVersion(request: Request, version: number): Promise<TransitionRequest[]> {
    const find = (ids: readonly number[]) => this.requests(request.actor, among(sql`q.versionId`, ids));
    const all = await loadMany(request, this.ofVersion, version, find, ({ versionId }) => versionId);
    return all.slice(0, mostOfVersion);
  }

  approvalById(request: Request, id: number): Promise<Approval | null> {
    const find = (ids: readonly number[]) => this.approvals(request.actor, among(sql`a.id`, ids));
    return loadOne(request, this.approvalById, id, find, ({ nodeId }) => nodeId);
  }

  /** Decisions on a request, the first ones first. */
  approvalsOf(request: Request, of: number): Promise<Approval[]> {
    const find = (ids: readonly number[]) => this.approvals(request.actor, among(sql`a.requestId`, ids));
    return loadMany(request, this.approvalsOf, of, find, ({ requestId }) => requestId);
  }

  /** Decisions on any request about a version, the first ones first; at most 1,000. */
  async approvalsOfVersion(request: Request, version: number): Promise<Approval[]> {
    const find = (ids: readonly number[]) => this.approvals(request.actor, among(sql`a.versionId`, ids));
    const all = await loadMany(request, this.approvalsOfVersion, version, find, ({ versionId }) => versionId);
    return all.slice(0, mostOfVersion);
  }

  /** The latest first. `among`: of these conditions, too. */
  page(
    request: Request,
    filter: RequestConditions,
    slice: PageSlice,
    among: readonly Sql[] = [],
  ): Promise<TransitionRequestConnection> {
    const list: KeysetList = {
      scope: "transition requests",
      select: requestColumns,
      from: sql`transition_request q`,
      where: [...readable(request.actor, sql`q.modelId`), ...termsOf(filter), ...among],
      order: [{ column: sql`q.id`, as: "nodeId", isDescending: true }],
    };
    return readPage(this.db.read, list, slice, requestOfRow);
  }

  /** Open ones about models on which the actor may review something, the latest first; `most` of them. */
  openToReview({ actor }: Request, filter: RequestConditions, most: number): Promise<TransitionRequest[]> {
    const within = scopeTerm(sql`m.name`, actor.scopesOf("transition:review"));
    const conditions = [
      ...termsOf(filter),
      sql`q.openKey IS NOT NULL`,
      sql`EXISTS (SELECT 1 FROM model m WHERE m.id = q.modelId AND ${within})`,
    ];
    return this.requests(actor, every(conditions), most);
  }

  private async requests(actor: Actor, condition: Sql, most?: number): Promise<TransitionRequest[]> {
    const where = every([condition, ...readable(actor, sql`q.modelId`)]);
    const limit = most === undefined ? sql`` : sql` LIMIT ${most}`;
    const rows = await this.db.read.query<object>(
      sql`SELECT ${requestColumns} FROM transition_request q WHERE ${where} ORDER BY q.id DESC${limit}`,
    );
    return rows.map(requestOfRow);
  }

  private async approvals(actor: Actor, condition: Sql): Promise<Approval[]> {
    const where = every([condition, ...readable(actor, sql`a.modelId`)]);
    const rows = await this.db.read.query<object>(
      sql`SELECT ${approvalColumns} FROM approval a WHERE ${where} ORDER BY a.id`,
    );
    return rows.map(approvalOfRow);
  }
}

function termsOf({ status, model }: RequestConditions): Sql[] {
  if (status?.includes(RequestStatus.STALE)) {
    const expected = "PENDING and APPROVED in place of STALE, which shows only when a request is looked at";
    throw invalid("filter.status", expected, status);
  }
  return [
    ...(status ? [among(sql`q.status`, [...new Set(status)])] : []),
    ...(model === null ? [] : [sql`q.modelId = ${model}`]),
  ];
}
