import { parse } from "semver";
import type { ImportBatch, ImportedStay, ImportedVersion } from "../../client/import-batch.ts";
import { mapNames, ownKey, ownModelName, ownName } from "./foreign-names.ts";
import { commitsIn } from "./git-commits.ts";
import { type GitRepository, openRepository } from "./git-repository.ts";
import { type GtoArtifact, type GtoVersion, replayOf } from "./gto-replay.ts";
import { type GtoTag, gtoTagsOf } from "./gto-tags.ts";
import { type ImportRecord, inBatches } from "./import-batches.ts";
import { present } from "./mlflow-run.mapping.ts";
import { instantOf, textOr } from "./mlflow-values.ts";
import { countBatches, type Source, type SourceOptions } from "./source.ts";
import { type OwnStage, stagesOf } from "./stage-mapping.ts";
import { Warnings } from "./warnings.ts";

const longestText = 5_000;
const nowhere = "None";

export interface GtoOptions extends SourceOptions {
  /** The registry's stages. */
  own: readonly OwnStage[];
  /** Which of them a stage of GTO's is. */
  stages?: ReadonlyMap<string, string>;
}

/** The registry that GTO keeps in the tags of a git repository as a source. */
export async function openGtoRegistry(path: string, options: GtoOptions): Promise<Source> {
  const repository = await openRepository(path, options);
  const name = `gto:${repository.folder}`;
  const warnings = new Warnings();
  const tags = await gtoTagsOf(repository, warnings);
  const artifacts = replayOf(tags, warnings).filter(({ versions }) => versions.length > 0);
  const steps = artifacts.flatMap(({ versions }) => versions.flatMap((version) => version.steps));
  const foreign = new Set(steps.flatMap(({ stage }) => (stage === null ? [] : [stage])));
  const stages = stagesOf([...foreign].sort(), options.stages ?? new Map(), options.own, warnings);
  const batches = (): AsyncIterable<ImportBatch> =>
    inBatches(name, gtoRecords(repository, artifacts, stages, warnings));
  return { name, batches, counts: () => countBatches(batches()), warnings: warnings.list };
}

async function* gtoRecords(
  repository: GitRepository,
  artifacts: readonly GtoArtifact[],
  stages: ReadonlyMap<string, string>,
  warnings: Warnings,
): AsyncGenerator<ImportRecord> {
  const versions = artifacts.flatMap((artifact) => artifact.versions);
  const only = [...new Set(versions.map(({ registered }) => registered.commit))];
  if (only.length > 0) {
    // Without parents: `stemma import git` brings them, and nobody asked for commits of which only the sha is known.
    for await (const { commit } of commitsIn(repository, warnings, { only })) {
      yield { kind: "commits", record: { ...commit, parents: [] } };
    }
  }
  const names = mapNames(
    "Model",
    artifacts.map((artifact) => artifact.name),
    ownModelName,
    warnings,
  );
  for (const artifact of artifacts) {
    const model = names.get(artifact.name)!;
    yield { kind: "models", record: modelOf(artifact, model, warnings) };
    const taken = new Set<string>();
    for (const [index, version] of artifact.versions.entries()) {
      const own = { model, number: index + 1, semanticVersion: semanticOf(version, taken, warnings) };
      yield { kind: "versions", record: versionOf(version, own, repository.repository, stages, warnings) };
    }
  }
}

function modelOf({ name, createdAt, deprecatedAt }: GtoArtifact, model: string, warnings: Warnings) {
  const tags = [];
  if (model !== name) tags.push({ key: "gto.name", value: name });
  const deprecated = instantOf(deprecatedAt);
  if (deprecated !== undefined) {
    tags.push({ key: "gto.deprecated", value: deprecated });
    warnings.add(`Model ${model} is deprecated since ${deprecated}; it stays, with the tag gto.deprecated`);
  }
  return present({
    name: model,
    createdAt: instantOf(createdAt),
    tags: tags.length > 0 ? tags : undefined,
  });
}

function versionOf(
  version: GtoVersion,
  own: Pick<ImportedVersion, "model" | "number"> & { semanticVersion: string | undefined },
  repository: string,
  stages: ReadonlyMap<string, string>,
  warnings: Warnings,
): ImportedVersion {
  const { artifact, at, commit } = version.registered;
  const stays = staysOf(version, stages, warnings);
  const isStanding = stays.length > 0 && stays.at(-1)!.until === undefined;
  return present({
    ...own,
    externalId: ownKey("Version", `gto:${artifact}@${version.version}`, warnings),
    description: messageOf(version.registered, warnings),
    stage: isStanding ? stays.at(-1)!.stage : undefined,
    stays: stays.length > 0 ? stays : undefined,
    commit: { repository, sha: commit },
    createdAt: instantOf(at),
    deletedAt: instantOf(version.deregisteredAt),
    attributedTo: taggerOf(version.registered),
  });
}

/** The stays of a version; the one that lasts has no end. */
function staysOf(
  { steps }: GtoVersion,
  stages: ReadonlyMap<string, string>,
  warnings: Warnings,
): ImportedStay[] {
  const stays: ImportedStay[] = [];
  for (const { stage, by } of steps) {
    const at = instantOf(by.at)!;
    const last = stays.at(-1);
    const to = stage === null ? nowhere : stages.get(stage)!;
    if (last && last.until === undefined) {
      if (last.stage === to) continue; // two of GTO's stages may be one here
      last.until = at;
    }
    const why = { comment: messageOf(by, warnings), attributedTo: taggerOf(by) };
    if (stage !== null) stays.push(present({ stage: to, from: at, ...why }));
  }
  return stays;
}

function messageOf({ name, message }: GtoTag, warnings: Warnings): string | undefined {
  if (message.length > longestText)
    warnings.add(`Tag ${name}: its message is cut to ${longestText} characters`);
  return textOr(message.slice(0, longestText));
}

function taggerOf({ tagger }: GtoTag): string | undefined {
  return tagger.trim() === "" ? undefined : ownName(tagger);
}

/** Without build metadata, which makes no other version; undefined where another version has it. */
function semanticOf({ version, registered }: GtoVersion, taken: Set<string>, warnings: Warnings) {
  const semantic = parse(version)?.version;
  if (semantic === undefined || taken.has(semantic)) {
    warnings.add(`${registered.artifact} ${version} is imported without it: another version is ${semantic}`);
    return undefined;
  }
  taken.add(semantic);
  return semantic;
}
