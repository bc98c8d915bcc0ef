import type { Reader } from "../db/sql.ts";
import type { Actor } from "../kernel/actor.ts";
import { Request } from "../kernel/request.ts";
import type { Evidence } from "../registry/evidence.ts";
import type { ModelVersion } from "../registry/version.entity.ts";
import { type Bond, bondTo } from "./approval.rules.ts";
import { GateKind, type Policy } from "./policy.entity.ts";

/**
 * What one decision rests on: the policy that holds, and the version's evidence. Each part is read once, so that an
 * approval is bound to just what the gates look at.
 */
export class Grounds {
  /** Keeps what was read of the evidence. */
  readonly request: Request;
  private bound: Promise<Bond> | null = null;

  constructor(
    readonly reader: Reader,
    readonly policy: Policy,
    readonly evidence: Evidence,
    private readonly version: ModelVersion,
    actor: Actor,
  ) {
    this.request = new Request("decision", actor);
  }

  /** What an approval that is given now is bound to. */
  bond(): Promise<Bond> {
    this.bound ??= this.bind();
    return this.bound;
  }

  private async bind(): Promise<Bond> {
    const { evidence, request, version, policy } = this;
    // A gate that asks how the card stands has the card read, too.
    if (policy.gates.some(({ kind }) => kind === GateKind.CARD))
      await evidence.cardStanding(request, version);
    return bondTo(await evidence.digest(request, version), policy);
  }
}
