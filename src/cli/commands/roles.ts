import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { printJson, printTable } from "../printing.ts";

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
