import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { Exit } from "../exit.ts";
import { print, printable, printJson } from "../printing.ts";
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

/** `name  value` lines; several values stand one below the other; nothing where there is none. */
function line(name: string, value: string | readonly string[] | null | undefined): void {
  const values = typeof value === "string" ? [value] : (value ?? []);
  values.forEach((text, index) => {
    print(`  ${(index === 0 ? name : "").padEnd(14)}${printable(text)}`);
  });
}

const pairs = (list: readonly Pair[]) => list.map(({ key, value }) => `${key} = ${value}`);

function printVersion(version: Version): void {
  const { model, number, semanticVersion, stage, deletedAt } = version;
  const also = semanticVersion ? ` (${semanticVersion})` : "";
  print(`${printable(model.name)}/${number}${also} · ${stage}${deletedAt ? ` · deleted ${deletedAt}` : ""}`);
  line("id", version.id);
  line("aliases", version.aliases.join(", ") || null);
  line("status", version.statusMessage ? `${version.status}: ${version.statusMessage}` : version.status);
  line("description", version.description);
  line("framework", [version.framework, version.format].filter(Boolean).join(", ") || null);
  line("source", version.source);
  const claimed = version.attributedTo ? ` for ${version.attributedTo}` : "";
  line("made", `${version.createdAt} by ${version.createdBy.name}${claimed}`);
  const { run, commit, completeness } = version;
  line("run", run && `${run.name ?? run.runId} (${run.runId}, ${run.status})`);
  line("commit", commit && `${commit.sha.slice(0, 10)} ${commit.message ?? ""} ${commit.repository}`.trim());
  line(
    "data",
    version.datasets.map(
      ({ role, datasetVersion: { dataset, digest } }) =>
        `${dataset.name} @ ${digest}${role ? `, ${role}` : ""}`,
    ),
  );
  line(
    "derived from",
    version.parents.map(({ relation, modelVersion }) => `${modelVersion.uri} (${relation})`),
  );
  line("params", pairs(version.params));
  line(
    "metrics",
    version.metrics.map(({ key, value, special, dataset, split, slice }) => {
      const where = [dataset, split, slice].filter(Boolean).join(", ");
      return `${key} = ${special ?? value}${where ? ` (${where})` : ""}`;
    }),
  );
  line("tags", pairs(version.tags));
  if (completeness) {
    const missing = completeness.missing.length > 0 ? `; missing: ${completeness.missing.join(", ")}` : "";
    line("complete", `${Math.round(completeness.score * 100)} %${missing}`);
  }
}

function printModel(model: Model): void {
  print(printable(model.name));
  line("id", model.id);
  line("description", model.description);
  line("owner", model.owner);
  line("made", model.createdAt);
  line("tags", pairs(model.tags));
  line(
    "aliases",
    model.aliases.map(({ name, modelVersion }) => `${name} → ${modelVersion.number}`),
  );
  const { nodes, totalCount } = model.versions;
  line(
    "versions",
    nodes
      .map(({ number, semanticVersion, stage, status, createdAt }) =>
        [number, semanticVersion, stage, status === "READY" ? null : status, createdAt.slice(0, 10)]
          .filter((part) => part !== null)
          .join("  "),
      )
      .reverse(),
  );
  if (totalCount > nodes.length) line("", `… and ${totalCount - nodes.length} older ones`);
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
