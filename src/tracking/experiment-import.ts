import type { Transaction } from "../db/transaction.ts";
import type { Journal } from "../journal/journal.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { alreadyExists } from "../kernel/errors.ts";
import { nameOf } from "../kernel/names.ts";
import type { ImportedExperimentInput } from "./experiment.inputs.ts";
import { experimentNameOf } from "./experiment.rules.ts";
import type { ExperimentService } from "./experiment.service.ts";
import { tagsBody, tagsOf } from "./fact.rules.ts";
import type { Facts } from "./facts.ts";
import { instant } from "./run.rules.ts";

/** Takes over experiments of history. */
export class ExperimentImport {
  constructor(
    private readonly journal: Journal,
    private readonly experiments: ExperimentService,
    private readonly facts: Facts,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes the experiments whose names are not here, living or deleted, and adds missing tags to those that are. Answers
   * how many were new or gained something. `at` names the list in refusals. Throws FORBIDDEN where the actor may not
   * import, ALREADY_EXISTS for a name that is taken where it may not read.
   */
  async importIn(
    tx: Transaction,
    actor: Actor,
    inputs: readonly ImportedExperimentInput[],
    at = "batch.experiments",
  ): Promise<number> {
    const told = new Map(
      inputs.map((input, index) => {
        const name = experimentNameOf(`${at}.${index}.name`, input.name);
        const scope = input.scope ? nameOf(`${at}.${index}.scope`, input.scope) : "";
        const tags = tagsOf(input.tags, `${at}.${index}.tags`);
        return [name, { at: `${at}.${index}`, input, name, scope, tags }] as const;
      }),
    );
    const here = await this.experiments.byNames(tx, [...told.keys()]);
    for (const { at: place, name, scope } of told.values()) {
      const there = here.get(name);
      // Who could not have made it is not told that it is there.
      if (!there || !actor.may("registry:read", there.scope)) actor.must("history:import", scope);
      const taken = () => alreadyExists(`the name ${name} is taken by another experiment`, `${place}.name`);
      if (there) actor.must("history:import", there.scope, taken);
    }
    const tagged = [...here.values()].filter(({ name }) => told.get(name)!.tags.size > 0);
    // Which tags are missing is read under the lock.
    await this.experiments.hold(
      tx,
      tagged.map(({ nodeId }) => nodeId),
    );
    const now = this.clock();
    const rows = [...told.values()]
      .filter(({ name }) => !here.has(name))
      .map(({ input: { createdAt, deletedAt = null }, name, scope }) => {
        const madeAt = createdAt ?? now;
        return { name, scope, createdAt: madeAt, updatedAt: deletedAt ?? madeAt, deletedAt };
      });
    const created = await this.experiments.insert(tx, rows);
    const all = [...here.values(), ...created];
    const added = await this.facts.merge(
      tx,
      new Map(
        all.map(({ nodeId, name }) => {
          const { at: place, tags } = told.get(name)!;
          return [nodeId, { at: place, tags }];
        }),
      ),
    );
    const isNew = new Set(created.map(({ nodeId }) => nodeId));
    const gained = all.filter(({ nodeId }) => isNew.has(nodeId) || added.get(nodeId)! > 0);
    for (const { nodeId, name, scope, createdAt, deletedAt } of gained) {
      const { body, texts } = tagsBody(told.get(name)!.tags);
      const whatIs = { name, scope, ...(deletedAt === null ? {} : { deletedAt: instant(deletedAt) }) };
      this.journal.record(tx, actor, {
        type: isNew.has(nodeId) ? "experiment.created" : "experiment.updated",
        subject: nodeId,
        body: { ...(isNew.has(nodeId) ? whatIs : {}), ...body },
        texts,
        isImported: true,
        occurredAt: isNew.has(nodeId) ? createdAt : (told.get(name)!.input.createdAt ?? now),
      });
    }
    return gained.length;
  }
}
