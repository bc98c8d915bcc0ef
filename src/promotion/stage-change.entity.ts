import { Field, Int, ObjectType } from "type-graphql";
import { formatCursor } from "../journal/cursor.ts";
import type { RegistryEvent } from "../journal/event.entity.ts";
import { connectionType, type Page } from "../kernel/connection.ts";
import { DateTime, EventCursor } from "../kernel/scalars.ts";
import type { Policy } from "./policy.entity.ts";
import { Verdict } from "./verdict.entity.ts";

/** The journal entry type behind it. */
export const stageChangedType = "stage.changed";

/** How a body names the policy that a version has passed. */
export interface Passed {
  policy: string;
  revision: number;
}

export function passedIn({ id, revision }: Pick<Policy, "id" | "revision">): { passed: Passed } {
  return { passed: { policy: id, revision } };
}

/** What a stage.changed event says in its body. */
export interface StageChangedBody {
  from: string;
  to: string;
  isAutomatic: boolean;
  verdict: Verdict | null;
  /** What let it in, with all that it asks for; not there where no policy did. */
  passed?: Passed;
  /** Ids of the request that it carried out, and of the approvals that let it. */
  request?: string;
  approvals?: string[];
  isBreakGlass?: boolean;
  /** A rollback took it out. */
  isRolledBack?: boolean;
}

@ObjectType({
  description: "One move of one version from one stage to another, as the journal tells it.",
  simpleResolvers: true,
})
export class StageChange {
  constructor(readonly event: RegistryEvent) {
    const body = JSON.parse(event.body) as StageChangedBody;
    this.cursor = formatCursor(event);
    this.at = event.occurredAt;
    this.from = body.from;
    this.to = body.to;
    this.isAutomatic = body.isAutomatic;
    this.isImported = event.isImported;
    this.fullVerdict = body.verdict;
    this.policyRevision = body.verdict?.policyRevision ?? null;
    this.isBreakGlass = body.isBreakGlass ?? false;
    this.requestId = body.request ?? null;
    this.approvalIds = body.approvals ?? [];
  }

  @Field(() => EventCursor, {
    description: "Its place in the journal: where a subscription goes on after it.",
  })
  cursor: string;

  @Field(() => DateTime, { description: "When it happened." })
  at: number;

  @Field(() => String, { description: "The stage it left." })
  from: string;

  @Field(() => String, { description: "The stage it came to." })
  to: string;

  @Field(() => Boolean, { description: "True where it followed from another version's move." })
  isAutomatic: boolean;

  @Field(() => Boolean, { description: "True for history taken over from elsewhere." })
  isImported: boolean;

  /** As the journal has it: not for all who may read the change. */
  readonly fullVerdict: Verdict | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Revision of the policy it was judged by, 0 where none was set; null where it was not judged.",
  })
  policyRevision: number | null;

  @Field(() => Boolean, { description: "True where it went past gates and approvals in an emergency." })
  isBreakGlass: boolean;

  /** Public id. */
  readonly requestId: string | null;
  readonly approvalIds: readonly string[];
}

export const StageChangeConnection = connectionType("StageChange", () => StageChange);
export type StageChangeConnection = Page<StageChange>;
