import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { allPages, type Page } from "../all-pages.ts";
import { minuteOf, print, printable, printJson, printTable } from "../printing.ts";

export const createActorDocument = gql`
  mutation CreateActor($input: CreateActorInput!) {
    createActor(input: $input) {
      actor {
        id
        name
        kind
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const deactivateActorDocument = gql`
  mutation DeactivateActor($input: DeactivateActorInput!) {
    deactivateActor(input: $input) {
      actor {
        id
        name
        deactivatedAt
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const reactivateActorDocument = gql`
  mutation ReactivateActor($input: ReactivateActorInput!) {
    reactivateActor(input: $input) {
      actor {
        id
        name
        deactivatedAt
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const actorsDocument = gql`
  query Actors($filter: ActorFilter!, $after: String) {
    actors(filter: $filter, first: 100, after: $after) {
      nodes {
        id
        name
        kind
        createdAt
        deactivatedAt
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

interface ActorLine {
  id: string;
  name: string;
  kind: string;
  createdAt: string;
  deactivatedAt: string | null;
}

interface CreateOptions {
  service?: boolean;
  oidcIssuer?: string;
  oidcSubject?: string;
  json?: boolean;
}

function createCommand(connect: () => StemmaClient): Command {
  return new Command("create")
    .description("make a person known, who may do nothing until a role is granted")
    .argument("<name>", "a unique name")
    .option("--service", "a program, not a person")
    .option("--oidc-issuer <url>", "the identity provider that knows the person")
    .option("--oidc-subject <subject>", "who it is there, as `sub` says")
    .option("--json", "as JSON")
    .action(async (name: string, { service, json, ...identity }: CreateOptions) => {
      const input = { name, kind: service ? "SERVICE" : "PERSON", ...identity };
      const { createActor } = await connect().mutate<{ createActor: { actor: ActorLine } }>(
        createActorDocument,
        { input },
      );
      if (json) return printJson(createActor.actor);
      const called = printable(createActor.actor.name);
      print(`${called} is known now (${createActor.actor.id}).`);
      print(
        `Next: stemma grant ROLE --on SCOPE --to '${called}', stemma token create --name NAME --actor '${called}'`,
      );
    });
}

function deactivateCommand(connect: () => StemmaClient): Command {
  return new Command("deactivate")
    .description("let an actor act no more: its tokens end for good, its name stays in history")
    .argument("<actor>", "a name or id")
    .option("--json", "as JSON")
    .action(async (actor: string, { json }: { json?: boolean }) => {
      const { deactivateActor } = await connect().mutate<{ deactivateActor: { actor: ActorLine } }>(
        deactivateActorDocument,
        { input: { actor } },
      );
      if (json) return printJson(deactivateActor.actor);
      print(`${printable(deactivateActor.actor.name)} acts no more; its tokens are revoked.`);
    });
}

function reactivateCommand(connect: () => StemmaClient): Command {
  return new Command("reactivate")
    .description("let a deactivated actor act again, by the roles it had and by new tokens")
    .argument("<actor>", "a name or id")
    .option("--json", "as JSON")
    .action(async (actor: string, { json }: { json?: boolean }) => {
      const { reactivateActor } = await connect().mutate<{ reactivateActor: { actor: ActorLine } }>(
        reactivateActorDocument,
        { input: { actor } },
      );
      if (json) return printJson(reactivateActor.actor);
      print(`${printable(reactivateActor.actor.name)} may act again.`);
    });
}

function listCommand(connect: () => StemmaClient): Command {
  return new Command("list")
    .description("list who may act")
    .option("--all", "those that were deactivated, too")
    .option("--json", "as JSON")
    .action(async ({ all, json }: { all?: boolean; json?: boolean }) => {
      const client = connect();
      const filter = all ? {} : { isActive: true };
      const actors = await allPages(
        async (after) =>
          (await client.query<{ actors: Page<ActorLine> }>(actorsDocument, { filter, after })).actors,
      );
      if (json) return printJson(actors);
      printTable(
        ["ID", "NAME", "KIND", "SINCE", ...(all ? ["UNTIL"] : [])],
        actors.map(({ id, name, kind, createdAt, deactivatedAt }) => [
          id,
          name,
          kind.toLowerCase(),
          minuteOf(createdAt),
          ...(all ? [deactivatedAt ? minuteOf(deactivatedAt) : "-"] : []),
        ]),
      );
    });
}

export function actorCommand(connect: () => StemmaClient): Command {
  return new Command("actor")
    .description("make people and programs known, and end what they may do")
    .addCommand(createCommand(connect))
    .addCommand(listCommand(connect))
    .addCommand(deactivateCommand(connect))
    .addCommand(reactivateCommand(connect));
}
