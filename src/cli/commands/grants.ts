import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { allPages, type Page } from "../all-pages.ts";
import { minuteOf, print, printJson, printTable } from "../printing.ts";

export const grantsDocument = gql`
  query Grants($filter: GrantFilter!, $after: String) {
    grants(filter: $filter, first: 100, after: $after) {
      nodes {
        id
        role
        scope
        group
        createdAt
        revokedAt
        actor {
          name
        }
        createdBy {
          name
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

interface GrantLine {
  id: string;
  role: string;
  scope: string;
  group: string | null;
  actor: { name: string } | null;
  createdAt: string;
  revokedAt: string | null;
  createdBy: { name: string };
}

interface Options {
  actor?: string;
  group?: string;
  role?: string;
  on?: string;
  all?: boolean;
  json?: boolean;
}

export function grantsCommand(connect: () => StemmaClient): Command {
  return new Command("grants")
    .description("list who holds which role where, as far as you may see it")
    .option("--actor <actor>", "only to this actor itself, by name or id")
    .option("--group <group>", "only to this group")
    .option("--role <role>", "only this role")
    .option("--on <scope>", "only on this scope, as it was granted")
    .option("--all", "those that were revoked, too")
    .option("--json", "as JSON")
    .action(async ({ actor, group, role, on, all, json }: Options) => {
      const client = connect();
      const is = (text: string | undefined) => (text === undefined ? undefined : { eq: text });
      const filter = { actor, group: is(group), role: is(role), scope: is(on), includeRevoked: all };
      const grants = await allPages(
        async (after) =>
          (await client.query<{ grants: Page<GrantLine> }>(grantsDocument, { filter, after })).grants,
      );
      if (json) return printJson(grants);
      if (grants.length === 0) return print("No grants, or none that you may see.");
      printTable(
        ["ID", "HOLDER", "ROLE", "ON", "SINCE", "BY", ...(all ? ["UNTIL"] : [])],
        grants.map((grant) => [
          grant.id,
          grant.actor?.name ?? `group ${grant.group}`,
          grant.role,
          grant.scope,
          minuteOf(grant.createdAt),
          grant.createdBy.name,
          ...(all ? [grant.revokedAt ? minuteOf(grant.revokedAt) : "-"] : []),
        ]),
      );
    });
}
