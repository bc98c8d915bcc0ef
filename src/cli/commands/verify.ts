import { statSync } from "node:fs";
import { Command } from "commander";
import { type CheckOutcome, checkFolder, checkStored } from "../../client/bundle-check.ts";
import { recordedVersion } from "../../client/bundle-listing.ts";
import type { StemmaClient } from "../../client/client.ts";
import { Exit } from "../exit.ts";
import { counted, note, print, printable, printField, printJson } from "../printing.ts";
import { byteProgress } from "../progress.ts";
import { plainName, versionHelp } from "../reference.ts";
import { rateText, sizeText, spanText } from "../sizes.ts";
import { type TransferFlags, transferOptionsOf, withTransferFlags } from "../transfer-options.ts";

interface Options extends TransferFlags {
  evidence?: boolean;
  json?: boolean;
}

function mustBeAFolder(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new Exit(2, `${path}: expected a folder`);
}

export function verifyCommand(connect: () => StemmaClient): Command {
  const command = new Command("verify")
    .description("hash a version's files here, and compare; exits with 1 where one is not as recorded")
    .argument("<ref>", versionHelp)
    .argument("[dir]", "a folder that holds them, as pull leaves them; what is stored where not given")
    .option("--evidence", "what was attached beside the bundle, too")
    .option("--json", "as JSON");
  return withTransferFlags(command).action(
    async (ref: string, folder: string | undefined, options: Options) => {
      if (folder !== undefined) mustBeAFolder(folder);
      const client = connect();
      const transfer = transferOptionsOf(options);
      const version = await recordedVersion(client, ref, { ...transfer, withEvidence: options.evidence });
      const name = plainName(version.uri);
      if (version.files.length === 0) throw new Exit(1, `${name} has no files`);
      const total = version.files.reduce((sum, file) => sum + (file.uri === null ? file.sizeBytes : 0), 0);
      const bar = byteProgress("hashing", total);
      const begun = performance.now();
      const onProgress = (bytes: number) => bar.show(bytes, bytes);
      let outcome: CheckOutcome;
      try {
        outcome =
          folder === undefined
            ? await checkStored(client, version, { ...transfer, onProgress })
            : await checkFolder(version, folder, { onProgress });
      } finally {
        bar.stop();
      }
      const millis = performance.now() - begun;
      const { findings, digest, hashedBytes } = outcome;
      const wrong = findings.filter(({ problem }) => problem !== null);
      const elsewhere = findings.filter(({ file }) => file.uri !== null);
      const isRight = wrong.length === 0 && digest === version.digest;
      if (options.json) {
        const wrongs = wrong.map(({ file, sha256, problem }) => ({
          ...{ path: file.path, expected: file.sha256, found: sha256, problem },
        }));
        const digests = { expectedDigest: version.digest, digest, hashedBytes };
        printJson({
          uri: version.uri,
          isRight,
          ...digests,
          wrong: wrongs,
          elsewhere: elsewhere.map(({ file }) => file.path),
        });
      } else {
        for (const { file, problem } of wrong)
          print(`WRONG  ${printable(file.path)}: ${printable(problem!)}`);
        const right = findings.length - wrong.length - elsewhere.length;
        print(`${printable(name)}: ${right} of ${counted(findings.length, "file")} as recorded`);
        printField(
          "hashed",
          `${sizeText(hashedBytes)} in ${spanText(millis)} (${rateText(hashedBytes, millis)})`,
        );
        printField("digest", isRight ? digest : `expected ${version.digest}; got ${digest ?? "none"}`);
        if (elsewhere.length > 0)
          note(`note: not checked, as they lie elsewhere: ${counted(elsewhere.length, "file")}`);
      }
      if (!isRight) throw new Exit(1, `${name} is not as recorded: ${counted(wrong.length, "file")} wrong`);
    },
  );
}
