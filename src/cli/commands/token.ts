import { Command, InvalidArgumentError } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { allPages, type Page } from "../all-pages.ts";
import { Exit } from "../exit.ts";
import { minuteOf, note, print, printable, printJson, printTable } from "../printing.ts";

export const createTokenDocument = gql`
  mutation CreateToken($input: CreateTokenInput!) {
    createToken(input: $input) {
      token {
        id
        name
        scopes
        expiresAt
        actor {
          name
        }
      }
      secret
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const rotateTokenDocument = gql`
  mutation RotateToken($input: RotateTokenInput!) {
    rotateToken(input: $input) {
      token {
        id
        name
        scopes
        expiresAt
        actor {
          name
        }
      }
      secret
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const revokeTokenDocument = gql`
  mutation RevokeToken($input: RevokeTokenInput!) {
    revokeToken(input: $input) {
      token {
        id
        name
        revokedAt
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const ownTokenDocument = gql`
  query OwnToken {
    viewer {
      actor {
        id
      }
      token {
        id
      }
    }
  }
`;

export const tokensDocument = gql`
  query Tokens($actor: String!, $includeEnded: Boolean!, $after: String) {
    actor(actor: $actor) {
      tokens(includeEnded: $includeEnded, first: 100, after: $after) {
        nodes {
          id
          name
          scopes
          createdAt
          expiresAt
          lastUsedAt
          revokedAt
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

interface OwnToken {
  viewer: { actor: { id: string }; token: { id: string } | null };
}

interface TokenLine {
  id: string;
  name: string;
  scopes: string[];
  createdAt: string;
  expiresAt: string;
  lastUsedAt: string | null;
  revokedAt: string | null;
}

interface Minted {
  /** Null where the caller may make it, but not see it. */
  token: { id: string; name: string; scopes: string[]; expiresAt: string; actor: { name: string } } | null;
  secret: string;
}

interface MintOptions {
  expires?: string;
  quiet?: boolean;
  json?: boolean;
}

const hourMillis = 3_600_000;
const spans: Record<string, number> = { h: hourMillis, d: 24 * hourMillis, w: 7 * 24 * hourMillis };

/** An instant as the API takes it. */
function expiryOf(text: string): string {
  const [, count, unit] = /^(\d{1,4})([hdw])$/.exec(text) ?? [];
  if (count && unit) return new Date(Date.now() + Number(count) * spans[unit]!).toISOString();
  if (/^\d{4}-\d\d-\d\d(T.+)?$/.test(text) && !Number.isNaN(Date.parse(text))) {
    return new Date(text).toISOString();
  }
  throw new InvalidArgumentError("expected a span such as 12h, 30d or 8w, or a date such as 2030-01-31");
}

function tokenIdOf(text: string): string {
  if (/^tok_[1-9]\d*$/.test(text)) return text;
  throw new InvalidArgumentError("expected a token's id such as tok_7; `stemma token list` shows them");
}

/** The secret goes to stdout, alone, so that `$(…)` takes it; what people want to know goes to stderr. */
function tellSecret({ token, secret }: Minted, { quiet, json }: MintOptions): void {
  if (json) {
    printJson({ token, secret });
    return;
  }
  if (!quiet && token) {
    const may = token.scopes.includes("*") ? "all that it may do" : token.scopes.join(", ");
    note(
      `${token.id} "${printable(token.name)}" acts as ${printable(token.actor.name)} (${printable(may)}) until ${minuteOf(token.expiresAt)} UTC.`,
    );
  }
  if (!quiet) note("This is its secret. It is shown this once:");
  print(secret);
}

interface CreateOptions extends MintOptions {
  name: string;
  actor?: string;
  scope?: string[];
}

function createCommand(connect: () => StemmaClient): Command {
  return new Command("create")
    .description("make a token; its secret alone goes to stdout")
    .requiredOption("--name <name>", "what it is for, such as laptop or nightly-training")
    .option("--actor <actor>", "whom it acts as: a name or id; yourself where not given")
    .option(
      "--scope <scopes...>",
      "what it is narrowed to: permissions and built-in roles, such as registry:read or 'CONTRIBUTOR@risk.*'",
    )
    .option("--expires <when>", "a span such as 12h, 30d or 8w, or a date; 90d where not given", expiryOf)
    .option("--quiet", "nothing but the secret")
    .option("--json", "as JSON, the secret included")
    .action(async ({ name, actor, scope, expires, ...options }: CreateOptions) => {
      const input = { name, actor, scopes: scope, expiresAt: expires };
      const { createToken } = await connect().mutate<{ createToken: Minted }>(createTokenDocument, { input });
      tellSecret(createToken, options);
    });
}

function rotateCommand(connect: () => StemmaClient, renewLogin: (secret: string) => boolean): Command {
  return new Command("rotate")
    .description("give a token a new secret, which alone goes to stdout; the old one is void at once")
    .argument("<id>", "its id, such as tok_7", tokenIdOf)
    .option("--expires <when>", "a span such as 12h, 30d or 8w, or a date; 90d where not given", expiryOf)
    .option("--quiet", "nothing but the secret")
    .option("--json", "as JSON, the secret included")
    .action(async (id: string, { expires, ...options }: MintOptions) => {
      const client = connect();
      const { viewer } = await client.query<OwnToken>(ownTokenDocument);
      const { rotateToken } = await client.mutate<{ rotateToken: Minted }>(rotateTokenDocument, {
        input: { token: id, expiresAt: expires },
      });
      tellSecret(rotateToken, options);
      if (viewer.token?.id !== id) return;
      // It was the one that is shown here: without the new one the next command would be refused.
      const isKept = renewLogin(rotateToken.secret);
      if (options.quiet) return;
      note(
        isKept
          ? `Your login at ${client.url} has it already.`
          : "You showed it yourself: set STEMMA_TOKEN anew.",
      );
    });
}

function revokeCommand(connect: () => StemmaClient): Command {
  return new Command("revoke")
    .description("end a token at once, for good")
    .argument("<id>", "its id, such as tok_7", tokenIdOf)
    .option("--json", "as JSON")
    .action(async (id: string, { json }: { json?: boolean }) => {
      const { revokeToken } = await connect().mutate<{ revokeToken: { token: TokenLine | null } }>(
        revokeTokenDocument,
        { input: { token: id } },
      );
      if (json) return printJson(revokeToken.token);
      print(`${id}${revokeToken.token ? ` "${printable(revokeToken.token.name)}"` : ""} is revoked.`);
    });
}

interface ListOptions {
  actor?: string;
  all?: boolean;
  json?: boolean;
}

async function tokensOf(client: StemmaClient, { actor, all }: ListOptions): Promise<TokenLine[]> {
  const owner = actor ?? (await client.query<OwnToken>(ownTokenDocument)).viewer.actor.id;
  return allPages(async (after) => {
    const found = await client.query<{ actor: { tokens: Page<TokenLine> } | null }>(tokensDocument, {
      actor: owner,
      includeEnded: all === true,
      after,
    });
    if (!found.actor) throw new Exit(1, `${owner}: there is no such actor`);
    return found.actor.tokens;
  });
}

function listCommand(connect: () => StemmaClient): Command {
  return new Command("list")
    .description("list tokens, never their secrets")
    .option("--actor <actor>", "whose: a name or id; your own where not given")
    .option("--all", "those that were revoked or have expired, too")
    .option("--json", "as JSON")
    .action(async (options: ListOptions) => {
      const tokens = await tokensOf(connect(), options);
      if (options.json) return printJson(tokens);
      if (tokens.length === 0) return print("No tokens, or none that you may see.");
      printTable(
        ["ID", "NAME", "NARROWED TO", "MADE", "UNTIL", "LAST USED"],
        tokens.map(({ id, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }) => [
          id,
          name,
          scopes.includes("*") ? "-" : scopes.join(", "),
          minuteOf(createdAt),
          revokedAt ? `revoked ${minuteOf(revokedAt)}` : minuteOf(expiresAt),
          lastUsedAt ? minuteOf(lastUsedAt) : "never",
        ]),
      );
    });
}

/** `renewLogin` keeps the new secret of the token in use where a login kept the old one. */
export function tokenCommand(connect: () => StemmaClient, renewLogin: (secret: string) => boolean): Command {
  return new Command("token")
    .description("make, list, rotate and revoke tokens")
    .addCommand(createCommand(connect))
    .addCommand(listCommand(connect))
    .addCommand(rotateCommand(connect, renewLogin))
    .addCommand(revokeCommand(connect));
}
