import { rename, writeFile } from "node:fs/promises";
import { Command } from "commander";
import { type DownloadOutcome, downloadFiles } from "../../client/bundle-download.ts";
import { type RecordedFile, recordedVersion } from "../../client/bundle-listing.ts";
import type { StemmaClient } from "../../client/client.ts";
import { Destination } from "../../client/destination.ts";
import { StemmaClientError } from "../../client/errors.ts";
import { Exit } from "../exit.ts";
import { counted, note, print, printable, printField, printJson } from "../printing.ts";
import { byteProgress } from "../progress.ts";
import { plainName, versionHelp } from "../reference.ts";
import { rateText, sizeText, spanText } from "../sizes.ts";
import { type TransferFlags, transferOptionsOf, withTransferFlags } from "../transfer-options.ts";
import { cardTextDocument } from "./card.ts";

const cardFile = "MODEL_CARD.md";
const mostTold = 20;

interface Options extends TransferFlags {
  evidence?: boolean;
  overwrite?: boolean;
  card: boolean;
  json?: boolean;
}

/** The current card, beside the files unless one of them has its name; whether there is one. */
async function writeCard(
  client: StemmaClient,
  id: string,
  files: readonly RecordedFile[],
  destination: Destination,
): Promise<boolean> {
  // On some file systems names that differ in case alone are one.
  if (files.some(({ path }) => path.split("/")[0]!.toUpperCase() === cardFile.toUpperCase())) return false;
  const { modelVersion } = await client.query<{ modelVersion: { card: { markdown: string } | null } | null }>(
    cardTextDocument,
    { ref: id, isYaml: false },
  );
  if (!modelVersion?.card) return false;
  const facts = await destination.factsOf(cardFile);
  if (facts?.isDirectory())
    throw new StemmaClientError("OCCUPIED", `a folder is in the place of ${cardFile}`);
  const draft = destination.placeOf(`.${cardFile}.${process.pid}`);
  await writeFile(draft, modelVersion.card.markdown, { flag: "wx" });
  await rename(draft, destination.placeOf(cardFile));
  return true;
}

function tellElsewhere(elsewhere: readonly RecordedFile[]): void {
  for (const { path, uri, sizeBytes } of elsewhere.slice(0, mostTold)) {
    print(`  elsewhere     ${printable(path)}: ${printable(uri!)} (${sizeText(sizeBytes)}); not fetched`);
  }
  if (elsewhere.length > mostTold) print(`                … and ${elsewhere.length - mostTold} more`);
}

/** What to do about it, where the client cannot know. */
function advised(error: unknown): unknown {
  if (!(error instanceof StemmaClientError) || error.code !== "OCCUPIED") return error;
  return new Exit(1, `${error.message}; --overwrite replaces files`);
}

export function pullCommand(connect: () => StemmaClient): Command {
  const command = new Command("pull")
    .description("download a version's files, verified; the same again goes on where it was broken off")
    .argument("<ref>", versionHelp)
    .argument("<dir>", "the folder they go to; made where it is not there")
    .option("--evidence", "what was attached beside the bundle, too")
    .option("--overwrite", "replace files that are there and are others")
    .option("--no-card", `no ${cardFile}, which otherwise is the current card, written anew each time`)
    .option("--json", "as JSON");
  return withTransferFlags(command).action(async (ref: string, folder: string, options: Options) => {
    const client = connect();
    const transfer = transferOptionsOf(options);
    const version = await recordedVersion(client, ref, { ...transfer, withEvidence: options.evidence });
    const { uri, digest, files } = version;
    if (files.length === 0) throw new Exit(1, `${plainName(uri)} has no files`);
    const destination = await Destination.open(folder);
    const begun = performance.now();
    const sizeBytes = files.reduce((sum, file) => sum + (file.uri === null ? file.sizeBytes : 0), 0);
    const bar = byteProgress("fetching", sizeBytes);
    let outcome: DownloadOutcome;
    try {
      outcome = await downloadFiles(client, version, destination, {
        ...{ ...transfer, overwrite: options.overwrite },
        onProgress: ({ doneBytes, fetchedBytes }) => bar.show(doneBytes, fetchedBytes),
      });
    } catch (error) {
      throw advised(error);
    } finally {
      bar.stop();
    }
    const millis = performance.now() - begun;
    const hasCard = options.card && (await writeCard(client, version.id, files, destination));
    const { fetched, present, elsewhere, fetchedBytes } = outcome;
    if (options.json) {
      const pathsOf = (list: readonly RecordedFile[]) => list.map(({ path }) => path);
      return printJson({
        ...{ id: version.id, uri, digest, sizeBytes, fetchedBytes, card: hasCard ? cardFile : null },
        ...{ fetched: pathsOf(fetched), present: pathsOf(present) },
        elsewhere: elsewhere.map(({ path, uri: where, sha256 }) => ({ path, uri: where, sha256 })),
      });
    }
    print(
      `${printable(plainName(uri))}: ${counted(files.length - elsewhere.length, "file")}, ${sizeText(sizeBytes)}`,
    );
    printField("digest", digest);
    const rate = fetchedBytes > 0 ? ` in ${spanText(millis)} (${rateText(fetchedBytes, millis)})` : "";
    printField(
      "fetched",
      fetched.length > 0 ? `${counted(fetched.length, "file")}, ${sizeText(fetchedBytes)}${rate}` : "nothing",
    );
    if (present.length > 0) printField("there already", counted(present.length, "file"));
    if (hasCard) printField("card", cardFile);
    tellElsewhere(elsewhere);
    if (elsewhere.length > 0)
      note(`note: not checked, as they lie elsewhere: ${counted(elsewhere.length, "file")}`);
  });
}
