// `npm run demo`: a server where none is, a company in it, and one question with its answer.
import { StemmaClient } from "../client/client.ts";
import { type DemoSettings, readDemoSettings } from "../client/environment.ts";
import { SettingError, unreachable } from "../client/errors.ts";
import { loadCompany } from "./loader.ts";
import { nextSteps, story } from "./pages.ts";
import { progressLine } from "./progress-line.ts";
import { mistakeIn } from "./question.ts";
import { answersAt, ServerProcess } from "./server-process.ts";

const print = (text: string) => process.stdout.write(`${text}\n`);

async function startUnlessThere(settings: DemoSettings): Promise<ServerProcess | null> {
  const { url, isOfThisMachine, environment } = settings;
  if (await answersAt(url)) {
    print(`A server answers at ${url}: the demo goes there.`);
    return null;
  }
  if (!isOfThisMachine) throw unreachable(url, null);
  const database = environment.DATABASE_URL!.replace(/\/\/.*@/, "//…@");
  print(`No server at ${url}: starting one with ${database}`);
  return ServerProcess.start(settings);
}

async function show(settings: DemoSettings): Promise<void> {
  const client = new StemmaClient({ url: settings.url, token: settings.token() });
  const today = new Date().toISOString().slice(0, 10);
  const line = progressLine(process.stdout);
  const { wasThere, millis } = await loadCompany(client, today, line.tell).finally(line.clear);
  const how = wasThere
    ? "was here already; nothing was changed"
    : `loaded in ${(millis / 1000).toFixed(1)} s`;
  const mistake = await mistakeIn(client);
  print(await story(client, mistake, how));
  print(nextSteps(settings, mistake));
}

async function main(): Promise<number> {
  const settings = readDemoSettings();
  const server = await startUnlessThere(settings);
  try {
    await show(settings);
  } catch (error) {
    if (server?.isStopping) return server.ended;
    await server?.stop();
    throw error;
  }
  if (server) print("The server runs until Ctrl-C.");
  return server ? server.ended : 0;
}

// A reader that has enough, such as `head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`demo: ${message.replace(/\s*\n\s*/g, " ")}\n`);
    process.exitCode = error instanceof SettingError ? 2 : 1;
  },
);
