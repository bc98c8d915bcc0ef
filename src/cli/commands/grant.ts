import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { Exit } from "../exit.ts";
import { print, printable, printJson } from "../printing.ts";

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

interface GrantOptions {
  on: string;
  to?: string;
  toGroup?: string;
  json?: boolean;
}

export function grantCommand(connect: () => StemmaClient): Command {
  return new Command("grant")
    .description("let an actor or a group hold a role on a scope")
    .argument("<role>", "such as VIEWER, CONTRIBUTOR, APPROVER, MAINTAINER, ADMIN; `stemma roles` lists all")
    .requiredOption("--on <scope>", onText)
    .option("--to <actor>", "an actor, by name or id")
    .option("--to-group <group>", "a group, as your identity provider calls it")
    .option("--json", "as JSON")
    .action(async (role: string, { on: scope, to: actor, toGroup: group, json }: GrantOptions) => {
      mustNameOne({ actor, group }, "--to", "--to-group");
      const { grantRole } = await connect().mutate<{ grantRole: { grant: unknown } }>(grantRoleDocument, {
        input: { role, scope, actor, group },
      });
      if (json) return printJson(grantRole.grant);
      print(`${nameOf({ actor, group })} is ${printable(role)} on ${printable(scope)} now.`);
    });
}

interface RevokeOptions {
  on: string;
  from?: string;
  fromGroup?: string;
  json?: boolean;
}

export function revokeCommand(connect: () => StemmaClient): Command {
  return new Command("revoke")
    .description("end a role of an actor or a group on a scope")
    .argument("<role>", "as it was granted; `stemma grants` lists what is")
    .requiredOption("--on <scope>", "as it was granted")
    .option("--from <actor>", "an actor, by name or id")
    .option("--from-group <group>", "a group, as your identity provider calls it")
    .option("--json", "as JSON")
    .action(async (role: string, { on: scope, from: actor, fromGroup: group, json }: RevokeOptions) => {
      mustNameOne({ actor, group }, "--from", "--from-group");
      const { revokeRole } = await connect().mutate<{ revokeRole: { grant: unknown } }>(revokeRoleDocument, {
        input: { role, scope, actor, group },
      });
      if (json) return printJson(revokeRole.grant);
      print(`${nameOf({ actor, group })} is ${printable(role)} on ${printable(scope)} no more.`);
    });
}
