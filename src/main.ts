import "./config/heap.ts";
import { createApp } from "./app.ts";
import { objectStoreName } from "./config/objects.ts";
import { ConfigError } from "./config/reading.ts";
import { authenticationName, databaseName, readConfig } from "./config.ts";

const repeatMillis = 1_000;

async function main(): Promise<void> {
  const config = readConfig();
  const app = await createApp(config);
  const lines = [
    "",
    `Stemma listens at ${app.url}/graphql (open it in a browser for GraphiQL)`,
    `  database        ${databaseName(config.database)}`,
    `  objects         ${objectStoreName(config.objects)}`,
    `  authentication  ${authenticationName(config.auth)}`,
    `  policy          ${policyName(app.policies)}`,
  ];
  if (app.isNewToken) lines.push("", "Administrator token, shown this once:", `  ${app.token}`);
  if (config.auth.mode === "token" && config.auth.tokenFile)
    lines.push("", `The token is kept in ${config.auth.tokenFile}`);
  lines.push(
    "",
    "Next: load a demo company with `npm run demo`, or import your past with `npx stemma import mlflow ./mlruns`.",
    "",
  );
  process.stdout.write(`${lines.join("\n")}\n`);

  let stoppingSince: number | null = null;
  const stop = async () => {
    // Under npm, one Ctrl-C comes twice: from the terminal, and forwarded.
    const isRepeat = stoppingSince !== null && Date.now() - stoppingSince < repeatMillis;
    if (isRepeat) return;
    if (stoppingSince !== null) process.exit(1); // asked again: no more patience
    stoppingSince = Date.now();
    await app.close();
    process.exit(0);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function policyName(policies: number): string {
  if (policies === 0) return "open: no stage asks for anything";
  return `${policies} ${policies === 1 ? "policy is" : "policies are"} set; open elsewhere`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code !== "EADDRINUSE") return error.message;
  return `PORT: ${port} is taken at ${address}; set another, or stop what listens there`;
}

main().catch((error: unknown) => {
  process.stderr.write(`Stemma did not start: ${reasonOf(error)}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
});
