import { existsSync, readFileSync, statSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { Exit } from "../exit.ts";
import { print, printField, printJson, printRaw } from "../printing.ts";
import { notThere, plainName, versionHelp } from "../reference.ts";

export const cardDocument = gql`
  query Card($ref: VersionRef!) {
    modelVersion(ref: $ref) {
      uri
      card {
        id
        revision
        status
        isFresh
        format
        owner
        riskClass
        updatedAt
        updatedBy {
          name
        }
        inheritedFrom {
          uri
        }
        completeness {
          score
          missing
        }
        problem
      }
    }
  }
`;

export const cardTextDocument = gql`
  query CardText($ref: VersionRef!, $isYaml: Boolean!) {
    modelVersion(ref: $ref) {
      card {
        yaml @include(if: $isYaml)
        markdown @skip(if: $isYaml)
      }
    }
  }
`;

export const setCardDocument = gql`
  mutation SetCard($input: SetModelCardInput!) {
    setModelCard(input: $input) {
      card {
        revision
        status
        isFresh
        modelVersion {
          uri
        }
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const checkCardDocument = gql`
  query CheckCard($yaml: String, $markdown: String) {
    checkModelCard(yaml: $yaml, markdown: $markdown) {
      completeness {
        score
        missing
      }
      problem
    }
  }
`;

interface Check {
  completeness: { score: number; missing: string[] };
  problem: string | null;
}

interface CardLine extends Check {
  id: string;
  revision: number;
  status: string;
  isFresh: boolean;
  format: string;
  owner: string | null;
  riskClass: string | null;
  updatedAt: string;
  updatedBy: { name: string };
  inheritedFrom: { uri: string } | null;
}

interface WithCard<Card> {
  modelVersion: { uri: string; card: Card | null } | null;
}

/** The card of a version. Exits with 1 where there is none. */
async function cardOf<Card>(
  client: StemmaClient,
  document: string,
  variables: { ref: string; isYaml?: boolean },
) {
  const { modelVersion } = await client.query<WithCard<Card>>(document, variables);
  if (!modelVersion) throw notThere(variables.ref);
  if (!modelVersion.card) throw new Exit(1, `${variables.ref} has no card`);
  return { uri: modelVersion.uri, card: modelVersion.card };
}

const percent = (score: number) => `${Math.round(score * 100)} %`;

interface GetOptions {
  yaml?: boolean;
  markdown?: boolean;
  json?: boolean;
}

function getCommand(connect: () => StemmaClient): Command {
  return new Command("get")
    .description("show a version's card, or write it out")
    .argument("<ref>", versionHelp)
    .addOption(new Option("--yaml", "as model_card.yaml").conflicts(["markdown", "json"]))
    .addOption(new Option("--markdown", "as Markdown with front matter").conflicts(["yaml", "json"]))
    .option("--json", "what there is to say of it, as JSON")
    .action(async (ref: string, { yaml, markdown, json }: GetOptions) => {
      const client = connect();
      if (yaml || markdown) {
        const variables = { ref, isYaml: yaml === true };
        const { card } = await cardOf<{ yaml?: string; markdown?: string }>(
          client,
          cardTextDocument,
          variables,
        );
        return printRaw(card.yaml ?? card.markdown ?? "");
      }
      const { uri, card } = await cardOf<CardLine>(client, cardDocument, { ref });
      if (json) return printJson(card);
      print(`${plainName(uri)} · card ${card.status}, revision ${card.revision}`);
      printField("fresh", card.isFresh ? "yes" : "no: a person has not confirmed it since");
      printField("inherited from", card.inheritedFrom && plainName(card.inheritedFrom.uri));
      printField("owner", card.owner);
      printField("risk class", card.riskClass);
      printField("given as", card.format.toLowerCase());
      printField("changed", `${card.updatedAt} by ${card.updatedBy.name}`);
      printField("complete", percent(card.completeness.score));
      printField("missing", card.completeness.missing);
      printField("problem", card.problem);
    });
}

/** A file as the server takes it: what it is, its name says. */
function formOf(file: string): { yaml: string } | { markdown: string } {
  const text = () => {
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      throw new Exit(2, `${file}: ${(error as Error).message}`);
    }
  };
  if (/\.ya?ml$/i.test(file)) return { yaml: text() };
  if (/\.(md|markdown)$/i.test(file)) return { markdown: text() };
  throw new Exit(2, `${file}: expected a .md, .markdown, .yaml or .yml file`);
}

function revisionOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("expected a revision, or 0 for none");
  return Number(text);
}

interface SetOptions {
  status?: string;
  expectedRevision?: number;
  json?: boolean;
}

interface SetCard {
  card: { revision: number; status: string; isFresh: boolean; modelVersion: { uri: string } };
}

function setCommand(connect: () => StemmaClient): Command {
  return new Command("set")
    .description("set a version's card; a person who sets it as it is confirms it")
    .argument("<ref>", versionHelp)
    .argument("[file]", "a .md, .markdown, .yaml or .yml file; none where only the status is set")
    .option("--status <status>", "DRAFT, IN_REVIEW or APPROVED, in any case")
    .option(
      "--expected-revision <number>",
      "only if the card is at this revision now; 0: has none",
      revisionOf,
    )
    .option("--json", "as JSON")
    .action(async (ref: string, file: string | undefined, options: SetOptions) => {
      const { expectedRevision, json } = options;
      const status = options.status?.toUpperCase().replace("-", "_");
      if (file === undefined && status === undefined) throw new Exit(2, "expected a file, or --status");
      const input = { version: ref, ...(file === undefined ? {} : formOf(file)), status, expectedRevision };
      const { setModelCard } = await connect().mutate<{ setModelCard: SetCard }>(setCardDocument, { input });
      const { card } = setModelCard;
      if (json) return printJson(card);
      const fresh = card.isFresh ? "fresh" : "not confirmed by a person since";
      print(
        `${plainName(card.modelVersion.uri)}: card is ${card.status}, revision ${card.revision}, ${fresh}`,
      );
    });
}

function checkCommand(connect: () => StemmaClient): Command {
  return new Command("check")
    .description("say how complete a card is and what is missing; exits with 1 where something is")
    .argument("<card>", `a .md or .yaml file, or ${versionHelp}`)
    .option("--json", "as JSON")
    .action(async (what: string, { json }: { json?: boolean }) => {
      const client = connect();
      const isFile = existsSync(what) && statSync(what).isFile();
      const { completeness, problem } = isFile
        ? (await client.query<{ checkModelCard: Check }>(checkCardDocument, formOf(what))).checkModelCard
        : (await cardOf<CardLine>(client, cardDocument, { ref: what })).card;
      const { score, missing } = completeness;
      if (json) printJson({ ...completeness, problem });
      else {
        print(`${what}: ${percent(score)} complete`);
        printField("missing", missing);
        printField("problem", problem);
      }
      if (missing.length > 0) throw new Exit(1, `${missing.length} of 9 sections say nothing`);
    });
}

export function cardCommand(connect: () => StemmaClient): Command {
  return new Command("card")
    .description("the model cards of versions")
    .addCommand(getCommand(connect))
    .addCommand(setCommand(connect))
    .addCommand(checkCommand(connect));
}
