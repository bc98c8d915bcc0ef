import { beforeAll, expect, it } from "vitest";
import { newToken } from "../../src/access/token.rules.ts";
import { type Person, person } from "../support/access.ts";
import { deadServer, type Ending, runCli } from "../support/cli-process.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";
import { registryOf } from "../support/registry.ts";
import { adminToken, startWorld, type World } from "../support/world.ts";

let world: World;
let ann: Person;

beforeAll(async () => {
  world = await startWorld();
  await registryOf(world).model("canary.model");
  await registryOf(world).version("canary.model");
  ann = await person(world, "ann", { grants: [["MAINTAINER", "canary.*"]] });
  return world.close;
});

/** How often a text stands in what a command said. */
const timesIn = (text: string, { stdout, stderr }: Ending) => `${stdout}\n${stderr}`.split(text).length - 1;

/** Fails where one of these stands in what a command said. */
function expectSilent(secrets: readonly string[], args: readonly string[], ending: Ending): void {
  for (const secret of secrets) {
    expect({ args, code: ending.code, times: timesIn(secret, ending) }).toEqual({
      args,
      code: ending.code,
      times: 0,
    });
  }
}

it("a new secret is told once by the command that makes it, and by none that comes after", async () => {
  const as = (token: string, ...args: string[]) => runCli(args, { server: { url: world.url, token } });
  const shown: string[] = [ann.token];
  const minted = async (...args: string[]) => {
    const ending = await as(ann.token, ...args);
    expect(ending.code).toBe(0);
    const [secret] = /stm_[0-9A-Za-z]{36}/.exec(ending.stdout)!;
    expect(timesIn(secret, ending)).toBe(1);
    expectSilent(shown, args, ending);
    shown.push(secret);
    return secret;
  };
  await minted("token", "create", "--name", "plain");
  await minted("token", "create", "--name", "quiet", "--quiet");
  await minted("token", "create", "--name", "json", "--json");
  const { stdout } = await as(ann.token, "token", "list", "--json");
  const { id } = JSON.parse(stdout).find(({ name }: { name: string }) => name === "plain");
  await minted("token", "rotate", id);
  await minted("token", "rotate", id, "--json");
  const commands = [
    ["token", "list"],
    ["token", "list", "--all", "--json"],
    ["whoami"],
    ["whoami", "--json"],
    ["grants"],
    ["actor", "list"],
    ["show", "canary.model/1"],
    ["audit", "verify"],
    ["promote", "canary.model/1", "Staging"],
    ["token", "revoke", id],
  ];
  await Promise.all(commands.map(async (args) => expectSilent(shown, args, await as(ann.token, ...args))));
}, 120_000);

it("a login repeats no token that it was given, nor one that was kept or is refused", async () => {
  const home = temporaryFolder();
  const wrong = newToken();
  const secrets = [ann.token, wrong, adminToken];
  const run = async (args: string[], input = "") => {
    const ending = await runCli(args, { home, input });
    expectSilent(secrets, args, ending);
    return ending.code;
  };
  const login = ["login", "--url", world.url, "--token-stdin"];
  expect(await run(login, `${wrong}\n`)).toBe(1);
  expect(await run(login, `${ann.token} ${wrong}\n`)).toBe(2);
  expect(await run(login, `${ann.token}\n`)).toBe(0);
  expect(await run(["whoami"])).toBe(0);
  expect(await run(login, `${adminToken}\n`)).toBe(0);
  expect(await run(["logout", "--url", world.url])).toBe(0);
}, 120_000);

it("no refusal and no failure repeats the token it was asked with", async () => {
  const wrong = newToken();
  const dead = await deadServer();
  const failing: [server: { url: string; token: string }, args: string[]][] = [
    [{ url: world.url, token: wrong }, ["whoami"]],
    [{ url: world.url, token: wrong }, ["models", "--json"]],
    [{ ...dead, token: ann.token }, ["models"]],
    [{ ...dead, token: ann.token }, ["token", "create", "--name", "x"]],
    [{ url: "no address", token: ann.token }, ["models"]],
    [{ url: world.url, token: ann.token }, ["grant", "ADMIN", "--on", "*", "--to", "ann"]],
    [{ url: world.url, token: ann.token }, ["token", "revoke", "tok_999999"]],
    [{ url: world.url, token: ann.token }, ["token", "create", "--name", ""]],
    [{ url: world.url, token: ann.token }, ["show", "nothing/1"]],
    [{ url: world.url, token: ann.token }, ["no-such-command"]],
    [{ url: world.url, token: `${ann.token}\u00e9` }, ["models"]],
  ];
  await Promise.all(
    failing.map(async ([server, args]) => {
      const ending = await runCli(args, { server });
      expect([args, ending.code === 0]).toEqual([args, false]);
      expectSilent([wrong, ann.token], args, ending);
    }),
  );
}, 120_000);

it("no help shows the token that is set, of whatever command", async () => {
  const server = { url: world.url, token: ann.token };
  /** The names of the commands that it tells of. */
  const help = async (...path: string[]): Promise<string[]> => {
    const ending = await runCli([...path, "--help"], { server });
    expect([path, ending.code]).toEqual([path, 0]);
    expectSilent([ann.token], path, ending);
    const [, commands = ""] = ending.stdout.split("\nCommands:\n");
    return [...commands.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name!);
  };
  const commands = (await help()).filter((name) => name !== "help");
  expect(commands).toContain("whoami");
  await Promise.all(commands.map((name) => help(name)));
  await Promise.all(["create", "list", "rotate", "revoke"].map((name) => help("token", name)));
}, 120_000);
