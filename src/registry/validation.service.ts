import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { overLimit } from "../kernel/errors.ts";
import { formatInstant } from "../kernel/instant.ts";
import { Validation } from "./validation.entity.ts";
import type { RecordValidationInput } from "./validation.inputs.ts";
import { mustBeIndependent, validationFactsOf } from "./validation.rules.ts";
import type { LockedVersion, VersionService } from "./version.service.ts";

/** What the verb about a validation answers. */
export type ValidationOutcome = { validation: number };

const mostOfVersion = 1_000;

/** Records validations by third parties. The version itself does not change by one. */
export class ValidationService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly versions: VersionService,
    private readonly clock: Clock,
  ) {}

  record(actor: Actor, input: RecordValidationInput): Promise<ValidationOutcome> {
    return this.verbs.run(actor, "recordValidation", input, async (tx) => {
      const locked = await this.versions.lockFor(tx, actor, "validation:record", input.version);
      const facts = validationFactsOf(input);
      mustBeIndependent(actor, locked);
      await mustHaveRoom(tx, locked);
      const { model, version } = locked;
      const label = `${facts.validator}, ${facts.organisation}`;
      const node = { kind: "VALIDATION" as const, label, container: model.nodeId };
      const [nodeId] = await this.graph.createNodes(tx, [node]);
      const times = { createdAt: this.clock(), createdById: actor.node };
      await tx.insert(Validation, [{ nodeId: nodeId!, versionId: version.nodeId, ...facts, ...times }]);
      const edges = [{ src: version.nodeId, dst: nodeId!, type: EdgeType.EVIDENCE }];
      const fresh = await this.graph.propose(tx, edges);
      const { expiresAt, reportDigest, ...texts } = facts;
      const recorded = this.journal.record(tx, actor, {
        type: "validation.recorded",
        subject: nodeId!,
        container: model.nodeId,
        body: {
          version: version.number,
          reportDigest,
          expiresAt: expiresAt === null ? null : formatInstant(expiresAt),
        },
        texts,
      });
      this.graph.add(tx, recorded, fresh);
      return { validation: nodeId! };
    });
  }
}

async function mustHaveRoom(tx: Transaction, { version, model }: LockedVersion): Promise<void> {
  const [held] = await tx.query<{ total: number }>(
    sql`SELECT COUNT(*) AS total FROM validation WHERE versionId = ${version.nodeId}`,
  );
  if (Number(held?.total) >= mostOfVersion) {
    throw overLimit(
      `version: at most ${mostOfVersion} validations of ${model.name}/${version.number}`,
      "version",
    );
  }
}
