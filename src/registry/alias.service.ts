import type { Transaction } from "../db/transaction.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { notFound } from "../kernel/errors.ts";
import type { DeleteAliasInput, SetAliasInput, SetWeightedAliasesInput } from "./alias.inputs.ts";
import { aliasOf, mustPointTo, weightsOf } from "./alias.rules.ts";
import type { AliasMoves } from "./alias-moves.ts";
import type { Model } from "./model.entity.ts";
import type { ModelService } from "./model.service.ts";

/** What a verb about one alias answers. */
export type AliasOutcome = { model: number; alias: string };

/** What a verb about the weighted set of a model answers. */
export type WeightedOutcome = { model: number };

/** Verbs about aliases. Compare-and-set under the model's lock: of two rivals, exactly one wins. */
export class AliasService {
  constructor(
    private readonly verbs: Verbs,
    private readonly models: ModelService,
    private readonly moves: AliasMoves,
  ) {}

  /** An alias in a weighted set keeps its share. */
  set(actor: Actor, input: SetAliasInput): Promise<AliasOutcome> {
    return this.verbs.run(actor, "setAlias", input, async (tx) => {
      const model = await this.models.lock(tx, actor, "alias:write", input.model);
      const alias = aliasOf("alias", input.alias);
      const state = await this.moves.state(tx, model, [alias]);
      const now = state.places.get(alias) ?? null;
      mustPointTo(`${model.name}@${alias}`, now, input.expectedVersion);
      const wish = { alias, version: input.version, weight: now?.weight ?? null, field: "version" };
      await this.moves.move(tx, actor, model, state, wish);
      return { model: model.nodeId, alias };
    });
  }

  delete(actor: Actor, input: DeleteAliasInput): Promise<AliasOutcome> {
    return this.verbs.run(actor, "deleteAlias", input, async (tx) => {
      const model = await this.models.lock(tx, actor, "alias:write", input.model);
      const alias = aliasOf("alias", input.alias);
      const state = await this.moves.state(tx, model, [alias]);
      const now = state.places.get(alias) ?? null;
      const name = `${model.name}@${alias}`;
      mustPointTo(name, now, input.expectedVersion);
      if (now === null) throw notFound(`alias ${name}`, "alias");
      await this.moves.remove(tx, actor, model, state, alias, now);
      return { model: model.nodeId, alias };
    });
  }

  /**
   * Makes these, and no others, the weighted set of the model: all move and change their shares at once. Those that were
   * in it and are not named stay where they point.
   */
  setWeighted(actor: Actor, input: SetWeightedAliasesInput): Promise<WeightedOutcome> {
    return this.verbs.run(actor, "setWeightedAliases", input, async (tx) => {
      const model = await this.models.lock(tx, actor, "alias:write", input.model);
      const weights = weightsOf(input.weights);
      const named = new Set(weights.map(({ alias }) => alias));
      const left = (await this.moves.weighted(tx, model)).filter((alias) => !named.has(alias));
      const state = await this.moves.state(tx, model, [...named, ...left]);
      for (const [index, { alias, expectedVersion }] of weights.entries()) {
        const now = state.places.get(alias) ?? null;
        mustPointTo(`${model.name}@${alias}`, now, expectedVersion, `weights.${index}.expectedVersion`);
      }
      for (const [index, { alias, version, weight }] of weights.entries()) {
        const wish = { alias, version, weight, field: `weights.${index}.version` };
        await this.moves.move(tx, actor, model, state, wish);
      }
      for (const alias of left) {
        const { version } = state.places.get(alias)!;
        await this.moves.move(tx, actor, model, state, { alias, version, weight: null, field: "weights" });
      }
      return { model: model.nodeId };
    });
  }

  /**
   * An imported alias, within a transaction that holds the model's lock; whether it was new. One that is here already
   * stays where it points: it may have been moved since.
   */
  async takeOver(
    tx: Transaction,
    actor: Actor,
    model: Model,
    wish: { alias: string; version: number },
  ): Promise<boolean> {
    const alias = aliasOf("alias", wish.alias);
    const state = await this.moves.state(tx, model, [alias]);
    if (state.places.has(alias)) return false;
    const { version } = wish;
    await this.moves.move(tx, actor, model, state, { alias, version, weight: null, field: "version" }, true);
    return true;
  }
}
