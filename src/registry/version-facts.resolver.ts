import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import { ActorRow } from "../access/actor.entity.ts";
import type { ActorLoaders } from "../access/actor.loaders.ts";
import { ForwardArgs } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import { Commit } from "../tracking/commit.entity.ts";
import { DatasetUse } from "../tracking/dataset.entity.ts";
import { Metric, Param, Tag } from "../tracking/fact.entity.ts";
import type { FactLoaders } from "../tracking/fact.loaders.ts";
import { Run } from "../tracking/run.entity.ts";
import type { AliasLoaders } from "./alias.loaders.ts";
import type { DerivationLoaders } from "./derivation.loaders.ts";
import type { Evidence } from "./evidence.ts";
import { Model } from "./model.entity.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import { Completeness, Derivation, DerivationConnection, ModelVersion } from "./version.entity.ts";

/** What a version's row does not hold: names, facts, and what it came from. */
@Resolver(() => ModelVersion)
export class VersionFactsResolver {
  constructor(
    private readonly models: ModelLoaders,
    private readonly facts: FactLoaders,
    private readonly evidence: Evidence,
    private readonly derivations: DerivationLoaders,
    private readonly names: { aliases: AliasLoaders; actors: ActorLoaders },
  ) {}

  @FieldResolver(() => Model, { description: "The model it is a version of." })
  model(@Root() version: ModelVersion, @Ctx() request: Request): Promise<Model | null> {
    return this.models.byId(request, version.modelId);
  }

  @FieldResolver(() => String, { description: "As MLflow writes it: models:/fraud-detector/7." })
  async uri(@Root() version: ModelVersion, @Ctx() request: Request): Promise<string> {
    const model = await this.models.byId(request, version.modelId);
    return `models:/${model?.name}/${version.number}`;
  }

  @FieldResolver(() => [String], { description: "Aliases that point to it, by name; at most 1,000." })
  async aliases(@Root() version: ModelVersion, @Ctx() request: Request): Promise<string[]> {
    return (await this.names.aliases.ofVersion(request, version)).map((alias) => alias.name);
  }

  @FieldResolver(() => ActorRow, { description: "Who registered it." })
  createdBy(@Root() version: ModelVersion, @Ctx() request: Request): Promise<ActorRow | null> {
    return this.names.actors.byId(request, version.createdById);
  }

  @FieldResolver(() => [Tag], { description: "Its tags, by key; at most 1,000." })
  tags(@Root() version: ModelVersion, @Ctx() request: Request): Promise<Tag[]> {
    return this.facts.tags(request, version.nodeId);
  }

  @FieldResolver(() => [Param], {
    description: "Hyperparameters given at registration, by key; the run has its own.",
  })
  params(@Root() version: ModelVersion, @Ctx() request: Request): Promise<Param[]> {
    return this.facts.params(request, version.nodeId);
  }

  @FieldResolver(() => [Metric], {
    description: "The latest of each metric of its own, by key; the run has its own.",
  })
  async metrics(
    @Root() version: ModelVersion,
    @Ctx() request: Request,
    @Arg("dataset", () => String, { nullable: true, description: "Only on this dataset." }) dataset?: string,
    @Arg("split", () => String, { nullable: true, description: "Only on this split." }) split?: string,
    @Arg("slice", () => String, { nullable: true, description: "Only on this slice." }) slice?: string,
  ): Promise<Metric[]> {
    const all = await this.facts.metrics(request, version.nodeId);
    const isWanted = (wanted: string | undefined, value: string | null) =>
      wanted == null || (value ?? "") === wanted;
    return all.filter(
      (metric) =>
        isWanted(dataset, metric.dataset) && isWanted(split, metric.split) && isWanted(slice, metric.slice),
    );
  }

  @FieldResolver(() => Run, { nullable: true, description: "The run that made it." })
  run(@Root() version: ModelVersion, @Ctx() request: Request): Promise<Run | null> {
    return this.evidence.run(request, version);
  }

  @FieldResolver(() => Commit, { nullable: true, description: "The code: as registered, else its run's." })
  commit(@Root() version: ModelVersion, @Ctx() request: Request): Promise<Commit | null> {
    return this.evidence.commit(request, version);
  }

  @FieldResolver(() => [DatasetUse], { description: "The data: as registered, and its run's." })
  datasets(@Root() version: ModelVersion, @Ctx() request: Request): Promise<DatasetUse[]> {
    return this.evidence.uses(request, version);
  }

  @FieldResolver(() => [Derivation], { description: "Versions it was derived from; at most 100." })
  parents(@Root() version: ModelVersion, @Ctx() request: Request): Promise<Derivation[]> {
    return this.derivations.parents(request, version.nodeId);
  }

  @FieldResolver(() => DerivationConnection, { description: "Versions derived from it." })
  children(
    @Root() version: ModelVersion,
    @Ctx() request: Request,
    @Args(() => ForwardArgs) page: ForwardArgs,
  ): Promise<DerivationConnection> {
    return this.derivations.children(request, version.nodeId, page);
  }

  @FieldResolver(() => Completeness, {
    description: "How much of what a reviewer would ask for is on record.",
  })
  completeness(@Root() version: ModelVersion, @Ctx() request: Request): Promise<Completeness> {
    return this.evidence.completeness(request, version);
  }

  @FieldResolver(() => String, {
    description: "SHA-256, in hex, over all that a decision about it rests on.",
  })
  evidenceDigest(@Root() version: ModelVersion, @Ctx() request: Request): Promise<string> {
    return this.evidence.digest(request, version);
  }
}
