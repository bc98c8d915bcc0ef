import { invalid } from "../kernel/errors.ts";
import type { OwnerRef } from "./file-owner.query.ts";

/** Throws INVALID unless exactly one of the two is named. */
export function ownerRefOf(
  { runId, loggedModelId }: { runId?: string | null; loggedModelId?: string | null },
  prefix = "",
): OwnerRef {
  if (runId != null && loggedModelId == null) return { runId };
  if (loggedModelId != null && runId == null) return { loggedModelId };
  throw invalid(`${prefix}runId`, "either runId or loggedModelId", runId == null ? null : "both");
}
