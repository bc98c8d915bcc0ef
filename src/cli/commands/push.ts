import { Command, Option } from "commander";
import { bundleDigestOf } from "../../client/bundle-paths.ts";
import { type FileToUpload, type UploadOutcome, uploadFiles } from "../../client/bundle-upload.ts";
import type { StemmaClient } from "../../client/client.ts";
import { StemmaClientError } from "../../client/errors.ts";
import { digestsOf } from "../../client/file-digests.ts";
import { type LocalFiles, localFilesAt } from "../../client/local-files.ts";
import { Exit } from "../exit.ts";
import { counted, note, print, printable, printField, printJson } from "../printing.ts";
import { byteProgress } from "../progress.ts";
import { bringToStage, type StageOutcome, tellStage } from "../push-stage.ts";
import {
  evidenceOf,
  keyOf,
  mustBeThere,
  type PushedVersion,
  type Registration,
  registered,
  versionAt,
} from "../push-version.ts";
import { plainName, stageHelp } from "../reference.ts";
import { rateText, sizeText, spanText } from "../sizes.ts";
import { type TransferFlags, transferOptionsOf, withTransferFlags } from "../transfer-options.ts";

const roles =
  "WEIGHTS PREPROCESSOR TOKENIZER FEATURE_CONFIG FEATURES THRESHOLDS EVALUATION_REPORT MODEL_CARD SIGNATURE OTHER".split(
    " ",
  );
const mostTold = 5;

interface About {
  run?: string;
  commit?: string;
  repository?: string;
  semanticVersion?: string;
  externalId?: string;
  framework?: string;
  format?: string;
  source?: string;
  description?: string;
  createModel?: boolean;
  idempotencyKey?: string;
}

interface Options extends About, TransferFlags {
  to?: string;
  evidence?: boolean;
  stage?: string;
  role: string[];
  skipHidden?: boolean;
  json?: boolean;
}

/** What is said of a version can only be said of a new one. */
const aboutNew: Record<keyof About, string> = {
  run: "--run",
  commit: "--commit",
  repository: "--repository",
  semanticVersion: "--semantic-version",
  externalId: "--external-id",
  framework: "--framework",
  format: "--format",
  source: "--source",
  description: "--description",
  createModel: "--create-model",
  idempotencyKey: "--idempotency-key",
};

function mustFit(options: Options): void {
  if (options.evidence && !options.to)
    throw new Exit(2, "--evidence: expected --to with the version it is for");
  if (options.repository && !options.commit) throw new Exit(2, "--repository: expected --commit beside it");
  if (!options.to) return;
  const [misplaced] = (Object.keys(aboutNew) as (keyof About)[]).filter(
    (name) => options[name] !== undefined,
  );
  if (misplaced)
    throw new Exit(2, `${aboutNew[misplaced]}: not together with --to, which names a version that is there`);
}

function registrationOf(model: string, about: About): Registration {
  const { run, commit, repository, semanticVersion, externalId, framework, format, source, description } =
    about;
  const told = { semanticVersion, externalId, framework, format, source, description };
  return {
    ...{ model, createModel: about.createModel, runId: run },
    ...(commit === undefined ? {} : { commit: { sha: commit, repository } }),
    ...told,
  };
}

/** Throws Exit where a pair is none, or names no file. */
function rolesOf(pairs: readonly string[], { files }: LocalFiles): Map<string, string> {
  const given = new Map<string, string>();
  for (const pair of pairs) {
    const cut = pair.lastIndexOf("=");
    const path = pair.slice(0, Math.max(cut, 0)).normalize("NFC");
    const role = pair
      .slice(cut + 1)
      .toUpperCase()
      .replaceAll("-", "_");
    if (cut < 1 || !roles.includes(role)) {
      throw new Exit(2, `--role: expected PATH=ROLE with one of ${roles.join(", ")}; got ${pair}`);
    }
    if (!files.some((file) => file.path === path)) throw new Exit(2, `--role: no file is ${path}`);
    if (given.has(path)) throw new Exit(2, `--role: ${path} is given twice`);
    given.set(path, role);
  }
  return given;
}

function tellLeftOut({ skipped, emptyFolders }: LocalFiles): void {
  const tell = (paths: readonly string[], what: string) => {
    for (const path of paths.slice(0, mostTold)) note(`note: ${printable(path)}: ${what}`);
    if (paths.length > mostTold) note(`note: … and ${paths.length - mostTold} more like these`);
  };
  tell(skipped, "hidden, and left out");
  tell(emptyFolders, "an empty folder, which a bundle cannot hold");
}

async function hashed(local: LocalFiles, roleOf: ReadonlyMap<string, string>): Promise<FileToUpload[]> {
  const total = local.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const bar = byteProgress("hashing", total);
  let done = 0;
  try {
    const digested = await digestsOf(local.files, (count) => {
      done += count;
      bar.show(done, done);
    });
    return digested.map((file) => ({ ...file, role: roleOf.get(file.path) }));
  } finally {
    bar.stop();
  }
}

/** Whether the version has these files already; throws where it has others. */
async function isThere(
  client: StemmaClient,
  version: PushedVersion,
  files: readonly FileToUpload[],
  isEvidence: boolean,
): Promise<boolean> {
  if (isEvidence) {
    const held = await evidenceOf(client, version.id);
    return files.every(({ path, sha256 }) => held.get(path) === sha256);
  }
  if (version.digest === null) return false;
  if (version.digest === bundleDigestOf(files)) return true;
  const name = plainName(version.uri);
  throw new StemmaClientError(
    "CONFLICT",
    `${name} has its bundle, which is sealed, and these files are others`,
  );
}

