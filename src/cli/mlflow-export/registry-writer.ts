import type { StemmaClient } from "../../client/client.ts";
import { StemmaClientError } from "../../client/errors.ts";
import type { KeyValue } from "../../client/import-batch.ts";
import {
  type MlflowModel,
  type MlflowVersion,
  nothing,
  oneRegisteredModel,
  oneVersion,
} from "../../client/mlflow-answers.ts";
import { versionsOf } from "../../client/mlflow-lists.ts";
import type { MlflowServer } from "../../client/mlflow-server.ts";
import type { FileWriter } from "./file-writer.ts";
import { cut, idTag, longest, missingTags, pairsFor } from "./mlflow-form.ts";
import type { Outcome } from "./outcome.ts";
import { type ExportedModel, type ExportedVersion, versionsIn } from "./registry-records.ts";
import { lastResort, sourceFor, stageFor, tagsFor, tellLeftOut } from "./version-form.ts";

/** Up to which number MLflow was made to count, so that numbers of deleted versions stay taken. */
const countedTag = "stemma.numbered_to";
const numberTag = "stemma.version";
const mostGap = 1_000;

/** Versions of one model there, by number. */
type Held = Map<number, MlflowVersion>;

/** The model cannot go on being exported; the rest can. */
class Stuck extends Error {}

/** Writes models, their versions under the same numbers, stages and aliases. */
export class RegistryWriter {
  constructor(
    private readonly server: MlflowServer,
    private readonly client: StemmaClient,
    private readonly files: FileWriter,
    private readonly outcome: Outcome,
  ) {}

  async write(model: ExportedModel): Promise<void> {
    try {
      const there = await this.modelOf(model);
      await this.writeVersions(model, there);
      await this.writeAliases(model, there);
    } catch (error) {
      const isRefused = error instanceof StemmaClientError && error.code === "INVALID_PARAMETER_VALUE";
      if (!(error instanceof Stuck) && !isRefused) throw error;
      this.outcome.leaves("models or parts of them");
      this.outcome.warn(`Model ${model.name}: ${error.message}`);
    }
  }

  private async modelOf(model: ExportedModel): Promise<MlflowModel> {
    const { name, createdAt } = model;
    const description = cut(model.description ?? "", longest.description, this.outcome);
    const tags = [
      ...pairsFor(model.tags, longest.tag, this.outcome),
      { key: idTag, value: model.id },
      { key: "stemma.created_at", value: createdAt },
    ];
    const held = await this.find(name);
    if (!held) {
      const body = { name, description: description || undefined, tags };
      const made = await this.server.makeOnce(
        () => this.find(name),
        async (server) =>
          (await server.send("POST", "registered-models/create", body, oneRegisteredModel)).registered_model,
      );
      this.outcome.wrote("models");
      return made;
    }
    if (description !== (held.description ?? ""))
      await this.server.send("PATCH", "registered-models/update", { name, description }, nothing);
    for (const tag of missingTags(tags, held.tags)) await this.tagModel(name, tag);
    return held;
  }

  private async find(name: string): Promise<MlflowModel | null> {
    try {
      return (await this.server.get("registered-models/get", { name }, oneRegisteredModel)).registered_model;
    } catch (error) {
      if (error instanceof StemmaClientError && error.code === "RESOURCE_DOES_NOT_EXIST") return null;
      throw error;
    }
  }

  private async tagModel(name: string, tag: KeyValue): Promise<void> {
    await this.server.send("POST", "registered-models/set-tag", { name, ...tag }, nothing);
  }

  private async writeVersions(model: ExportedModel, there: MlflowModel): Promise<void> {
    const held = await this.heldOf(model.name);
    const tag = there.tags.find(({ key }) => key === countedTag)?.value;
    let counted = Math.max(0, Number(tag ?? 0), ...held.keys());
    for await (const version of versionsIn(this.client, model.id)) {
      if (version.deletedAt !== null) {
        if (version.number > counted) counted = await this.countTo(model, version, counted);
        continue;
      }
      tellLeftOut(version, this.outcome);
      const known = held.get(version.number);
      const owner = known?.tags.find(({ key }) => key === idTag)?.value;
      if (known && owner !== version.id)
        throw new Stuck(`there is a version ${version.number} of somebody else's in MLflow`);
      const placed = known ?? (await this.make(model, version, counted));
      counted = Math.max(counted, version.number);
      await this.complete(model.name, version, placed);
    }
  }

  /** What an export that broke off left under a number that is not its own goes away. */
  private async heldOf(name: string): Promise<Held> {
    const held: Held = new Map();
    for await (const version of versionsOf(this.server, name)) held.set(Number(version.version), version);
    for (const [number, version] of held) {
      if (!version.tags.some(({ key, value }) => key === numberTag && value !== String(number))) continue;
      await this.remove(version);
      held.delete(number);
    }
    return held;
  }

