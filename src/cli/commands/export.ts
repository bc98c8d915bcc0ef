import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { readMlflowSettings } from "../../client/environment.ts";
import { StemmaClientError } from "../../client/errors.ts";
import type { Outcome } from "../mlflow-export/outcome.ts";
import { counted, note, print, printable, printJson } from "../printing.ts";
import { type TransferFlags, transferOptionsOf, withTransferFlags } from "../transfer-options.ts";

interface Options extends TransferFlags {
  files?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

const mostWarnings = 20;
const help = `
What MLflow has no place for, such as approvals and policies, is told at the end. Versions keep their numbers.
The server is shown MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, where they are set.`;

function listOf(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([what, count]) => `${count.toLocaleString("en")} ${what}`).join(", ");
}

function tell(url: string, { written, leftOut, warnings }: Outcome, isDryRun: boolean): void {
  for (const warning of warnings.slice(0, mostWarnings)) note(`note: ${printable(warning)}`);
  const more = warnings.length - mostWarnings;
  if (more > 0) note(`note: … and ${more} more like these`);
  if (written.size === 0)
    print(`${url}: all of it is there already; nothing ${isDryRun ? "would be" : "was"} written.`);
  else print(`${url}: ${isDryRun ? "would write " : ""}${listOf(written)}`);
  if (leftOut.size > 0) print(`not exported: ${listOf(leftOut)}`);
}

export function exportCommand(connect: () => StemmaClient): Command {
  const mlflow = new Command("mlflow")
    .description("write what is missing of experiments, runs, models and versions to an MLflow server")
    .argument("<url>", "the URL of a server, MLflow 2.0 or newer")
    .option("--files", "the files of runs, logged models and versions, too")
    .option("--dry-run", "say only what would be written")
    .option("--json", "as JSON")
    .addHelpText("after", help);
  withTransferFlags(mlflow).action(async (url: string, options: Options) => {
    const { exportPlan, exportTo } = await import("../mlflow-export/export.ts");
    const { MlflowServer } = await import("../../client/mlflow-server.ts");
    const transfer = transferOptionsOf(options);
    const server = await MlflowServer.open(readMlflowSettings(url), transfer);
    const client = connect();
    let done = 0;
    const outcome = await (options.dryRun
      ? exportPlan(server, client)
      : exportTo(server, client, { withFiles: options.files ?? false, transfer, onDone: () => done++ })
    ).catch((error) => {
      if (!(error instanceof StemmaClientError) || done === 0) throw error;
      const advice = `${counted(done, "record")} are written; the same command goes on from there`;
      throw new StemmaClientError(error.code, `${error.message} (${advice})`, error.errors, { cause: error });
    });
    if (!options.json) return tell(server.url, outcome, options.dryRun ?? false);
    const { written, leftOut, warnings } = outcome;
    printJson({
      ...{ target: server.url, mlflow: server.version, dryRun: options.dryRun ?? false },
      ...{ written: Object.fromEntries(written), notExported: Object.fromEntries(leftOut), warnings },
    });
  });
  return new Command("export")
    .description("write what the registry knows to another system")
    .addCommand(mlflow);
}
