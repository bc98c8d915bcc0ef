import { among, chunksOf, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Graph } from "../graph/graph.ts";
import type { Journal } from "../journal/journal.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Clock } from "../kernel/clock.ts";
import { alreadyExists, invalid, notFound, type StemmaError } from "../kernel/errors.ts";
import { readId } from "../kernel/ids.ts";
import { nameOf, nfc } from "../kernel/names.ts";
import type { Permission } from "../kernel/permission.ts";
import { defaultExperimentId, Experiment } from "./experiment.entity.ts";
import type {
  CreateExperimentInput,
  DeleteExperimentInput,
  RestoreExperimentInput,
  UpdateExperimentInput,
} from "./experiment.inputs.ts";
import { experimentColumns, experimentOfRow } from "./experiment.query.ts";
import { experimentNameOf } from "./experiment.rules.ts";
import { tagChangesOf, tagsBody, tagsOf } from "./fact.rules.ts";
import type { Facts } from "./facts.ts";

export type ExperimentOutcome = { experiment: number };

const nodesPerQuery = 400;

/** Verbs about experiments. */
export class ExperimentService {
  constructor(
    private readonly verbs: Verbs,
    private readonly journal: Journal,
    private readonly graph: Graph,
    private readonly facts: Facts,
    private readonly clock: Clock,
  ) {}

  create(actor: Actor, input: CreateExperimentInput): Promise<ExperimentOutcome> {
    return this.verbs.run(actor, "createExperiment", input, async (tx) => {
      const name = experimentNameOf("name", input.name);
      const scope = input.scope ? nameOf("scope", input.scope) : "";
      const tags = tagsOf(input.tags);
      actor.must("run:write", scope);
      await this.mustBeFree(tx, name, "name");
      const now = this.clock();
      const [experiment] = await this.insert(tx, [
        { name, scope, createdAt: now, updatedAt: now, deletedAt: null },
      ]);
      const { nodeId } = experiment!;
      await this.facts.setTags(tx, nodeId, tags);
      const { body, texts } = tagsBody(tags);
      this.journal.record(tx, actor, {
        type: "experiment.created",
        subject: nodeId,
        body: { name, scope, ...body },
        texts,
      });
      return { experiment: nodeId };
    });
  }

  update(actor: Actor, input: UpdateExperimentInput): Promise<ExperimentOutcome> {
    return this.verbs.run(actor, "updateExperiment", input, async (tx) => {
      const experiment = await this.lock(tx, actor, "run:write", input.experiment);
      const { nodeId } = experiment;
      const name = input.name == null ? experiment.name : experimentNameOf("name", input.name);
      const tags = tagChangesOf(input.setTags, input.deleteTags, "setTags");
      const isRenamed = name !== experiment.name;
      if (isRenamed) {
        await this.mustBeFree(tx, name, "name");
        await tx.runNew(sql`UPDATE experiment SET name = ${name}, liveName = ${name} WHERE id = ${nodeId}`);
        await this.graph.rename(tx, nodeId, name);
      }
      const isTagged = await this.facts.setTags(tx, nodeId, tags);
      if (!isRenamed && !isTagged) return { experiment: nodeId };
      await this.touch(tx, nodeId);
      const { body, texts } = isTagged ? tagsBody(tags) : { body: {}, texts: {} };
      this.journal.record(tx, actor, {
        type: "experiment.updated",
        subject: nodeId,
        body: { ...(isRenamed ? { from: experiment.name, to: name } : {}), ...body },
        texts,
      });
      return { experiment: nodeId };
    });
  }

  delete(actor: Actor, input: DeleteExperimentInput): Promise<ExperimentOutcome> {
    return this.verbs.run(actor, "deleteExperiment", input, async (tx) => {
      const locked = await this.lock(tx, actor, "run:delete", input.experiment);
      const { nodeId, name, experimentId } = locked;
      if (experimentId === defaultExperimentId) {
        throw invalid(
          "experiment",
          "another than the default experiment, to which runs without one belong",
          name,
        );
      }
      await tx.run(
        sql`UPDATE experiment SET liveName = NULL, deletedAt = ${this.clock()} WHERE id = ${nodeId}`,
      );
      await this.touch(tx, nodeId);
      this.journal.record(tx, actor, { type: "experiment.deleted", subject: nodeId, body: { name } });
      return { experiment: nodeId };
    });
  }

  restore(actor: Actor, input: RestoreExperimentInput): Promise<ExperimentOutcome> {
    return this.verbs.run(actor, "restoreExperiment", input, async (tx) => {
      const id = readId(input.experiment);
      const experiment = id?.kind === "EXPERIMENT" ? await this.lockById(tx, id.node) : null;
      if (!experiment) throw absent(input.experiment);
      actor.must("run:delete", experiment.scope, () => absent(input.experiment));
      const { nodeId, name } = experiment;
      if (experiment.deletedAt === null) return { experiment: nodeId };
      if (await this.findLiving(tx, name)) {
        throw alreadyExists(
          `the name ${name} is taken by another experiment now; rename that one first`,
          "experiment",
        );
      }
      await tx.runNew(sql`UPDATE experiment SET liveName = name, deletedAt = NULL WHERE id = ${nodeId}`);
      await this.touch(tx, nodeId);
      this.journal.record(tx, actor, { type: "experiment.restored", subject: nodeId, body: { name } });
      return { experiment: nodeId };
    });
  }

