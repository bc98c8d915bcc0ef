import { CommanderError } from "commander";
import { FileError, SettingError, StemmaClientError } from "../client/errors.ts";
import { withoutSecrets } from "./printing.ts";
import { SourceError } from "./sources/source.ts";

/** Ends the program: 2 where what was typed cannot be right, 1 for everything else. */
export class Exit extends Error {
  override readonly name = "Exit";

  constructor(
    readonly code: 1 | 2,
    message: string,
  ) {
    super(message);
  }
}

const inputCodes = new Set(["INVALID", "BAD_USER_INPUT"]);

/** The one line for stderr and the exit code. */
export function exitOf(error: unknown): { code: number; line: string | null } {
  // Commander has said it already; help and version are no failures.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2, line: null };
  const line = error instanceof Error ? error.message : String(error);
  return {
    code: codeOf(error),
    line: `stemma: ${withoutSecrets(line.replace(/\s*\n\s*/g, " "))}${adviceOn(error)}`,
  };
}

function codeOf(error: unknown): number {
  if (error instanceof Exit) return error.code;
  const isInput = [SettingError, SourceError, FileError].some((kind) => error instanceof kind);
  if (isInput) return 2;
  return error instanceof StemmaClientError && inputCodes.has(error.code) ? 2 : 1;
}

/** What is missing without a login says so itself. */
function adviceOn(error: unknown): string {
  const code = error instanceof StemmaClientError ? error.code : null;
  if (code === "APPROVAL_REQUIRED") return " (`stemma request` asks others for it)";
  return code === "FORBIDDEN"
    ? " (`stemma whoami` shows your roles; `stemma login` is for another token)"
    : "";
}
