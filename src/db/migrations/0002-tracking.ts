import type { MigrationInterface, QueryRunner } from "typeorm";
import { createTable } from "../table.ts";

/** Experiments, runs, logged models, datasets, commits, and the facts every noun may carry. */
export class Tracking2 implements MigrationInterface {
  readonly name = "Tracking1795219200002";

  async up(runner: QueryRunner): Promise<void> {
    await createTable(runner, "tag", {
      columns: { nodeId: "int unsigned", name: "varchar(255)", value: "text" },
      primaryKey: ["nodeId", "name"],
      indexes: { tag_name: ["name", "nodeId"] },
    });
    await createTable(runner, "param", {
      columns: { nodeId: "int unsigned", name: "varchar(255)", value: "text" },
      primaryKey: ["nodeId", "name"],
      indexes: { param_name: ["name", "nodeId"] },
    });
    await createTable(runner, "metric", {
      columns: {
        id: "generated key",
        nodeId: "int unsigned",
        name: "varchar(255)",
        dataset: "varchar(255)",
        split: "varchar(64)",
        slice: "varchar(128)",
        step: "bigint",
        at: "bigint",
        value: "double",
        special: "varchar(20)",
      },
      uniques: { metric_series: ["nodeId", "name", "dataset", "split", "slice"] },
      indexes: { metric_value: ["name", "value", "nodeId"] },
    });
    await createTable(runner, "metric_point", {
      columns: {
        metricId: "int unsigned",
        step: "bigint",
        at: "bigint",
        value: "double",
        special: "varchar(20)",
      },
      primaryKey: ["metricId", "step", "at", "value", "special"],
    });
    await createTable(runner, "experiment", {
      columns: {
        id: "int unsigned",
        experimentId: "varchar(20)",
        name: "varchar(255)",
        liveName: "varchar(255)?",
        scope: "varchar(255)",
        createdAt: "bigint",
        updatedAt: "bigint",
        deletedAt: "bigint?",
      },
      primaryKey: ["id"],
      uniques: { experiment_local_id: ["experimentId"], experiment_live_name: ["liveName"] },
      checks: { experiment_tombstone: "(deletedAt IS NULL) = (liveName IS NOT NULL)" },
    });
    await createTable(runner, "run", {
      columns: {
        id: "int unsigned",
        runId: "varchar(32)",
        experimentId: "int unsigned",
        name: "varchar(255)?",
        status: "varchar(10)",
        startedAt: "bigint?",
        endedAt: "bigint?",
        startedBy: "int unsigned?",
        attributedTo: "varchar(255)?",
        entryPoint: "text?",
        parentId: "int unsigned?",
        commitId: "int unsigned?",
        createdAt: "bigint",
        updatedAt: "bigint",
        deletedAt: "bigint?",
      },
      primaryKey: ["id"],
      uniques: { run_run_id: ["runId"] },
      indexes: {
        run_experiment: ["experimentId", "startedAt", "id"],
        run_parent: ["parentId", "id"],
        run_started: ["startedAt", "id"],
      },
    });
    await createTable(runner, "logged_model", {
      columns: {
        id: "int unsigned",
        modelId: "varchar(64)",
        name: "varchar(255)?",
        runId: "int unsigned?",
        experimentId: "int unsigned",
        status: "varchar(32)",
        attributedTo: "varchar(255)?",
        createdAt: "bigint",
        updatedAt: "bigint",
        deletedAt: "bigint?",
      },
      primaryKey: ["id"],
      uniques: { logged_model_model_id: ["modelId"] },
      indexes: { logged_model_run: ["runId", "id"], logged_model_experiment: ["experimentId", "id"] },
    });
    await createTable(runner, "dataset", {
      columns: {
        id: "int unsigned",
        name: "varchar(255)",
        scope: "varchar(255)",
        createdAt: "bigint",
        updatedAt: "bigint",
      },
      primaryKey: ["id"],
      uniques: { dataset_name: ["name"] },
    });
    await createTable(runner, "dataset_version", {
      columns: {
        id: "int unsigned",
        datasetId: "int unsigned",
        digest: "varchar(255)",
        digestAlgorithm: "varchar(64)?",
        source: "text?",
        schema: "json?",
        profile: "json?",
        createdAt: "bigint",
      },
      primaryKey: ["id"],
      uniques: { dataset_version_digest: ["datasetId", "digest"] },
    });
    await createTable(runner, "git_commit", {
      columns: {
        id: "int unsigned",
        repository: "varchar(255)",
        sha: "varchar(64)",
        branch: "varchar(255)?",
        message: "text?",
        committedAt: "bigint?",
        attributedTo: "varchar(255)?",
        createdAt: "bigint",
      },
      primaryKey: ["id"],
      uniques: { git_commit_sha: ["sha", "repository"] },
      indexes: { git_commit_repository: ["repository", "committedAt", "id"] },
    });
  }

  async down(): Promise<void> {
    throw new Error("recorded facts are never dropped");
  }
}