async function send(
  client: StemmaClient,
  version: PushedVersion,
  files: readonly FileToUpload[],
  options: Options,
): Promise<UploadOutcome> {
  const bar = byteProgress("sending", sizeOf(files));
  try {
    return await uploadFiles(client, version.id, files, {
      ...transferOptionsOf(options),
      isEvidence: options.evidence,
      onProgress: ({ doneBytes, sentBytes }) => bar.show(doneBytes, sentBytes),
      onVerifying: () => bar.say("the registry hashes what arrived"),
    });
  } catch (error) {
    if (!(error instanceof StemmaClientError)) throw error;
    const advice = `${plainName(version.uri)} is registered; the same command goes on from there`;
    throw new StemmaClientError(error.code, `${error.message} (${advice})`, error.errors, { cause: error });
  } finally {
    bar.stop();
  }
}

function sizeOf(files: readonly FileToUpload[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

interface Outcome {
  version: PushedVersion;
  files: readonly FileToUpload[];
  /** null where nothing was to be done. */
  upload: UploadOutcome | null;
  millis: number;
  staged: StageOutcome | null;
}

function tell({ version, files, upload, millis, staged }: Outcome, { evidence, stage }: Options): void {
  const name = plainName(version.uri);
  const what = `${counted(files.length, "file")}, ${sizeText(sizeOf(files))}`;
  if (!upload) print(`${printable(name)} has these files already: ${what}; nothing was sent`);
  else print(`${printable(name)}: ${what}${evidence ? ", beside its bundle" : ""}`);
  if (!evidence) printField("digest", upload ? upload.digest : version.digest);
  if (upload) {
    const { sentBytes } = upload;
    const rate = sentBytes > 0 ? ` in ${spanText(millis)} (${rateText(sentBytes, millis)})` : "";
    printField("sent", sentBytes > 0 ? sizeText(sentBytes) + rate : "nothing: all of it was there");
    if (upload.note) printField("note", printable(upload.note));
  }
  if (staged && stage) tellStage(printable(name), stage, staged);
}

async function push(
  client: StemmaClient,
  model: string,
  paths: string[],
  options: Options,
): Promise<Outcome> {
  const { to, evidence = false, stage } = options;
  const named = to === undefined ? null : await versionAt(client, model, to);
  if (!named && !options.createModel) await mustBeThere(client, model);
  const local = await localFilesAt(paths, { skipHidden: options.skipHidden });
  const roleOf = rolesOf(options.role, local);
  tellLeftOut(local);
  const files = await hashed(local, roleOf);
  const registration = registrationOf(model, options);
  const key = options.idempotencyKey ?? keyOf(registration, files);
  const version = named ?? (await registered(client, registration, key));
  const begun = performance.now();
  const upload = (await isThere(client, version, files, evidence))
    ? null
    : await send(client, version, files, options);
  const millis = performance.now() - begun;
  const requestKey = `${version.id} ${stage} ${bundleDigestOf(files)}`;
  const staged = stage ? await bringToStage(client, version.id, stage, requestKey) : null;
  return { version, files, upload, millis, staged };
}

export function pushCommand(connect: () => StemmaClient): Command {
  const command = new Command("push")
    .description("register a version and upload its files; the same again goes on where it was broken off")
    .argument("<model>", "the model's name")
    .argument("<path...>", "files, and folders with all that is in them")
    .option(
      "--to <version>",
      "a version that is there and has no files, by number or reference, rather than a new one",
    )
    .option("--evidence", "attach the files beside the bundle of --to, such as scan results; at any time")
    .option("--run <id>", "the run that made it")
    .option("--commit <sha>", "the code it was made with, where no run tells")
    .option("--repository <url>", "of --commit")
    .option("--semantic-version <version>", "such as 1.4.0")
    .option("--external-id <id>", "its name in another system")
    .option("--framework <name>", "what it was made with, such as sklearn")
    .option("--format <name>", "how it is stored, such as onnx")
    .option("--source <text>", "where it came from; recorded, never opened")
    .option("--description <text>", "at most 5,000 characters")
    .option("--create-model", "make the model where there is none of this name")
    .option("--stage <stage>", `then move it there, or ask for that; ${stageHelp}`)
    .option(
      "--role <path=role>",
      "what a file is for, such as weights.bin=WEIGHTS; guessed where not given; may be repeated",
      (pair: string, pairs: string[]) => [...pairs, pair],
      [],
    )
    .option("--skip-hidden", "leave out files and folders whose names begin with a dot")
    .addOption(
      new Option(
        "--idempotency-key <key>",
        "a text of your choice: within 7 days, the same registration under the same key is the same version; " +
          "made from what is pushed where not given",
      ),
    )
    .option("--json", "as JSON");
  return withTransferFlags(command).action(async (model: string, paths: string[], options: Options) => {
    mustFit(options);
    const outcome = await push(connect(), model, paths, options);
    if (!options.json) return tell(outcome, options);
    const { version, files, upload, staged } = outcome;
    printJson({
      ...{ id: version.id, uri: version.uri, digest: upload ? upload.digest : version.digest },
      ...{ fileCount: files.length, sizeBytes: sizeOf(files), sentBytes: upload?.sentBytes ?? 0 },
      ...{ wasThere: upload === null, note: upload?.note ?? null, ...staged },
    });
  });
}
