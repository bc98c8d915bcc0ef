import type { KeyValue } from "../../client/import-batch.ts";
import type { RawModel, RawVersion } from "./mlflow-store.ts";
import { grouped, type SqliteFile, text } from "./sqlite-file.ts";

/** The registry in a SQLite file of MLflow; its oldest schemas have none, later ones none of aliases. */
export class SqliteRegistry {
  constructor(private readonly file: SqliteFile) {}

  async models(): Promise<RawModel[]> {
    if (!this.file.has("registered_models")) return [];
    const columns = ["name", "description", "creation_time", "last_updated_time"];
    const tags = this.file.pairs("registered_model_tags", "name", "key", "value");
    const aliases = this.file.pairs("registered_model_aliases", "name", "alias", "version");
    return this.file
      .all(
        `SELECT ${this.file.texts("registered_models", "m", columns)} FROM registered_models m ORDER BY m.name`,
      )
      .map((row) => ({
        name: String(row.name),
        description: text(row.description),
        createdAt: text(row.creation_time),
        updatedAt: text(row.last_updated_time),
        tags: tags.get(String(row.name)) ?? [],
        aliases: (aliases.get(String(row.name)) ?? []).map(({ key, value }) => [key, value]),
      }));
  }

  async versions(model: string): Promise<RawVersion[]> {
    if (!this.file.has("model_versions")) return [];
    const columns = [
      "version",
      "creation_time",
      "last_updated_time",
      "description",
      "user_id",
      "current_stage",
    ];
    const others = [
      "source",
      "run_id",
      "run_link",
      "status",
      "status_message",
      "storage_location",
      "model_id",
    ];
    const tags = this.versionTags(model);
    return this.file
      .all(
        `SELECT ${this.file.texts("model_versions", "v", [...columns, ...others])} FROM model_versions v
         WHERE v.name = ? ORDER BY v.version`,
        model,
      )
      .map((row) => ({
        model,
        version: String(row.version),
        createdAt: text(row.creation_time),
        updatedAt: text(row.last_updated_time),
        description: text(row.description),
        userId: text(row.user_id),
        stage: text(row.current_stage),
        source: text(row.source),
        runId: text(row.run_id),
        runLink: text(row.run_link),
        status: text(row.status),
        statusMessage: text(row.status_message),
        storageLocation: text(row.storage_location),
        modelId: text(row.model_id),
        tags: tags.get(String(row.version)) ?? [],
      }));
  }

  private versionTags(model: string): Map<string, KeyValue[]> {
    if (!this.file.has("model_version_tags")) return new Map();
    return grouped(
      this.file.all(
        `SELECT CAST(version AS TEXT) AS owner, "key", value FROM model_version_tags WHERE name = ? ORDER BY "key"`,
        model,
      ),
    );
  }
}
