import { text } from "node:stream/consumers";
import { Command, Option } from "commander";
import { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { type LoginSettings, readLoginSettings } from "../../client/environment.ts";
import { StemmaClientError } from "../../client/errors.ts";
import { isHeaderToken, isOfThisMachine } from "../../client/server-url.ts";
import { Exit } from "../exit.ts";
import { minuteOf, note, print, printable } from "../printing.ts";
import { askSecret } from "../secret-prompt.ts";

export const loginDocument = gql`
  query Login {
    viewer {
      actor {
        name
      }
      token {
        id
        name
        expiresAt
      }
    }
  }
`;

interface LoginAnswer {
  viewer: { actor: { name: string }; token: { id: string; name: string; expiresAt: string } | null };
}

const whyNotTyped =
  "a token is no argument: it would stay in the shell's history, and show in the list of processes; type it when asked, or pipe it to --token-stdin";

async function tokenFor(url: string, isFromStdin: boolean): Promise<string> {
  if (!isFromStdin && !process.stdin.isTTY) {
    throw new Exit(2, "there is no terminal to ask for the token; give it on stdin with --token-stdin");
  }
  const given = isFromStdin ? await text(process.stdin) : await askSecret(`Token for ${printable(url)}: `);
  const token = given.trim();
  if (isHeaderToken(token)) return token;
  throw new Exit(2, "expected a token: printable characters without spaces, on one line");
}

/** Who that token is there. Throws where it is nobody's. */
async function checked(url: string, token: string): Promise<LoginAnswer["viewer"]> {
  try {
    return (await new StemmaClient({ url, token }).query<LoginAnswer>(loginDocument)).viewer;
  } catch (error) {
    if (!(error instanceof StemmaClientError) || error.code !== "UNAUTHENTICATED") throw error;
    const said = error.errors.map(({ message }) => message).join("; ");
    throw new Exit(1, `the server at ${url} does not take this token (it says: ${said}); nothing was saved`);
  }
}

interface Options {
  url?: string;
  tokenStdin?: boolean;
  token?: unknown;
}

function warnOf({ overriddenBy, url }: LoginSettings): void {
  for (const name of overriddenBy) note(`note: ${name} is set, and goes before this login`);
  if (url.startsWith("http:") && !isOfThisMachine(url)) {
    note("note: http:// shows the token to everybody on the way; https:// does not");
  }
}

async function logIn({ url: given, tokenStdin, token: typed }: Options, { args }: Command): Promise<void> {
  if (typed !== undefined || args.length > 0) throw new Exit(2, whyNotTyped);
  const settings = readLoginSettings(given);
  const { url, loginFile } = settings;
  warnOf(settings);
  const token = await tokenFor(url, tokenStdin === true);
  const { actor, token: known } = await checked(url, token);
  loginFile.save(url, token);
  const until = known ? `, until ${minuteOf(known.expiresAt)} UTC` : "";
  print(`You are ${printable(actor.name)} at ${url}${until}.`);
  note(`The token is kept in ${loginFile.path}, for you alone.`);
}

export function loginCommand(): Command {
  return new Command("login")
    .description("show who you are: asks for a token, tries it, and keeps it for this server")
    .option("--url <url>", "the server; where not given, STEMMA_URL, or the one of the last login")
    .option("--token-stdin", "take the token from stdin; it is never an argument")
    .addOption(new Option("--token [secret]").hideHelp())
    .allowExcessArguments()
    .action(logIn);
}

export function logoutCommand(): Command {
  return new Command("logout")
    .description("forget the token that a login kept; it stays good until it is revoked or ends")
    .option("--url <url>", "the server; where not given, STEMMA_URL, or the one of the last login")
    .action(({ url: given }: { url?: string }) => {
      const { url, loginFile } = readLoginSettings(given);
      print(loginFile.forget(url) ? `The token for ${url} is forgotten.` : `No token was kept for ${url}.`);
    });
}