  /** The living experiment of this name or id, to log into; the default one where none is named. Throws NOT_FOUND. */
  async writable(
    tx: Transaction,
    actor: Actor,
    experiment: string | null | undefined,
    field = "experiment",
  ): Promise<Experiment> {
    const found = await this.living(tx, experiment, field);
    // The default one is no secret.
    actor.must("run:write", found.scope, experiment == null ? undefined : () => absent(experiment, field));
    return found;
  }

  /** By name: the living experiments, and the latest deleted ones of names that none living has. */
  async byNames(tx: Transaction, names: readonly string[]): Promise<Map<string, Experiment>> {
    const wanted = new Set(names);
    const rows = await this.where(tx, among(sql`x.name`, [...wanted]));
    const found = rows.filter(({ name }) => wanted.has(name)); // MySQL finds "a" for "a ", too.
    found.sort((a, b) => Number(a.deletedAt === null) - Number(b.deletedAt === null) || a.nodeId - b.nodeId);
    return new Map(found.map((experiment) => [experiment.name, experiment]));
  }

  /** Holds experiments until commit, in the order of their ids, so that two imports cannot lock them crosswise. */
  async hold(tx: Transaction, nodes: readonly number[]): Promise<void> {
    for (const some of chunksOf(
      [...nodes].sort((a, b) => a - b),
      nodesPerQuery,
    ))
      await tx.lock(sql`SELECT x.id FROM experiment x WHERE ${among(sql`x.id`, some)} ORDER BY x.id`);
  }

  /** Makes experiments within a transaction, living or deleted; their names are checked and free. */
  async insert(
    tx: Transaction,
    rows: readonly Omit<Experiment, "id" | "nodeId" | "nodeKind" | "experimentId" | "liveName">[],
  ): Promise<Experiment[]> {
    const nodes = await this.graph.createNodes(
      tx,
      rows.map(({ name, scope }) => ({ kind: "EXPERIMENT", label: name, scope })),
    );
    const created = rows.map((row, index) => {
      const nodeId = nodes[index]!;
      const liveName = row.deletedAt === null ? row.name : null;
      return experimentOfRow({ ...row, nodeId, experimentId: String(nodeId), liveName });
    });
    await tx.insertNew(Experiment, created);
    return created;
  }

  /** The living experiment of this name or id, whoever asks; the default one where none is named. Throws NOT_FOUND. */
  private async living(
    tx: Transaction,
    experiment: string | null | undefined,
    field?: string,
  ): Promise<Experiment> {
    const id = readId(experiment ?? "");
    const [byId] = id?.kind === "EXPERIMENT" ? await this.where(tx, sql`x.id = ${id.node}`) : [];
    const named = byId ?? (await this.livingNamed(tx, experiment ?? null));
    if (!named || named.deletedAt !== null) throw absent(experiment, field);
    return named;
  }

  private async lock(
    tx: Transaction,
    actor: Actor,
    permission: Permission,
    experiment: string,
  ): Promise<Experiment> {
    const { nodeId } = await this.living(tx, experiment);
    const locked = await this.lockById(tx, nodeId);
    if (!locked || locked.deletedAt !== null) throw absent(experiment);
    actor.must(permission, locked.scope, () => absent(experiment));
    return locked;
  }

  private async lockById(tx: Transaction, id: number): Promise<Experiment | null> {
    const [row] = await tx.lock<object>(
      sql`SELECT ${experimentColumns} FROM experiment x WHERE x.id = ${id}`,
    );
    return row ? experimentOfRow(row) : null;
  }

  private async livingNamed(tx: Transaction, came: string | null): Promise<Experiment | null> {
    if (came === null) {
      return (await this.where(tx, sql`x.experimentId = ${defaultExperimentId}`))[0] ?? null;
    }
    const name = nfc(came);
    // MySQL pads what it compares: it finds "a" under "a ", too.
    const found = await this.findLiving(tx, name);
    return found?.name === name ? found : null;
  }

  private async findLiving(tx: Transaction, name: string): Promise<Experiment | null> {
    return (await this.where(tx, sql`x.liveName = ${name}`))[0] ?? null;
  }

  private async mustBeFree(tx: Transaction, name: string, field: string): Promise<void> {
    if (await this.findLiving(tx, name)) throw alreadyExists(`experiment ${name} exists already`, field);
  }

  private async touch(tx: Transaction, id: number): Promise<void> {
    await tx.run(sql`UPDATE experiment SET updatedAt = ${this.clock()} WHERE id = ${id}`);
  }

  private async where(tx: Transaction, condition: ReturnType<typeof sql>): Promise<Experiment[]> {
    const rows = await tx.query<object>(
      sql`SELECT ${experimentColumns} FROM experiment x WHERE ${condition}`,
    );
    return rows.map(experimentOfRow);
  }
}

function absent(experiment: string | null | undefined, field = "experiment"): StemmaError {
  return notFound(`experiment ${experiment}`, field);
}
