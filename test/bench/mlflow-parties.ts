import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import {
  howToInstall,
  type MlflowVersion,
  mlflowVersions,
  pythonWith,
  suitablePython,
} from "../conformance/environments.ts";
import { freePort } from "../support/mariadb.ts";
import { askOnce, requestBytes } from "./load.ts";
import { benchToken } from "./seed.ts";
import { built, type Server, startProgram, startServer } from "./servers.ts";

const run = promisify(execFile);
/** What each asks MySQL with. MLflow 2 names what SQLAlchemy has no more since 2.1. */
const drivers: Record<MlflowVersion, readonly string[]> = {
  "2.22.5": ["PyMySQL==1.2.4", "SQLAlchemy==2.0.44"],
  "3.17.2": ["PyMySQL==1.2.4"],
};
/** What each of its workers says: they are another program's since MLflow 3. */
const hasStarted: Record<MlflowVersion, string> = {
  "2.22.5": "Booting worker with pid",
  "3.17.2": "Application startup complete",
};

/** One of the two that are asked the same. */
export interface Party {
  name: "MLflow" | "Stemma";
  /** MLflow's workers share a port; each process of Stemma has its own. */
  servers: readonly Server[];
  /** What it is shown with every request. */
  headers: Record<string, string>;
}

export const portsOf = ({ servers }: Party) => servers.map(({ port }) => port);

/** Over all its processes; null where the system does not tell. */
export function totalOf({ servers }: Party, what: "cpuMillis" | "residentBytes"): number | null {
  const each = servers.map((server) => server[what]());
  return each.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

/** A request of MLflow's REST API. */
export function restRequest(party: Party, method: "GET" | "POST", path: string, given: object): Buffer {
  const url = `/api/2.0/mlflow/${path}`;
  if (method === "POST") return requestBytes(method, url, party.headers, JSON.stringify(given));
  return requestBytes(
    method,
    `${url}?${new URLSearchParams(given as Record<string, string>)}`,
    party.headers,
  );
}

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its endpoint
export async function askRest(party: Party, path: string, given: object): Promise<any> {
  const { status, body } = await askOnce(party.servers[0]!.port, restRequest(party, "POST", path, given));
  if (status !== 200) throw new Error(`${party.name}, ${path}: ${status} ${body.slice(0, 2_000)}`);
  return JSON.parse(body);
}

export async function stopped({ servers }: Party): Promise<void> {
  for (const server of servers) await server.stop();
}

/** As many processes as wanted on one database and one store. */
export async function startStemma(databaseUrl: string, store: string, processes: number): Promise<Party> {
  const environment = {
    ...{ DATABASE_URL: databaseUrl, OBJECT_STORE_URL: `file:${store}`, PORT: "0" },
    ...{ STEMMA_ADMIN_TOKEN: benchToken, RATE_LIMIT_PER_SECOND: "0" },
  };
  const servers: Server[] = [];
  const party: Party = { name: "Stemma", servers, headers: { authorization: `Bearer ${benchToken}` } };
  try {
    // One after the other: the first one makes the tables.
    for (let at = 0; at < processes; at++) servers.push(await startServer(built("main.js"), [], environment));
    return party;
  } catch (error) {
    await stopped(party);
    throw error;
  }
}

/** `mlflow server` as its users start it, less the processes that run jobs. */
export async function startMlflow(
  version: MlflowVersion,
  { databaseUrl, artifacts, workers }: { databaseUrl: string; artifacts: string; workers: number },
): Promise<Party> {
  const python = await pythonOfMlflow(version);
  const driver = await driversFor(python, version);
  const port = await freePort();
  const server = await startProgram({
    program: python,
    args: [
      ...["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", String(port)],
      ...["--workers", String(workers), "--artifacts-destination", artifacts],
      ...["--backend-store-uri", databaseUrl.replace(/^mysql:/, "mysql+pymysql:")],
    ],
    environmentOf: (folder) => ({
      HOME: folder,
      PYTHONPATH: driver,
      PYTHONPYCACHEPREFIX: join(dirname(python), "../compiled"),
      MLFLOW_DISABLE_TELEMETRY: "true",
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
    }),
    isQuiet: true,
    portIn: (log) => (log.split(hasStarted[version]).length > workers ? port : null),
  });
  return { name: "MLflow", servers: [server], headers: {} };
}

async function pythonOfMlflow(version: MlflowVersion): Promise<string> {
  const python = await suitablePython();
  if (!python) throw new Error(howToInstall);
  return pythonWith(python, version);
}

/** The one of this name. Throws what names those there are. */
export function mlflowVersionOf(given: string): MlflowVersion {
  const version = mlflowVersions.find((known) => known === given);
  if (version) return version;
  throw new Error(`--mlflow: one of ${mlflowVersions.join(", ")}; got ${given}`);
}

/** Beside the environment, which others share; it is there whole or not at all. */
async function driversFor(python: string, version: MlflowVersion): Promise<string> {
  const wanted = drivers[version];
  const kept = join(dirname(python), "../..", wanted.join("-").replaceAll("==", "-").toLowerCase());
  if (!existsSync(kept)) {
    const fresh = await mkdtemp(`${kept}.`);
    await run(python, ["-m", "pip", "install", "--quiet", "--target", fresh, ...wanted]);
    await rename(fresh, kept).catch(async (cause) => {
      // Another run may have been first.
      await rm(fresh, { recursive: true });
      if (!existsSync(kept)) throw cause;
    });
  }
  return kept;
}
