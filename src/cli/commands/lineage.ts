import { Command, InvalidArgumentError } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { type TreeEdge, type TreeNode, treeLines } from "../lineage-tree.ts";
import { note, print, printable, printJson } from "../printing.ts";
import { idOf, referenceHelp } from "../reference.ts";

export const lineageDocument = gql`
  query Lineage($root: ID!, $direction: LineageDirection!, $depth: Int, $after: String) {
    lineage(root: $root, direction: $direction, depth: $depth, first: 500, after: $after) {
      nodes {
        id
        kind
        label
        isRedacted
        degree
        hasMoreUpstream
        hasMoreDownstream
        node {
          id
          ... on Model {
            modelName: name
          }
          ... on ModelVersion {
            uri
            stage
          }
          ... on Run {
            runId
            runName: name
            runStatus: status
          }
          ... on LoggedModel {
            modelId
            loggedModelName: name
          }
          ... on DatasetVersion {
            digest
            dataset {
              name
            }
          }
          ... on Commit {
            sha
            repository
            message
          }
        }
      }
      edges {
        from
        to
        type
        role
        at
      }
      isPartial
      partialReason
      snapshot
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

/** What is known of a noun; which fields are there depends on its kind. */
interface Noun {
  modelName?: string;
  uri?: string;
  stage?: string;
  runId?: string;
  runName?: string | null;
  runStatus?: string;
  modelId?: string;
  loggedModelName?: string | null;
  digest?: string;
  dataset?: { name: string };
  sha?: string;
  repository?: string;
  message?: string | null;
}

type LineageNode = Omit<TreeNode, "title"> & {
  /** Null where it is redacted, as is the node. */
  label: string | null;
  isRedacted: boolean;
  degree: number;
  node: Noun | null;
};

interface Lineage {
  nodes: LineageNode[];
  edges: (TreeEdge & { at: string | null })[];
  isPartial: boolean;
  partialReason: string | null;
  snapshot: string;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const usualDepth = 10;
const mostDrawn = 2_000;
const shownDigits = 12;

function titleOf({ kind, label, node }: LineageNode): string {
  const kindText = kind.toLowerCase().replaceAll("_", " ");
  if (label === null) return `(a ${kindText} that you may not see)`;
  const noun = node ?? {};
  switch (kind) {
    case "MODEL_VERSION":
      return `${noun.uri?.replace(/^models:\//, "") ?? label}${noun.stage && noun.stage !== "None" ? ` · ${noun.stage}` : ""}`;
    case "RUN":
      return `run ${noun.runName ?? noun.runId ?? label}${noun.runStatus && noun.runStatus !== "FINISHED" ? ` · ${noun.runStatus}` : ""}`;
    case "LOGGED_MODEL":
      return `logged model ${noun.loggedModelName ?? noun.modelId ?? label}`;
    case "DATASET_VERSION":
      return `data ${noun.dataset?.name ?? ""} @ ${(noun.digest ?? label).slice(0, shownDigits)}`;
    case "COMMIT": {
      const first = noun.message?.split("\n")[0] ?? "";
      return `commit ${(noun.sha ?? label).slice(0, shownDigits)}${first ? ` "${first}"` : ""}${noun.repository ? ` in ${noun.repository}` : ""}`;
    }
    default:
      return `${kindText} ${noun.modelName ?? label}`;
  }
}

/** All pages, joined: they hold one snapshot. `most` nodes are enough for people. */
async function wholeLineage(
  client: StemmaClient,
  variables: { root: string; direction: string; depth: number | undefined },
  most: number,
): Promise<Lineage> {
  let whole: Lineage | null = null;
  for (let after: string | null = null; ; ) {
    const answer: { lineage: Lineage } = await client.query<{ lineage: Lineage }>(lineageDocument, {
      ...variables,
      after,
    });
    const page = answer.lineage;
    whole = whole
      ? { ...page, nodes: [...whole.nodes, ...page.nodes], edges: [...whole.edges, ...page.edges] }
      : page;
    after = page.pageInfo.endCursor;
    if (!page.pageInfo.hasNextPage || whole.nodes.length >= most) return whole;
  }
}

function depthOf(text: string): number {
  const depth = Number(text);
  if (!Number.isInteger(depth) || depth < 1)
    throw new InvalidArgumentError("expected a whole number from 1 on");
  return depth;
}

interface Options {
  down?: boolean;
  depth?: number;
  json?: boolean;
}

export function lineageCommand(connect: () => StemmaClient): Command {
  return new Command("lineage")
    .description("what something was made from, or with --down what was made from it")
    .argument("<ref>", referenceHelp)
    .option("--down", "downstream: what it went into")
    .option("--depth <steps>", `how far; ${usualDepth} steps where drawn, all with --json`, depthOf)
    .option("--json", "nodes and edges as JSON")
    .action(async (reference: string, { down, depth, json }: Options) => {
      const client = connect();
      const direction = down ? "DOWNSTREAM" : "UPSTREAM";
      const root = await idOf(client, reference);
      const wish = { root, direction, depth: depth ?? (json ? undefined : usualDepth) };
      const lineage = await wholeLineage(client, wish, json ? Number.POSITIVE_INFINITY : mostDrawn);
      if (json) return printJson(lineage);
      const nodes = lineage.nodes.map((node) => ({ ...node, title: printable(titleOf(node)) }));
      // A model as root stands for its versions, all at degree 0.
      const roots = lineage.nodes.filter(({ degree }) => degree === 0).map(({ id }) => id);
      for (const line of treeLines(roots, nodes, lineage.edges, direction)) print(line);
      if (lineage.pageInfo.hasNextPage) note(`Only the first ${nodes.length} are drawn; --json gives all.`);
      if (lineage.isPartial) note(`There is more: the server stopped at ${lineage.partialReason}.`);
    });
}
