import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { Exit } from "../exit.ts";
import { print, printable, printField, printJson } from "../printing.ts";
import { kindOf, notThere, referenceHelp } from "../reference.ts";

export const showVersionDocument = gql`
  query ShowVersion($ref: VersionRef!) {
    modelVersion(ref: $ref) {
      id
      uri
      number
      semanticVersion
      stage
      status
      statusMessage
      description
      framework
      format
      source
      createdAt
      createdBy {
        name
      }
      attributedTo
      deletedAt
      aliases
      model {
        name
      }
      tags {
        key
        value
      }
      params {
        key
        value
      }
      metrics {
        key
        value
        special
        dataset
        split
        slice
      }
      run {
        runId
        name
        status
      }
      commit {
        repository
        sha
        message
      }
      datasets {
        role
        datasetVersion {
          digest
          dataset {
            name
          }
        }
      }
      parents {
        relation
        modelVersion {
          uri
        }
      }
      completeness {
        score
        missing
      }
    }
  }
`;

export const showModelDocument = gql`
  query ShowModel($name: String!) {
    model(name: $name) {
      id
      name
      description
      owner
      createdAt
      updatedAt
      tags {
        key
        value
      }
      aliases {
        name
        modelVersion {
          number
        }
      }
      versions(last: 20) {
        nodes {
          number
          semanticVersion
          stage
          status
          createdAt
        }
        totalCount
      }
    }
  }
`;

type Pair = { key: string; value: string };

interface Version {
  id: string;
  uri: string;
  number: number;
  semanticVersion: string | null;
  stage: string;
  status: string;
  statusMessage: string | null;
  description: string | null;
  framework: string | null;
  format: string | null;
  source: string | null;
  createdAt: string;
  createdBy: { name: string };
  attributedTo: string | null;
  deletedAt: string | null;
  aliases: string[];
  model: { name: string };
  tags: Pair[];
  params: Pair[];
  metrics: {
    key: string;
    value: number | null;
    special: string | null;
    dataset: string | null;
    split: string | null;
    slice: string | null;
  }[];
  run: { runId: string; name: string | null; status: string } | null;
  commit: { repository: string; sha: string; message: string | null } | null;
  datasets: { role: string; datasetVersion: { digest: string; dataset: { name: string } } }[];
  parents: { relation: string; modelVersion: { uri: string } }[];
  completeness: { score: number; missing: string[] } | null;
}

interface Model {
  id: string;
  name: string;
  description: string | null;
  owner: string | null;
  createdAt: string;
  updatedAt: string;
  tags: Pair[];
  aliases: { name: string; modelVersion: { number: number } }[];
  versions: {
    nodes: {
      number: number;
      semanticVersion: string | null;
      stage: string;
      status: string;
      createdAt: string;
    }[];
    totalCount: number;
  };
}

const pairs = (list: readonly Pair[]) => list.map(({ key, value }) => `${key} = ${value}`);

function printVersion(version: Version): void {
  const { model, number, semanticVersion, stage, deletedAt } = version;
  const also = semanticVersion ? ` (${semanticVersion})` : "";
  print(`${printable(model.name)}/${number}${also} · ${stage}${deletedAt ? ` · deleted ${deletedAt}` : ""}`);
  printField("id", version.id);
  printField("aliases", version.aliases.join(", ") || null);
  printField(
    "status",
    version.statusMessage ? `${version.status}: ${version.statusMessage}` : version.status,
  );
  printField("description", version.description);
  printField("framework", [version.framework, version.format].filter(Boolean).join(", ") || null);
  printField("source", version.source);
  const claimed = version.attributedTo ? ` for ${version.attributedTo}` : "";
  printField("made", `${version.createdAt} by ${version.createdBy.name}${claimed}`);
  const { run, commit, completeness } = version;
  printField("run", run && `${run.name ?? run.runId} (${run.runId}, ${run.status})`);
  printField(
    "commit",
    commit && `${commit.sha.slice(0, 10)} ${commit.message ?? ""} ${commit.repository}`.trim(),
  );
  printField(
    "data",
    version.datasets.map(
      ({ role, datasetVersion: { dataset, digest } }) =>
        `${dataset.name} @ ${digest}${role ? `, ${role}` : ""}`,
    ),
  );
  printField(
    "derived from",
    version.parents.map(({ relation, modelVersion }) => `${modelVersion.uri} (${relation})`),
  );
  printField("params", pairs(version.params));
  printField(
    "metrics",
    version.metrics.map(({ key, value, special, dataset, split, slice }) => {
      const where = [dataset, split, slice].filter(Boolean).join(", ");
      return `${key} = ${special ?? value}${where ? ` (${where})` : ""}`;
    }),
  );
  printField("tags", pairs(version.tags));
  if (completeness) {
    const missing = completeness.missing.length > 0 ? `; missing: ${completeness.missing.join(", ")}` : "";
    printField("complete", `${Math.round(completeness.score * 100)} %${missing}`);
  }
}

function printModel(model: Model): void {
  print(printable(model.name));
  printField("id", model.id);
  printField("description", model.description);
  printField("owner", model.owner);
  printField("made", model.createdAt);
  printField("tags", pairs(model.tags));
  printField(
    "aliases",
    model.aliases.map(({ name, modelVersion }) => `${name} → ${modelVersion.number}`),
  );
  const { nodes, totalCount } = model.versions;
  printField(
    "versions",
    nodes
      .map(({ number, semanticVersion, stage, status, createdAt }) =>
        [number, semanticVersion, stage, status === "READY" ? null : status, createdAt.slice(0, 10)]
          .filter((part) => part !== null)
          .join("  "),
      )
      .reverse(),
  );
  if (totalCount > nodes.length) printField("", `… and ${totalCount - nodes.length} older ones`);
}

export function showCommand(connect: () => StemmaClient): Command {
  return new Command("show")
    .description("show a model or one of its versions")
    .argument("<ref>", referenceHelp)
    .option("--json", "as JSON")
    .action(async (reference: string, { json }: { json?: boolean }) => {
      const client = connect();
      if (kindOf(reference) === "model") {
        const { model } = await client.query<{ model: Model | null }>(showModelDocument, { name: reference });
        if (!model) throw notThere(reference);
        return json ? printJson(model) : printModel(model);
      }
      if (kindOf(reference) === "id" && !reference.startsWith("mv_")) {
        throw new Exit(2, `${reference}: expected ${referenceHelp.replace("any id", "its id")}`);
      }
      const answer = await client.query<{ modelVersion: Version | null }>(showVersionDocument, {
        ref: reference,
      });
      if (!answer.modelVersion) throw notThere(reference);
      if (json) printJson(answer.modelVersion);
      else printVersion(answer.modelVersion);
    });
}
