import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { allPages, type Page } from "../all-pages.ts";
import { minuteOf, print, printable, printField, printJson } from "../printing.ts";

export const whoamiDocument = gql`
  query WhoAmI($after: String) {
    viewer {
      actor {
        id
        name
        kind
      }
      token {
        id
        name
        scopes
        expiresAt
      }
      groups
      permissions(scope: "*")
      grants(first: 100, after: $after) {
        nodes {
          id
          role
          scope
          group
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

interface Grant {
  id: string;
  role: string;
  scope: string;
  /** The group that brings it; null where it is one's own. */
  group: string | null;
}

interface Viewer {
  actor: { id: string; name: string; kind: string };
  token: { id: string; name: string; scopes: string[]; expiresAt: string } | null;
  groups: string[];
  /** Held everywhere. */
  permissions: string[];
  grants: Page<Grant>;
}

/** Who asks, with all of its grants. */
async function wholeViewer(client: StemmaClient): Promise<Omit<Viewer, "grants"> & { grants: Grant[] }> {
  let first: Viewer | null = null;
  const grants = await allPages(async (after) => {
    const { viewer } = await client.query<{ viewer: Viewer }>(whoamiDocument, { after });
    first ??= viewer;
    return viewer.grants;
  });
  return { ...first!, grants };
}

function rolesIn({ grants, permissions }: { grants: Grant[]; permissions: string[] }): string[] {
  if (grants.length === 0) {
    // Only the administrator of the settings needs none.
    return [permissions.length > 0 ? "none needed: it may do everything" : "none: it may do nothing yet"];
  }
  return grants.map(
    ({ role, scope, group }) => `${role} on ${scope}${group === null ? "" : ` by group ${group}`}`,
  );
}

export function whoamiCommand(connect: () => StemmaClient): Command {
  return new Command("whoami")
    .description("say as whom you ask which server, by which token, and your roles")
    .option("--json", "as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const client = connect();
      const viewer = await wholeViewer(client);
      if (json) return printJson({ server: client.url, ...viewer });
      const { actor, token, groups } = viewer;
      print(printable(actor.name));
      printField("id", actor.id);
      printField("kind", actor.kind.toLowerCase());
      printField("server", client.url);
      printField(
        "token",
        token
          ? `${token.name} (${token.id}), until ${minuteOf(token.expiresAt)} UTC`
          : "not one that the registry gave out",
      );
      printField("narrowed to", token?.scopes.includes("*") ? null : token?.scopes);
      printField("groups", groups);
      printField("roles", rolesIn(viewer));
    });
}
