import type { Actor } from "../kernel/actor.ts";
import { type Permission, transitionTo } from "../kernel/permission.ts";

/** What of a model stands under its name. */
export interface NamedState {
  /** Where its living versions stand, each stage once, along the way; the first stage, where nobody put them, is not among them. */
  stages: readonly { name: string; isLive: boolean }[];
  hasAliases: boolean;
  /** Whether some are protected under either name. */
  hasProtectedAliases: boolean;
}

/** What takes something away for good from those who rely on a model. */
const ending: readonly Permission[] = ["model:delete", "version:delete", "model:transfer"];

/** What it takes to put this state under a name, or to take it away from there. */
function rightsToState({ stages, hasAliases, hasProtectedAliases }: NamedState): Permission[] {
  return [
    ...stages.map(({ name }) => transitionTo(name)),
    ...(hasAliases ? ["alias:write" as const] : []),
    ...(hasProtectedAliases ? ["alias:protect" as const] : []),
  ];
}

/**
 * Throws FORBIDDEN where a rename would do what the actor may not do under both names. A model's name is its scope: else
 * one could carry a model to where one may promote it, and back. Who asks a name for live versions or an alias finds
 * them no more, as if the model were deleted: that takes the right to delete on the old name, too. Any other model serves
 * nobody under its name, so a contributor may rename it, though not to where he may do to it what he may not do here.
 */
export function mustCarry(actor: Actor, state: NamedState, from: string, to: string): void {
  for (const name of [from, to]) {
    for (const right of rightsToState(state)) actor.must(right, name);
  }
  for (const right of ending) if (actor.may(right, to)) actor.must(right, from);
  const isAskedFor = state.hasAliases || state.stages.some(({ isLive }) => isLive);
  if (isAskedFor) actor.must("model:delete", from);
}
