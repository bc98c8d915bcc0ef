import { byCodeUnit } from "./foreign-names.ts";
import type { RawModel, RawVersion } from "./mlflow-store.ts";
import { textField, textsField, type YamlMapping } from "./mlflow-yaml.ts";
import type { StoreFolder } from "./store-folder.ts";
import type { Warnings } from "./warnings.ts";

/**
 * mlruns/models/<model>/meta.yaml, tags/, aliases/<alias>
 *              /<model>/version-<number>/meta.yaml, tags/
 */
export class FileRegistry {
  private readonly places = new Map<string, string>();

  constructor(
    private readonly folder: StoreFolder,
    private readonly warnings: Warnings,
  ) {}

  /** Registered models by name. */
  async models(): Promise<RawModel[]> {
    const found: RawModel[] = [];
    for (const name of await this.folder.folders("models")) {
      const place = `models/${name}`;
      const meta = await this.folder.yaml(`${place}/meta.yaml`);
      if (!meta) {
        this.warnings.add(`Folder ${place} holds no readable model: it is left out`);
        continue;
      }
      this.places.set(textField(meta, "name") ?? name, place);
      found.push({
        name: textField(meta, "name") ?? name,
        description: textField(meta, "description"),
        createdAt: textField(meta, "creation_timestamp"),
        updatedAt: textField(meta, "last_updated_timestamp"),
        tags: await this.folder.pairs(`${place}/tags`),
        aliases: await this.aliases(place, meta),
      });
    }
    return found.sort((a, b) => byCodeUnit(a.name, b.name));
  }

  /** Versions of a model by number; numbers may have gaps. */
  async versions(model: string): Promise<RawVersion[]> {
    const found: RawVersion[] = [];
    const place = this.places.get(model)!;
    for (const name of await this.folder.folders(place)) {
      const version = /^version-([1-9]\d{0,9})$/.exec(name)?.[1];
      if (version === undefined) {
        if (name.startsWith("version-"))
          this.warnings.add(`Folder ${place}/${name} is no version: it is left out`);
        continue;
      }
      const meta = await this.folder.yaml(`${place}/${name}/meta.yaml`);
      if (!meta) {
        this.warnings.add(`Folder ${place}/${name} holds no readable version: it is left out`);
        continue;
      }
      found.push({
        model,
        version,
        createdAt: textField(meta, "creation_timestamp"),
        updatedAt: textField(meta, "last_updated_timestamp"),
        description: textField(meta, "description"),
        userId: textField(meta, "user_id"),
        stage: textField(meta, "current_stage"),
        source: textField(meta, "source"),
        runId: textField(meta, "run_id"),
        runLink: textField(meta, "run_link"),
        status: textField(meta, "status"),
        statusMessage: textField(meta, "status_message"),
        storageLocation: textField(meta, "storage_location"),
        modelId: textField(meta, "model_id"),
        tags: await this.folder.pairs(`${place}/${name}/tags`),
      });
    }
    return found.sort((a, b) => Number(a.version) - Number(b.version));
  }

  /**
   * Aliases stand in files and, as a copy, in meta.yaml. MLflow itself reads only the files, so they decide; the copy
   * counts where there is no folder for them at all.
   */
  private async aliases(place: string, meta: YamlMapping): Promise<[string, string][]> {
    const copied = textsField(meta, "aliases");
    if (!(await this.folder.folders(place)).includes("aliases")) return copied;
    const files = await this.folder.pairs(`${place}/aliases`);
    const aliases = files.map(({ key, value }): [string, string] => [key, value.trim()]);
    const own = new Map(aliases);
    for (const [alias, version] of copied) {
      if (own.get(alias) === version) continue;
      this.warnings.add(
        `Model ${place.slice("models/".length)}: meta.yaml and aliases/ differ on ${alias}; aliases/ counts`,
      );
    }
    return aliases;
  }
}
