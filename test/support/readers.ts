import { Actor, ActorKind } from "../../src/kernel/actor.ts";

/** Somebody who may read these scopes and do nothing else. */
export function readerOf(...scopes: string[]): Actor {
  const permissions = new Set(["registry:read"]);
  return new Actor(99, `reader of ${scopes.join(", ")}`, ActorKind.PERSON, {
    allowances: scopes.map((scope) => ({ permissions, scope })),
    limits: null,
    groups: [],
    token: null,
  });
}
