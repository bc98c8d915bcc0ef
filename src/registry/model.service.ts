import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { alreadyExists, conflict, notFound, type StemmaError } from "../kernel/errors.ts";
import { readId } from "../kernel/ids.ts";
import { modelNameOf, nameOf, nfc, textOf } from "../kernel/names.ts";
import type { Permission } from "../kernel/permission.ts";
import { tagChangesOf, tagsBody, tagsOf } from "../tracking/fact.rules.ts";
import type { Facts } from "../tracking/facts.ts";
import { aliasesUnder } from "./alias.query.ts";
import { Model } from "./model.entity.ts";
import type {
  CreateModelInput,
  DeleteModelInput,
  RenameModelInput,
  RestoreModelInput,
  SetModelTagsInput,
  UpdateModelInput,
} from "./model.inputs.ts";
import { modelColumns, modelOfRow } from "./model.query.ts";
import { mustCarry, type NamedState } from "./rename.rules.ts";

const longestDescription = 5_000;

/** What a verb about one model answers. */
export type ModelOutcome = { model: number };

/** When an imported model was made and last changed in its old home. */
export interface ModelHistory {
  createdAt: number;
  updatedAt: number;
}

/** What rooms above have to say of a rename, whose model's row is locked; a throw refuses it. */
export type RenameGuard = (tx: Transaction, model: Model, to: string) => Promise<void>;

