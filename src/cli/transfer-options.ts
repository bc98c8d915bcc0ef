import { type Command, InvalidArgumentError, Option } from "commander";
import type { TransferOptions } from "../client/paged-transfers.ts";
import { note, printable } from "./printing.ts";

function between(least: number, most: number) {
  return (text: string) => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected ${least}–${most.toLocaleString("en")}`);
  };
}

export interface TransferFlags {
  connections: number;
  patience: number;
}

/** What every command takes that moves bytes. */
export function withTransferFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--connections <count>", "requests to the object store at once")
        .default(6)
        .argParser(between(1, 64)),
    )
    .addOption(
      new Option("--patience <seconds>", "for how long to try again while nothing gets through")
        .default(120)
        .argParser(between(0, 86_400)),
    );
}

/** The same for the client; each trouble is told once. */
export function transferOptionsOf({ connections, patience }: TransferFlags): TransferOptions {
  const told = new Set<string>();
  return {
    connections,
    patienceMillis: patience * 1_000,
    onWait(why) {
      if (told.has(why)) return;
      told.add(why);
      note(`note: ${printable(why)}; trying again`);
    },
  };
}
