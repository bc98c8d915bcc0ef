import { Command } from "commander";
import type { StemmaClient } from "../../client/client.ts";
import { gql } from "../../client/document.ts";
import { readMlflowSettings } from "../../client/environment.ts";
import { StemmaClientError } from "../../client/errors.ts";
import type { ImportBatch } from "../../client/import-batch.ts";
import type { MlflowServer } from "../../client/mlflow-server.ts";
import type { TransferOptions } from "../../client/paged-transfers.ts";
import { Exit } from "../exit.ts";
import type { LoggedFiles } from "../logged-files.ts";
import { counted, note, print, printable, printJson } from "../printing.ts";
import { progress } from "../progress.ts";
import { sizeText } from "../sizes.ts";
import { BatchCounter, type Source, type SourceCounts } from "../sources/source.ts";
import type { OwnStage } from "../sources/stage-mapping.ts";
import { type TransferFlags, transferOptionsOf, withTransferFlags } from "../transfer-options.ts";
import type { VersionFiles } from "../version-files.ts";

export const importDocument = gql`
  mutation ImportHistory($input: ImportHistoryInput!) {
    importHistory(input: $input) {
      imported
      userErrors {
        code
        message
        path
      }
    }
  }
`;

export const stagesDocument = gql`
  query Stages {
    stages {
      name
      synonyms
    }
  }
`;

const mostWarnings = 20;
const mlflowHelp = `
A server is shown MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, where they are set.`;

interface Options {
  repository?: string;
  json?: boolean;
}

interface MlflowOptions extends Options, TransferFlags {
  files?: boolean;
}

/** What brings files of a server, too. */
interface FilesToo {
  logged: LoggedFiles;
  versions: VersionFiles;
}

/** Records and metric points of runs: what the bar counts. */
function sizeOf(batch: ImportBatch): number {
  const records = Object.values(batch).filter(Array.isArray);
  const points = (batch.runs ?? []).map(({ metrics }) => metrics ?? []);
  return [...records, ...points].reduce((sum, list) => sum + list.length, 0);
}

function sizeOfAll(counts: SourceCounts): number {
  const { experiments, commits, runs, loggedModels, models, versions, aliases, metrics } = counts;
  return experiments + commits + runs + loggedModels + models + versions + aliases + metrics;
}

/**
 * Sends batch after batch; answers how many records were new, and what was in the batches. `total`: how many there will
 * be, where that is known. `files`: what brings files, too.
 */
async function send(
  client: StemmaClient,
  source: Source,
  total: number | null,
  files?: FilesToo,
): Promise<{ imported: number; counts: SourceCounts }> {
  const bar = progress("records");
  if (total !== null) bar.start(total);
  const counter = new BatchCounter();
  let imported = 0;
  let sent = 0;
  try {
    for await (const batch of source.batches()) {
      const { importHistory } = await client.mutate<{ importHistory: { imported: number } }>(importDocument, {
        input: { batch: files?.versions.before(batch) ?? batch },
      });
      imported += importHistory.imported;
      sent += sizeOf(batch);
      counter.add(batch);
      if (total !== null) bar.add(sizeOf(batch));
      await files?.logged.after(batch);
      await files?.versions.after(batch);
    }
  } catch (error) {
    if (!(error instanceof StemmaClientError) || sent === 0) throw error;
    const ofAll = total === null ? "" : ` of ${total}`;
    const advice = `${counted(sent, "record")}${ofAll} are in; the same command goes on from there`;
    throw new StemmaClientError(error.code, `${error.message} (${advice})`, error.errors, { cause: error });
  } finally {
    bar.stop();
  }
  return { imported, counts: counter.counts };
}

function summaryOf(counts: SourceCounts): string[] {
  const deleted = (count: number) => (count > 0 ? ` (${count} deleted)` : "");
  const parts: [number, string][] = [
    [counts.experiments, counted(counts.experiments, "experiment")],
    [counts.runs, counted(counts.runs, "run") + deleted(counts.deletedRuns)],
    [counts.models, counted(counts.models, "model")],
    [counts.versions, counted(counts.versions, "version") + deleted(counts.deletedVersions)],
    [counts.stays, `${counted(counts.stays, "stay")} in stages`],
    [counts.aliases, counted(counts.aliases, "alias", "aliases")],
    [counts.loggedModels, counted(counts.loggedModels, "logged model")],
    [counts.datasets, `${counted(counts.datasets, "dataset version")} in ${counted(counts.inputs, "use")}`],
    [counts.outputs, `${counted(counts.outputs, "output")} of runs`],
    [counts.commits, counted(counts.commits, "commit")],
    [counts.params, counted(counts.params, "param")],
    [counts.metrics, counted(counts.metrics, "metric point")],
  ];
  return parts.filter(([count]) => count > 0).map(([, text]) => text);
}

async function importFrom(
  source: Source,
  client: StemmaClient,
  { json }: Options,
  files?: FilesToo,
): Promise<void> {
  const total = source.isLive ? null : sizeOfAll(await source.counts());
  const { imported, counts } = await send(client, source, total, files);
  for (const warning of source.warnings.slice(0, mostWarnings)) note(`note: ${printable(warning)}`);
  const more = source.warnings.length - mostWarnings;
  if (more > 0) note(`note: … and ${more} more like these`);
  if (json) {
    const told = { source: source.name, imported, counts, files: files && broughtBy(files) };
    printJson({ ...told, warnings: source.warnings });
    return;
  }
  print(`${printable(source.name)}: ${summaryOf(counts).join(", ") || "nothing to import"}`);
  print(
    imported === 0
      ? "All of it was here already; nothing was changed."
      : `${counted(imported, "record")} were new.`,
  );
  if (files) tellFiles(files);
}

