#!/usr/bin/env node
import { Command } from "commander";
import { StemmaClient } from "../client/client.ts";
import { readClientSettings, renewLogin, usualLoginFile } from "../client/environment.ts";
import { actorCommand } from "./commands/actor.ts";
import { approveCommand, rejectCommand } from "./commands/approve.ts";
import { auditCommand } from "./commands/audit.ts";
import { cardCommand } from "./commands/card.ts";
import { exportCommand } from "./commands/export.ts";
import { gcCommand } from "./commands/gc.ts";
import { grantCommand, revokeCommand } from "./commands/grant.ts";
import { grantsCommand } from "./commands/grants.ts";
import { importCommand } from "./commands/import.ts";
import { lineageCommand } from "./commands/lineage.ts";
import { loginCommand, logoutCommand } from "./commands/login.ts";
import { modelsCommand } from "./commands/models.ts";
import { policyCommand } from "./commands/policy.ts";
import { promoteCommand } from "./commands/promote.ts";
import { pullCommand } from "./commands/pull.ts";
import { pushCommand } from "./commands/push.ts";
import { requestCommand, withdrawCommand } from "./commands/request.ts";
import { requestsCommand } from "./commands/requests.ts";
import { reviewCommand } from "./commands/review.ts";
import { rolesCommand } from "./commands/roles.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { showCommand } from "./commands/show.ts";
import { tokenCommand } from "./commands/token.ts";
import { verifyCommand } from "./commands/verify.ts";
import { watchCommand } from "./commands/watch.ts";
import { whatIfCommand } from "./commands/whatif.ts";
import { whoamiCommand } from "./commands/whoami.ts";
import { exitOf } from "./exit.ts";
import { withoutSecrets } from "./printing.ts";

const client = () => new StemmaClient(readClientSettings());

const program = new Command("stemma")
  .description("The system of record for trained models, from the command line.")
  .addHelpText(
    "after",
    `
Settings, the first that is there:
  the server  STEMMA_URL, that of the last login, http://127.0.0.1:4000
  its token   STEMMA_TOKEN, that of the login there, ./data/admin-token for a server of this machine

Logins are kept in ${usualLoginFile().path}

Exit codes: 0 done, 1 not done, 2 the command or its input cannot be right.
whatif, policy diff, card check and verify exit with 1 where the answer is no.`,
  )
  .showHelpAfterError("(stemma --help tells more)");

const commands = [
  importCommand(client),
  exportCommand(client),
  modelsCommand(client),
  showCommand(client),
  pushCommand(client),
  pullCommand(client),
  verifyCommand(client),
  lineageCommand(client),
  whatIfCommand(client),
  promoteCommand(client),
  rollbackCommand(client),
  requestCommand(client),
  requestsCommand(client),
  reviewCommand(client),
  approveCommand(client),
  rejectCommand(client),
  withdrawCommand(client),
  policyCommand(client),
  cardCommand(client),
  watchCommand(client),
  auditCommand(client),
  gcCommand(client),
  loginCommand(),
  logoutCommand(),
  whoamiCommand(client),
  tokenCommand(client, renewLogin),
  actorCommand(client),
  grantCommand(client),
  revokeCommand(client),
  grantsCommand(client),
  rolesCommand(client),
];
for (const command of commands) program.addCommand(command);

/** Commander throws instead of exiting, and repeats no secret that was typed, in every command of the tree. */
function throwing(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: (text) => process.stderr.write(withoutSecrets(text)) });
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
