#!/usr/bin/env node
import { Command } from "commander";
import { StemmaClient } from "../client/client.ts";
import { readClientSettings } from "../client/environment.ts";
import { auditCommand } from "./commands/audit.ts";
import { importCommand } from "./commands/import.ts";
import { lineageCommand } from "./commands/lineage.ts";
import { modelsCommand } from "./commands/models.ts";
import { promoteCommand } from "./commands/promote.ts";
import { showCommand } from "./commands/show.ts";
import { watchCommand } from "./commands/watch.ts";
import { exitOf } from "./exit.ts";

const client = () => new StemmaClient(readClientSettings());

const program = new Command("stemma")
  .description("The system of record for trained models, from the command line.")
  .addHelpText(
    "after",
    `
Settings:
  STEMMA_URL    the server; http://127.0.0.1:4000 where not set
  STEMMA_TOKEN  its token; where not set, a server of this machine is shown the one in ./data/admin-token

Exit codes: 0 done, 1 not done, 2 the command or its input cannot be right.`,
  )
  .showHelpAfterError("(stemma --help tells more)");

const commands = [
  importCommand(client),
  modelsCommand(client),
  showCommand(client),
  lineageCommand(client),
  promoteCommand(client),
  watchCommand(client),
  auditCommand(client),
];
for (const command of commands) program.addCommand(command);

/** Commander throws instead of exiting, in every command of the tree. */
function throwing(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) throwing(inner);
}
throwing(program);

// A reader that has enough, such as `head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

try {
  await program.parseAsync();
} catch (error) {
  const { code, line } = exitOf(error);
  if (line !== null) process.stderr.write(`${line}\n`);
  process.exitCode = code;
}