function broughtBy({ versions, logged }: FilesToo) {
  return {
    ...{ versions: versions.filled, runs: logged.filled.run, loggedModels: logged.filled["logged model"] },
    files: versions.fileCount + logged.fileCount,
    bytes: versions.sentBytes + logged.sentBytes,
    deletedRuns: logged.deletedRuns,
  };
}

function tellFiles(brought: FilesToo): void {
  const { versions, runs, loggedModels, files, bytes, deletedRuns } = broughtBy(brought);
  const holders: [number, string][] = [
    [versions, "version"],
    [runs, "run"],
    [loggedModels, "logged model"],
  ];
  const filled = holders.flatMap(([count, noun]) => (count > 0 ? [counted(count, noun)] : []));
  if (filled.length === 0) print("No files were missing.");
  else print(`Files of ${filled.join(", ")}: ${counted(files, "file")}, ${sizeText(bytes)}.`);
  if (deletedRuns > 0) print(`Files of ${counted(deletedRuns, "deleted run")} are left out.`);
}

/** Throws Exit where a pair is none, or a stage is given twice. */
function stagePairs(pairs: readonly string[]): Map<string, string> {
  const stages = new Map<string, string>();
  for (const pair of pairs) {
    const cut = pair.indexOf("=");
    const [theirs, ours] = [pair.slice(0, cut), pair.slice(cut + 1)];
    if (cut < 1 || ours === "" || stages.has(theirs))
      throw new Exit(2, `--stage: expected each of GTO's stages once, as prod=Production; got ${pair}`);
    stages.set(theirs, ours);
  }
  return stages;
}

async function filesToo(
  server: MlflowServer,
  client: StemmaClient,
  transfer: TransferOptions,
): Promise<FilesToo> {
  const { MlflowServer } = await import("../../client/mlflow-server.ts");
  const { LoggedFiles } = await import("../logged-files.ts");
  const { VersionFiles } = await import("../version-files.ts");
  const here = await MlflowServer.open(client.asMlflow, transfer);
  return {
    logged: new LoggedFiles(server, client, here, transfer),
    versions: new VersionFiles(server, client, transfer),
  };
}

/** Each source is loaded by the one command that reads it: the others start without its parsers. */
export function importCommand(connect: () => StemmaClient): Command {
  const mlflow = new Command("mlflow")
    .description("take over an MLflow server, a folder mlruns, or a SQLite file; again changes nothing")
    .argument("<store>", "the URL of a server, the folder, or the file")
    .option("--repository <name>", "repository of commits for which the store names none")
    .option("--files", "of a server, take over the files of its runs, logged models and versions, too")
    .option("--json", "what was imported, as JSON")
    .addHelpText("after", mlflowHelp);
  withTransferFlags(mlflow).action(async (store: string, options: MlflowOptions) => {
    const { repository } = options;
    if (!/^https?:\/\//i.test(store)) {
      if (options.files)
        throw new Exit(2, "--files: expected the URL of a server; its store keeps files by its side");
      const { openSource } = await import("../sources/open-source.ts");
      return importFrom(await openSource(store, { repository }), connect(), options);
    }
    const { openMlflowServer } = await import("../sources/mlflow-rest.ts");
    const { MlflowServer } = await import("../../client/mlflow-server.ts");
    const transfer = transferOptionsOf(options);
    const server = await MlflowServer.open(readMlflowSettings(store), transfer);
    const client = connect();
    const files = options.files ? await filesToo(server, client, transfer) : undefined;
    await importFrom(openMlflowServer(server, { repository }), client, options, files);
  });
  const git = new Command("git")
    .description("take over the commits of a repository, with their parents; again changes nothing")
    .argument("<path>", "a folder of the repository")
    .option("--repository <name>", "what to call it, where its remote is not meant")
    .option("--json", "what was imported, as JSON")
    .action(async (path: string, options: Options) => {
      const { openGitHistory } = await import("../sources/git-history.ts");
      await importFrom(await openGitHistory(path, { repository: options.repository }), connect(), options);
    });
  const gto = new Command("gto")
    .description("take over the registry that GTO keeps in the tags of a repository; again changes nothing")
    .argument("<path>", "a folder of the repository")
    .option("--repository <name>", "what to call it, where its remote is not meant")
    .option(
      "--stage <theirs=ours>",
      "which stage one of GTO's is, where it has another name here; may be repeated. " +
        "By custom dev is Development or else Staging, test and stage are Staging, prod is Production",
      (pair: string, pairs: string[]) => [...pairs, pair],
      [],
    )
    .option("--json", "what was imported, as JSON")
    .action(async (path: string, options: Options & { stage: string[] }) => {
      const { openGtoRegistry } = await import("../sources/gto-registry.ts");
      const stages = stagePairs(options.stage);
      const client = connect();
      const { stages: own } = await client.query<{ stages: OwnStage[] }>(stagesDocument);
      const source = await openGtoRegistry(path, { repository: options.repository, own, stages });
      await importFrom(source, client, options);
    });
  const dvc = new Command("dvc")
    .description("take over what the dvc.lock files of a repository ever said; again changes nothing")
    .argument("<path>", "a folder of the repository")
    .option("--repository <name>", "what to call it, where its remote is not meant")
    .option("--experiment <name>", "the experiment of its runs, where the repository's name is not meant")
    .option("--json", "what was imported, as JSON")
    .action(async (path: string, options: Options & { experiment?: string }) => {
      const { openDvcHistory } = await import("../sources/dvc-history.ts");
      const { repository, experiment } = options;
      await importFrom(await openDvcHistory(path, { repository, experiment }), connect(), options);
    });
  return new Command("import")
    .description("take over what another system knows")
    .addCommand(mlflow)
    .addCommand(git)
    .addCommand(gto)
    .addCommand(dvc);
}