  /** Makes MLflow count up to a number that is taken by a deleted version. */
  private async countTo(
    { name }: ExportedModel,
    { number }: ExportedVersion,
    counted: number,
  ): Promise<number> {
    mustBeNear(counted, number);
    let reached = counted;
    while (reached < number) {
      const made = await this.create({ name, source: lastResort(name, 0), tags: [numbered(0)] });
      await this.remove(made);
      reached = Number(made.version);
      await this.tagModel(name, { key: countedTag, value: String(reached) });
    }
    return reached;
  }

  /** MLflow numbers by itself: whatever comes before the number that is wanted is deleted again. */
  private async make(
    model: ExportedModel,
    version: ExportedVersion,
    counted: number,
  ): Promise<MlflowVersion> {
    const { name } = model;
    const { number } = version;
    mustBeNear(counted, number);
    const origin = await this.files.originOf(name, version);
    const source = sourceFor(name, version, origin);
    const body = {
      ...{ name, source, run_id: origin.runId ?? undefined, model_id: origin.loggedModelId ?? undefined },
      description: version.description
        ? cut(version.description, longest.description, this.outcome)
        : undefined,
      tags: [{ key: idTag, value: version.id }, numbered(number)],
    };
    for (;;) {
      const made = await this.createWith(body, lastResort(name, number));
      if (Number(made.version) === number) {
        this.outcome.wrote("versions");
        return made;
      }
      await this.remove(made);
      if (Number(made.version) > number)
        throw new Stuck(
          `MLflow gives number ${made.version} where ${number} is wanted, as others were deleted there`,
        );
    }
  }

  /** MLflow looks at some sources more closely than others; one that it refuses is kept as a tag. */
  private async createWith(body: { name: string; source: string; tags: KeyValue[] }, otherwise: string) {
    try {
      return await this.create(body);
    } catch (error) {
      const isRefused = error instanceof StemmaClientError && error.code === "INVALID_PARAMETER_VALUE";
      if (!isRefused || body.source === otherwise) throw error;
      return this.create({ ...body, source: otherwise });
    }
  }

  private create(body: { name: string; source: string; tags: KeyValue[] }): Promise<MlflowVersion> {
    const known = body.tags.find(({ key }) => key === idTag);
    // One whose answer was lost is found by its tag; a placeholder has none, and only its number is lost.
    const find = async () => {
      if (!known) return null;
      for await (const version of versionsOf(this.server, body.name))
        if (version.tags.some(({ key, value }) => key === idTag && value === known.value)) return version;
      return null;
    };
    return this.server.makeOnce(
      find,
      async (server) => (await server.send("POST", "model-versions/create", body, oneVersion)).model_version,
    );
  }

  private async remove({ name, version }: MlflowVersion): Promise<void> {
    await this.server.send("DELETE", "model-versions/delete", { name, version }, nothing);
  }

  private async complete(name: string, version: ExportedVersion, there: MlflowVersion): Promise<void> {
    const key = { name, version: there.version };
    const tags = tagsFor(version, there.source ?? "", this.outcome);
    for (const tag of missingTags(tags, there.tags))
      await this.server.send("POST", "model-versions/set-tag", { ...key, ...tag }, nothing);
    const description = cut(version.description ?? "", longest.description, this.outcome);
    if (description !== (there.description ?? ""))
      await this.server.send("PATCH", "model-versions/update", { ...key, description }, nothing);
    const stage = stageFor(version.stage);
    if (stage !== (there.current_stage ?? "None")) {
      const body = { ...key, stage, archive_existing_versions: false };
      await this.server.send("POST", "model-versions/transition-stage", body, nothing);
      this.outcome.wrote("stages");
    }
    await this.files.write(name, version, there);
  }

  private async writeAliases({ name, aliases }: ExportedModel, there: MlflowModel): Promise<void> {
    const held = new Map(there.aliases.map(({ alias, version }) => [alias, version]));
    for (const { name: alias, modelVersion } of aliases) {
      const version = String(modelVersion.number);
      if (held.get(alias) === version) continue;
      if (!/^[\w-]+$/.test(alias) || /^v\d+$/i.test(alias)) {
        this.outcome.leaves("aliases");
        this.outcome.warn(`Alias ${name}@${alias}: MLflow has no aliases of that form`);
        continue;
      }
      await this.server.send("POST", "registered-models/alias", { name, alias, version }, nothing);
      this.outcome.wrote("aliases");
    }
  }
}

/** Under which number it is wanted: under any other one it is to go away. */
function numbered(number: number): KeyValue {
  return { key: numberTag, value: String(number) };
}

function mustBeNear(counted: number, number: number): void {
  if (number - counted <= mostGap) return;
  throw new Stuck(`its numbers leap from ${counted} to ${number}; at most ${mostGap} are skipped in MLflow`);
}
