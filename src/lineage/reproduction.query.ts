import { Field, ObjectType } from "type-graphql";
import { notFound } from "../kernel/errors.ts";
import type { Request } from "../kernel/request.ts";
import type { Evidence } from "../registry/evidence.ts";
import { Image, type ModelVersion } from "../registry/version.entity.ts";
import type { VersionLoaders } from "../registry/version.loaders.ts";
import type { Commit } from "../tracking/commit.entity.ts";
import { DatasetUse } from "../tracking/dataset.entity.ts";
import { Param } from "../tracking/fact.entity.ts";
import type { Run } from "../tracking/run.entity.ts";

@ObjectType({ description: "Where code ran or shall run.", simpleResolvers: true })
export class Environment {
  @Field(() => String, { nullable: true, description: "What the version was made with, such as sklearn." })
  framework!: string | null;

  @Field(() => Image, { nullable: true, description: "The container image on record." })
  image!: Image | null;
}

@ObjectType({
  description: "What it takes to make a version again, and what of it is not on record.",
  simpleResolvers: true,
})
export class Reproduction {
  @Field(() => String, { nullable: true, description: "Where the code is; null where unknown." })
  repository!: string | null;

  @Field(() => String, { nullable: true, description: "The commit; null where unknown." })
  sha!: string | null;

  @Field(() => String, { nullable: true, description: "What to execute; null where unknown." })
  entryPoint!: string | null;

  @Field(() => [Param], { description: "With which params: the version's own before its run's." })
  params!: Param[];

  @Field(() => [DatasetUse], { description: "On which data, each at one digest." })
  datasets!: DatasetUse[];

  @Field(() => Environment, { description: "In which environment." })
  environment!: Environment;

  @Field(() => [String], { description: "What is missing, for people; empty where everything is on record." })
  missing!: string[];
}

interface Found {
  version: ModelVersion;
  run: Run | null;
  commit: Commit | null;
  params: Param[];
  datasets: DatasetUse[];
}

/** What it takes to make a version again. */
export class ReproductionQuery {
  constructor(
    private readonly versions: VersionLoaders,
    private readonly evidence: Evidence,
  ) {}

  /** Throws NOT_FOUND where the reference names nothing. */
  async of(request: Request, ref: string): Promise<Reproduction> {
    const version = await this.versions.byRef(request, ref);
    if (!version) throw notFound(`model version ${ref}`, "ref");
    const [run, commit, params, datasets] = await Promise.all([
      this.evidence.run(request, version),
      this.evidence.commit(request, version),
      this.evidence.params(request, version),
      this.evidence.uses(request, version),
    ]);
    return {
      repository: commit?.repository || null,
      sha: commit?.sha ?? null,
      entryPoint: run?.entryPoint || null,
      params,
      datasets,
      environment: { framework: version.framework, image: version.image },
      missing: missingOf({ version, run, commit, params, datasets }),
    };
  }
}

function missingOf({ version, run, commit, params, datasets }: Found): string[] {
  const parts: [boolean, string][] = [
    [run !== null, "run"],
    [commit !== null, "commit"],
    [Boolean(commit?.repository), "repository"],
    [Boolean(run?.entryPoint), "entry point"],
    [params.length > 0, "params"],
    [datasets.some(({ isInferred }) => !isInferred), "datasets"],
    [version.image?.digest != null, "image digest"],
  ];
  return parts.filter(([isThere]) => !isThere).map(([, name]) => name);
}
