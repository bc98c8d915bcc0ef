import { fileURLToPath } from "node:url";
import { programOf } from "../support/mariadb.ts";
import { startPrivate } from "../support/private-server.ts";
import { type MlflowVersion, newest, pythonOf } from "./environments.ts";
import { flagsOf } from "./python-client.ts";

const launcher = fileURLToPath(new URL("mlflow-server.py", import.meta.url));

/** MLflow's own server, on SQLite or, of MLflow 2, on a folder. Ready in a few seconds. */
export async function startRealServer(
  version: MlflowVersion = newest,
): Promise<{ url: string; token: string; stop(): Promise<void> }> {
  const python = pythonOf(version);
  const ending = programOf("setpriv");
  const server = await startPrivate({
    name: "mlflow",
    program: ending ?? python,
    argumentsOf: (folder) => [
      ...(ending ? ["--pdeathsig", "KILL", python] : []),
      ...[...flagsOf(python), launcher, folder],
    ],
    told: /^listening on (\d+)$/m,
  });
  return { url: `http://127.0.0.1:${server.said}`, token: "none", stop: server.stop };
}