/** Verbs about models. */
export class ModelService {
  private readonly renameGuards: RenameGuard[] = [];

  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly facts: Facts,
    private readonly clock: Clock,
  ) {}

  guardRenames(guard: RenameGuard): void {
    this.renameGuards.push(guard);
  }

  create(actor: Actor, input: CreateModelInput): Promise<ModelOutcome> {
    return this.verbs.run(actor, "createModel", input, async (tx) => {
      const name = modelNameOf("name", input.name);
      actor.must("model:write", name);
      if (await this.findLiving(tx, name)) throw alreadyExists(`model ${name} exists already`, "name");
      return { model: (await this.createIn(tx, actor, { ...input, name })).nodeId };
    });
  }

  update(actor: Actor, input: UpdateModelInput): Promise<ModelOutcome> {
    return this.verbs.run(actor, "updateModel", input, async (tx) => {
      const model = await this.lock(tx, actor, "model:write", input.model);
      mustBeAt(model, input.expectedRevision);
      const { description, owner } = checked(input);
      const changed = {
        ...(input.description != null && description !== model.description ? { description } : {}),
        ...(input.owner != null && owner !== model.owner ? { owner } : {}),
      };
      if (Object.keys(changed).length === 0) return { model: model.nodeId };
      // Taking it from the one who answers for it is handing it over.
      if (changed.owner !== undefined && model.owner !== null) actor.must("model:transfer", model.name);
      const next = { ...model, ...changed };
      await tx.run(
        sql`UPDATE model SET description = ${next.description}, owner = ${next.owner} WHERE id = ${model.nodeId}`,
      );
      await this.touch(tx, model);
      this.journal.record(tx, actor, {
        type: "model.updated",
        subject: model.nodeId,
        body: { changed: Object.keys(changed) },
        texts: changed,
      });
      return { model: model.nodeId };
    });
  }

  /** Gives a model another name: that takes the rights to its stages and aliases under both, see rename.rules.ts. */
  rename(actor: Actor, input: RenameModelInput): Promise<ModelOutcome> {
    return this.verbs.run(actor, "renameModel", input, async (tx) => {
      const model = await this.lock(tx, actor, "model:write", input.model);
      mustBeAt(model, input.expectedRevision);
      const name = modelNameOf("name", input.name);
      if (name === model.name) return { model: model.nodeId };
      actor.must("model:write", name);
      mustCarry(actor, await this.stateOf(tx, model, name), model.name, name);
      for (const guard of this.renameGuards) await guard(tx, model, name);
      if (await this.findLiving(tx, name)) throw alreadyExists(`model ${name} exists already`, "name");
      await tx.runNew(sql`UPDATE model SET name = ${name}, liveName = ${name} WHERE id = ${model.nodeId}`);
      await this.graph.renameModel(tx, model.nodeId, name);
      await this.touch(tx, model);
      const body = { from: model.name, to: name };
      this.journal.record(tx, actor, { type: "model.renamed", subject: model.nodeId, body });
      return { model: model.nodeId };
    });
  }

  /** Deletes a model. One with a live version must take that out of its stage first. */
  delete(actor: Actor, input: DeleteModelInput): Promise<ModelOutcome> {
    return this.verbs.run(actor, "deleteModel", input, async (tx) => {
      const model = await this.lock(tx, actor, "model:delete", input.model);
      mustBeAt(model, input.expectedRevision);
      await this.mustNotServe(tx, model);
      await this.deleteIn(tx, actor, model);
      return { model: model.nodeId };
    });
  }

  restore(actor: Actor, input: RestoreModelInput): Promise<ModelOutcome> {
    return this.verbs.run(actor, "restoreModel", input, async (tx) => {
      const model = await this.lockAny(tx, input.model);
      actor.must("model:delete", model.name, () => absent(input.model));
      if (model.deletedAt === null) return { model: model.nodeId };
      if (await this.findLiving(tx, model.name)) {
        throw alreadyExists(
          `the name ${model.name} is taken by another model now; rename that one first`,
          "model",
        );
      }
      await tx.runNew(sql`UPDATE model SET liveName = name, deletedAt = NULL WHERE id = ${model.nodeId}`);
      await this.touch(tx, model);
      const body = { name: model.name };
      this.journal.record(tx, actor, { type: "model.restored", subject: model.nodeId, body });
      return { model: model.nodeId };
    });
  }

  setTags(actor: Actor, input: SetModelTagsInput): Promise<ModelOutcome> {
    return this.verbs.run(actor, "setModelTags", input, async (tx) => {
      const changes = tagChangesOf(input.set, input.delete, "set");
      const model = await this.lock(tx, actor, "model:write", input.model);
      mustBeAt(model, input.expectedRevision);
      if (!(await this.facts.setTags(tx, model.nodeId, changes))) return { model: model.nodeId };
      await this.touch(tx, model);
      this.journal.record(tx, actor, { type: "model.tagged", subject: model.nodeId, ...tagsBody(changes) });
      return { model: model.nodeId };
    });
  }

  /** Deletes a locked model within a transaction; `occurredAt` for history. */
  async deleteIn(
    tx: Transaction,
    actor: Actor,
    model: Model,
    occurredAt: number | null = null,
  ): Promise<void> {
    const deletedAt = occurredAt ?? this.clock();
    await tx.run(sql`UPDATE model SET liveName = NULL, deletedAt = ${deletedAt} WHERE id = ${model.nodeId}`);
    await this.touch(tx, model);
    this.journal.record(tx, actor, {
      type: "model.deleted",
      subject: model.nodeId,
      body: { name: model.name },
      ...(occurredAt === null ? {} : { occurredAt, isImported: true }),
    });
  }

  /** Makes a model within a transaction; the name is checked and free. */
  async createIn(
    tx: Transaction,
    actor: Actor,
    input: CreateModelInput,
    history: ModelHistory | null = null,
  ): Promise<Model> {
    const { name } = input;
    const now = this.clock();
    const [nodeId] = await this.graph.createNodes(tx, [{ kind: "MODEL", label: name, scope: name }]);
    const { description, owner } = checked(input);
    const times = {
      createdAt: history?.createdAt ?? now,
      updatedAt: history?.updatedAt ?? now,
      deletedAt: null,
    };
    const row = {
      nodeId: nodeId!,
      name,
      liveName: name,
      description,
      owner,
      lastNumber: 0,
      revision: 1,
      ...times,
    };
    await tx.insertNew(Model, [row]);
    const tags = tagsOf(input.tags);
    await this.facts.setTags(tx, nodeId!, tags);
    const { body, texts } = tagsBody(tags);
    const all = { ...texts, description, owner };
    this.journal.record(tx, actor, {
      type: "model.created",
      subject: nodeId!,
      body: { name, ...body },
      texts: all,
      ...(history ? { occurredAt: history.createdAt, isImported: true } : {}),
    });
    return modelOfRow(row);
  }

  /**
   * Locks a living model by name or id: changes of one model queue up here. Throws FORBIDDEN where the actor may not do
   * that to it, NOT_FOUND where there is none that it may read.
   */
  async lock(tx: Transaction, actor: Actor, permission: Permission, model: string): Promise<Model> {
    const id = readId(model);
    const found = id?.kind === "MODEL" ? await this.lockById(tx, id.node) : null;
    const living = found ?? (await this.lockLiving(tx, model));
    if (!living || living.deletedAt !== null) throw absent(model);
    actor.must(permission, living.name, () => absent(model));
    return living;
  }

  async lockById(tx: Transaction, id: number): Promise<Model | null> {
    const [row] = await tx.lock<object>(sql`SELECT ${modelColumns} FROM model m WHERE m.id = ${id}`);
    return row ? modelOfRow(row) : null;
  }

  /** The model's row has changed: its revision and time move on. */
  async touch(tx: Transaction, model: Model): Promise<void> {
    await tx.run(
      sql`UPDATE model SET revision = revision + 1, updatedAt = ${this.clock()} WHERE id = ${model.nodeId}`,
    );
  }

  /** Throws CONFLICT where a version of the model is live: serving must not lose it by a side door. */
  private async mustNotServe(tx: Transaction, model: Model): Promise<void> {
    const [live] = await tx.query<{ number: number; stage: string }>(
      sql`SELECT v.number, v.stage FROM model_version v JOIN stage s ON s.name = v.stage
          WHERE v.modelId = ${model.nodeId} AND v.deletedAt IS NULL AND s.isLive = ${true} ORDER BY v.number LIMIT 1`,
    );
    if (live) {
      throw conflict(`version ${model.name}/${live.number} is in ${live.stage}; move it out first`, "model");
    }
  }

  /** Of a locked model: nobody moves its versions or aliases meanwhile. */
  private async stateOf(tx: Transaction, model: Model, next: string): Promise<NamedState> {
    const { nodeId, name: now } = model;
    const stages = await tx.query<{ name: string; isLive: number }>(
      sql`SELECT s.name, s.isLive FROM stage s WHERE s.position > 0 AND EXISTS (
            SELECT 1 FROM model_version v WHERE v.modelId = ${nodeId} AND v.stage = s.name AND v.deletedAt IS NULL)
          ORDER BY s.position`,
    );
    return {
      stages: stages.map(({ name, isLive }) => ({ name, isLive: Boolean(isLive) })),
      ...(await aliasesUnder(tx, model, [now, next])),
    };
  }

  /** By a checked name: MySQL would find "fraud" for "fraud ", too. */
  async findLiving(tx: Transaction, name: string): Promise<Model | null> {
    const [row] = await tx.query<object>(sql`SELECT ${modelColumns} FROM model m WHERE m.liveName = ${name}`);
    return row ? modelOfRow(row) : null;
  }

  private async lockLiving(tx: Transaction, name: string): Promise<Model | null> {
    const wanted = nfc(name);
    const [row] = await tx.lock<object>(
      sql`SELECT ${modelColumns} FROM model m WHERE m.liveName = ${wanted}`,
    );
    const model = row ? modelOfRow(row) : null;
    return model?.name === wanted ? model : null; // MySQL finds "fraud" for "fraud ", too
  }

  private async lockAny(tx: Transaction, id: string): Promise<Model> {
    const read = readId(id);
    const model = read?.kind === "MODEL" ? await this.lockById(tx, read.node) : null;
    if (!model) throw absent(id);
    return model;
  }
}

function absent(model: string): StemmaError {
  return notFound(`model ${model}`, "model");
}

function checked({ description, owner }: { description?: string | null; owner?: string | null }) {
  return {
    description: description ? textOf("description", description, longestDescription) : null,
    owner: owner ? nameOf("owner", owner) : null,
  };
}

/** Throws CONFLICT where the caller has seen another revision. */
function mustBeAt(model: Model, expected: number | null | undefined): void {
  if (expected != null && expected !== model.revision) {
    throw conflict(
      `model ${model.name} is at revision ${model.revision}, not ${expected}`,
      "expectedRevision",
    );
  }
}
