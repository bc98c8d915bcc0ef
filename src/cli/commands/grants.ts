import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { allPages, type Page } from "../all-pages.ts";
import { Exit } from "../exit.ts";
import { minuteOf, print, printable, printJson, printTable } from "../printing.ts";

export const grantRoleDocument = gql`
  mutation GrantRole($input: GrantRoleInput!) {
    grantRole(input: $input) {
      grant {
        id
        role
        scope
        group
        actor {
          name
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

export const revokeRoleDocument = gql`
  mutation RevokeRole($input: RevokeRoleInput!) {
    revokeRole(input: $input) {
      grant {
        id
        role
        scope
        group
        revokedAt
        actor {
          name
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

export const rolesDocument = gql`
  query Roles {
    roles {
      name
      isBuiltIn
      permissions {
        name
        description
      }
    }
  }
`;

interface Grant {
  id: string;
  role: string;
  scope: string;
  group: string | null;
  actor: { name: string } | null;
}

interface GrantLine extends Grant {
  createdAt: string;
  revokedAt: string | null;
  createdBy: { name: string };
}

/** Who holds it: one of the two. */
interface Holder {
  actor?: string;
  group?: string;
}

const onText = "'*', a dotted prefix such as 'risk.*', or one scope such as risk.fraud-detector";

function mustNameOne({ actor, group }: Holder, forActor: string, forGroup: string): void {
  if ((actor === undefined) === (group === undefined)) {
    throw new Exit(2, `expected either ${forActor} or ${forGroup}, and one of them`);
  }
}

const nameOf = ({ actor, group }: Holder) => printable(actor ?? `group ${group}`);

export function grantCommand(connect: () => StemmaClient): Command {
  return new Command("grant")
    .description("let an actor or a group hold a role on a scope")
    .argument("<role>", "such as VIEWER, CONTRIBUTOR, APPROVER, MAINTAINER, ADMIN; `stemma roles` lists all")
    .requiredOption("--on <scope>", onText)
    .option("--to <actor>", "an actor, by name or id")
    .option("--to-group <group>", "a group, as your identity provider calls it")
    .option("--json", "as JSON")
    .action(async (role: string, { on: scope, to: actor, toGroup: group, json }) => {
      mustNameOne({ actor, group }, "--to", "--to-group");
      const { grantRole } = await connect().mutate<{ grantRole: { grant: Grant | null } }>(
        grantRoleDocument,
        { input: { role, scope, actor, group } },
      );
      if (json) return printJson(grantRole.grant);
      print(`${nameOf({ actor, group })} is ${printable(role)} on ${printable(scope)} now.`);
    });
}

export function revokeCommand(connect: () => StemmaClient): Command {
  return new Command("revoke")
    .description("end a role of an actor or a group on a scope")
    .argument("<role>", "as it was granted; `stemma grants` lists what is")
    .requiredOption("--on <scope>", "as it was granted")
    .option("--from <actor>", "an actor, by name or id")
    .option("--from-group <group>", "a group, as your identity provider calls it")
    .option("--json", "as JSON")
    .action(async (role: string, { on: scope, from: actor, fromGroup: group, json }) => {
      mustNameOne({ actor, group }, "--from", "--from-group");
      const { revokeRole } = await connect().mutate<{ revokeRole: { grant: Grant | null } }>(
        revokeRoleDocument,
        { input: { role, scope, actor, group } },
      );
      if (json) return printJson(revokeRole.grant);
      print(`${nameOf({ actor, group })} is ${printable(role)} on ${printable(scope)} no more.`);
    });
}

interface GrantsOptions extends Holder {
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
    .action(async ({ actor, group, role, on, all, json }: GrantsOptions) => {
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

interface RoleLine {
  name: string;
  isBuiltIn: boolean;
  permissions: { name: string; description: string }[];
}

export function rolesCommand(connect: () => StemmaClient): Command {
  return new Command("roles")
    .description("list the roles and what each allows")
    .option("--json", "as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const { roles } = await connect().query<{ roles: RoleLine[] }>(rolesDocument);
      if (json) return printJson(roles);
      printTable(
        ["ROLE", "MAY"],
        roles.map(({ name, permissions }) => [
          name,
          permissions.map((permission) => permission.name).join(", "),
        ]),
      );
    });
}
