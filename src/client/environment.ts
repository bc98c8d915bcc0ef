// The one place outside the server that reads the environment.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import envPaths from "env-paths";
import { SettingError } from "./errors.ts";
import { LoginFile } from "./login-file.ts";
import type { MlflowSettings } from "./mlflow-server.ts";
import {
  headerTokenOf,
  isHeaderToken,
  isOfThisMachine,
  knownUrl,
  serverUrlOf,
  usualUrl,
} from "./server-url.ts";

/** Where the server is, and what to show it. */
export interface ClientSettings {
  /** Without `/graphql` and without a slash at the end. */
  url: string;
  /** Null where there is none: only a server without authentication takes that. */
  token: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where `stemma login` keeps tokens: in the usual place of the platform, such as ~/.config/stemma/config.json. */
export function usualLoginFile(): LoginFile {
  return new LoginFile(join(envPaths("stemma", { suffix: "" }).config, "config.json"));
}

/**
 * The server: `STEMMA_URL`, else that of the last login, else http://127.0.0.1:4000. The token: `STEMMA_TOKEN`, else the
 * one that a login saved for this server, else, for a server of this machine only, the one that a server started in this
 * folder keeps in ./data/admin-token. Throws SettingError.
 */
export function readClientSettings(
  env: Environment = process.env,
  folder: string = process.cwd(),
  loginFile: LoginFile = usualLoginFile(),
): ClientSettings {
  const { STEMMA_URL: address, STEMMA_TOKEN: shown } = toldIn(env);
  // A broken file is nothing to whoever says both.
  const logins = address && shown ? null : loginFile.read();
  const url = address ? serverUrlOf("STEMMA_URL", address) : (logins?.current ?? usualUrl);
  if (shown) return { url, token: headerTokenOf("STEMMA_TOKEN", shown) };
  const saved = logins?.servers.get(url)?.token;
  return { url, token: saved ?? (isOfThisMachine(url) ? keptToken(join(folder, "data")) : null) };
}

/** Where a login goes, and where it is kept. */
export interface LoginSettings {
  url: string;
  loginFile: LoginFile;
  /** Variables that go before it as long as they are set. */
  overriddenBy: ("STEMMA_URL" | "STEMMA_TOKEN")[];
}

/** `given`: the address that was typed, which goes before all others. Throws SettingError. */
export function readLoginSettings(
  given?: string,
  env: Environment = process.env,
  loginFile: LoginFile = usualLoginFile(),
): LoginSettings {
  const { STEMMA_URL: address, STEMMA_TOKEN: shown } = toldIn(env);
  const told = address ? serverUrlOf("STEMMA_URL", address) : null;
  const url = given ? serverUrlOf("--url", given) : (told ?? loginFile.read().current ?? usualUrl);
  const overriddenBy: LoginSettings["overriddenBy"] = [];
  if (told && told !== url) overriddenBy.push("STEMMA_URL");
  if (shown) overriddenBy.push("STEMMA_TOKEN");
  return { url, loginFile, overriddenBy };
}

/**
 * Puts the new secret of the token in use where a login kept the old one. Answers false where none did: then the token
 * comes from elsewhere. Throws SettingError.
 */
export function renewLogin(secret: string): boolean {
  const { url, token } = readClientSettings();
  return token !== null && usualLoginFile().replace(url, token, secret);
}

function toldIn({ STEMMA_URL, STEMMA_TOKEN }: Environment): Environment {
  return { STEMMA_URL: STEMMA_URL?.trim(), STEMMA_TOKEN: STEMMA_TOKEN?.trim() };
}

/**
 * An MLflow server as MLflow's own client is told of it: `MLFLOW_TRACKING_TOKEN`, else `MLFLOW_TRACKING_USERNAME` and
 * `MLFLOW_TRACKING_PASSWORD`. Throws SettingError, which repeats no secret.
 */
export function readMlflowSettings(given: string, env: Environment = process.env): MlflowSettings {
  const url = knownUrl(given);
  if (url === null || new URL(given).search || new URL(given).hash) {
    const came = given.includes("@")
      ? "one with a user name, which belongs into MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
      : JSON.stringify(given);
    throw new SettingError(`expected the URL of an MLflow server such as http://127.0.0.1:5000; got ${came}`);
  }
  const token = env.MLFLOW_TRACKING_TOKEN?.trim();
  if (token) return { url, authorization: `Bearer ${headerTokenOf("MLFLOW_TRACKING_TOKEN", token)}` };
  const { MLFLOW_TRACKING_USERNAME: user, MLFLOW_TRACKING_PASSWORD: password } = env;
  if (!user && !password) return { url, authorization: null };
  if (!user || !password)
    throw new SettingError(
      "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD: expected both, or neither",
    );
  return { url, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}

/** Where the demo looks for a server, and what it starts one with where none answers. */
export interface DemoSettings {
  url: string;
  /** Whether the command line asks that server where it is told nothing. */
  isCurrent: boolean;
  /** Whether a server could be started at `url`. */
  isOfThisMachine: boolean;
  /** Environment of a server to start. */
  environment: Record<string, string | undefined>;
  /** Where a server started here keeps its token, if it has to mint one. */
  tokenFile: string;
  /** The token as of now: a server mints one at its first start. */
  token(): string | null;
}

/**
 * `STEMMA_URL`, else `HOST` and `PORT`; the database is one of the demo's own unless `DATABASE_URL` says otherwise.
 * Throws SettingError.
 */
export function readDemoSettings(
  env: Environment = process.env,
  folder: string = process.cwd(),
  loginFile: LoginFile = usualLoginFile(),
): DemoSettings {
  const host = env.HOST?.trim() || "127.0.0.1";
  const isAnyHost = host === "0.0.0.0" || host === "::";
  const address = `http://${isAnyHost ? "127.0.0.1" : urlHost(host)}:${env.PORT?.trim() || "4000"}`;
  const given = env.STEMMA_URL?.trim();
  const url = given ? serverUrlOf("STEMMA_URL", given) : serverUrlOf("HOST and PORT", address);
  const { hostname, port } = new URL(url);
  const database = env.DATABASE_URL?.trim() || "sqlite:./data/demo.db";
  const dataFolder = database.startsWith("sqlite:") ? dirname(database.slice("sqlite:".length)) : "./data";
  const isHere = isOfThisMachine(url);
  return {
    url,
    isCurrent: readClientSettings({}, folder, loginFile).url === url,
    isOfThisMachine: isHere,
    environment: {
      ...env,
      HOST: given ? hostname.replace(/^\[|\]$/g, "") : host,
      PORT: port || "80",
      DATABASE_URL: database,
      LOG_LEVEL: env.LOG_LEVEL?.trim() || "warn",
    },
    tokenFile: join(dataFolder, "admin-token"),
    token: () => {
      const told = env.STEMMA_TOKEN?.trim() || env.STEMMA_ADMIN_TOKEN?.trim();
      const kept = isHere ? keptToken(resolve(folder, dataFolder)) : null;
      const shown = told || kept || undefined;
      return readClientSettings({ STEMMA_URL: url, STEMMA_TOKEN: shown }, folder, loginFile).token;
    },
  };
}

const urlHost = (host: string) => (host.includes(":") ? `[${host}]` : host);

function keptToken(dataFolder: string): string | null {
  try {
    const token = readFileSync(join(resolve(dataFolder), "admin-token"), "utf8").trim();
    return isHeaderToken(token) ? token : null;
  } catch {
    return null;
  }
}
