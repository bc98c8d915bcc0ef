import { createHash } from "node:crypto";
import type { Registry } from "./registry.ts";
import type { World } from "./world.ts";

/** One way to say a mutation, and what the journal must tell of it. */
export interface Example {
  mutation: string;
  /** What is particular about it, where a mutation has several. */
  when?: string;
  /** Prepares what it needs, under names that hold `own`, and answers its input. */
  input(registry: Registry, own: string, world: World): Promise<object>;
  /** Types of its events, one for each changed subject; none for telemetry. */
  events: string[];
  /** What the same input does the second time, without a key: nothing new, or so many events, or a refusal. */
  again: "nothing" | "the same" | "ALREADY_EXISTS" | "NOT_FOUND" | "CONFLICT" | "REFUSED_BY_POLICY";
  /** Fields of the answer that are told once only: null where an idempotency key is used again. */
  once?: string[];
}

export function titleOf({ mutation, when }: Example): string {
  return when ? `${mutation} ${when}` : mutation;
}

export const hex = (own: string) => createHash("sha256").update(own).digest("hex");
export const runIdOf = (own: string) => hex(own).slice(0, 32);

export const tag = { key: "tier", value: "1" };
export const facts = {
  params: [{ key: "lr", value: "0.1" }],
  metrics: [{ key: "auc", value: 0.5, at: "2026-01-01T00:00:00Z" }],
};
