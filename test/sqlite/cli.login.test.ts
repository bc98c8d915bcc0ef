import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { expire, type Person, person } from "../support/access.ts";
import { runCli } from "../support/cli-process.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";
import { registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let alice: Person;

beforeAll(async () => {
  world = await startWorld();
  alice = await person(world, "alice", { grants: [["MAINTAINER", "risk.*"]] });
  return world.close;
});

const fileIn = (home: string) => join(home, ".config", "stemma", "config.json");

function logIn(home: string, token: string, url = world.url) {
  return runCli(["login", "--url", url, "--token-stdin"], { home, input: `${token}\n` });
}

/** A user's folder where somebody has logged in. */
async function homeOf(somebody: Person): Promise<string> {
  const home = temporaryFolder();
  expect(await logIn(home, somebody.token)).toMatchObject({ code: 0 });
  return home;
}

/** Who the command line is, in this place. */
async function whoIs(options: Parameters<typeof runCli>[1]): Promise<string> {
  const { code, stdout, stderr } = await runCli(["whoami", "--json"], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout).actor.name;
}

/** A server of somebody else's, and what it was shown. */
async function strangeServer(): Promise<{ url: string; shown: (string | undefined)[] }> {
  const shown: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    shown.push(request.headers.authorization);
    response.writeHead(401, { "content-type": "application/json" });
    response.end(JSON.stringify({ errors: [{ message: "send a token" }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, shown };
}

describe("a login", () => {
  it("keeps the token for its owner's eyes only, and is asked with from then on", async () => {
    const home = temporaryFolder();
    const { code, stdout, stderr } = await logIn(home, alice.token, `${world.url}/graphql`);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(`^You are alice at ${world.url}, until 20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC\\.\\n$`),
      ),
    });
    expect(stderr).toBe(`The token is kept in ${fileIn(home)}, for you alone.\n`);
    const modes = [fileIn(home), dirname(fileIn(home))].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o600, 0o700]);
    expect(JSON.parse(readFileSync(fileIn(home), "utf8"))).toMatchObject({
      current: world.url,
      servers: { [world.url]: { token: alice.token } },
    });
    expect(await whoIs({ home })).toBe("alice");
  });

  it("is kept where XDG_CONFIG_HOME says", async () => {
    const [home, folder] = [temporaryFolder(), temporaryFolder()];
    const env = { XDG_CONFIG_HOME: folder };
    await runCli(["login", "--url", world.url, "--token-stdin"], { home, env, input: alice.token });
    expect(existsSync(join(folder, "stemma", "config.json"))).toBe(true);
    expect(existsSync(fileIn(home))).toBe(false);
    expect(await whoIs({ home, env })).toBe("alice");
  });

  it("is tried first: of a token that is not good any more, or never was, nothing is kept", async () => {
    const [revoked, expired] = [await person(world, "revoked"), await person(world, "expired")];
    await registryOf(world).mutate("revokeToken", { token: revoked.tokenId });
    await expire(world, expired);
    const home = temporaryFolder();
    for (const [token, said] of [
      [revoked.token, "this token has been revoked"],
      [expired.token, "this token has expired"],
      ["wrong", "this token is not known here"],
    ] as const) {
      const { code, stdout, stderr } = await logIn(home, token);
      expect({ code, stdout, stderr }).toEqual({
        code: 1,
        stdout: "",
        stderr: `stemma: the server at ${world.url} does not take this token (it says: ${said}); nothing was saved\n`,
      });
    }
    expect(existsSync(fileIn(home))).toBe(false);
  });

  it.each([
    ["as an argument", ["login"]],
    ["as an option", ["login", "--token"]],
  ])("does not take a token %s, says why, and does not repeat it", async (_, args) => {
    const { code, stdout, stderr } = await runCli([...args, alice.token], { server: { url: world.url } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^stemma: a token is no argument: it would stay in the shell's history, .*\n$/);
    expect(stderr).not.toContain(alice.token);
  });

  it.each([
    ["nothing on stdin", ["--token-stdin"], "", "expected a token"],
    ["two lines on stdin", ["--token-stdin"], "one\ntwo\n", "expected a token"],
    ["neither a terminal nor a wish for stdin", [], "token", "there is no terminal to ask for the token"],
  ])("needs a token: %s", async (_, args, input, said) => {
    const { code, stderr } = await runCli(["login", ...args], { server: { url: world.url }, input });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`stemma: ${said}`) });
  });

  it("says what goes before it, and that http is not private", async () => {
    const input = alice.token;
    const server = { url: "https://elsewhere.example", token: "set" };
    const args = ["login", "--url", world.url, "--token-stdin"];
    expect((await runCli(args, { server, input })).stderr).toMatch(
      /^note: STEMMA_URL is set, and goes before this login\nnote: STEMMA_TOKEN is set, and goes before this login\n/,
    );
    const far = await runCli(["login", "--url", "http://stemma.invalid", "--token-stdin"], { input });
    expect(far.code).toBe(1);
    expect(far.stderr).toMatch(
      /^note: http:\/\/ shows the token to everybody on the way; .*\nstemma: no server /,
    );
  });

  it("ends with a logout, which forgets this server's token only", async () => {
    const home = await homeOf(alice);
    const out = await runCli(["logout"], { home });
    expect(out).toMatchObject({ code: 0, stdout: `The token for ${world.url} is forgotten.\n`, stderr: "" });
    expect(readFileSync(fileIn(home), "utf8")).not.toContain(alice.token);
    const again = await runCli(["logout", "--url", world.url], { home });
    expect(again).toMatchObject({ code: 0, stdout: `No token was kept for ${world.url}.\n` });
    const after = await runCli(["models"], { home, server: { url: world.url } });
    expect(after).toMatchObject({ code: 1, stdout: "" });
    expect(after.stderr).toContain("wants a token");
    expect(after.stderr).toContain("run `stemma login`");
  });
});

describe("the command line", () => {
  it("prefers STEMMA_TOKEN to a login", async () => {
    const bob = await person(world, "bob");
    const home = await homeOf(alice);
    expect(await whoIs({ home })).toBe("alice");
    expect(await whoIs({ home, server: { url: world.url } })).toBe("alice");
    expect(await whoIs({ home, server: { token: bob.token } })).toBe("bob");
    expect(await whoIs({ home, server: { url: world.url, token: bob.token } })).toBe("bob");
  });

  it("shows a kept token to no other server, whatever its address is like", async () => {
    const home = await homeOf(alice);
    const { url, shown } = await strangeServer();
    for (const address of [url, url.replace("127.0.0.1", "localhost")]) {
      const { code, stderr } = await runCli(["whoami"], { home, server: { url: address } });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("wants a token") });
    }
    expect(shown).toEqual([undefined, undefined]);
  });

  it("refuses a file of logins that others may read, and says how to mend it", async () => {
    const home = await homeOf(alice);
    chmodSync(fileIn(home), 0o644);
    for (const args of [["whoami"], ["logout"]]) {
      const { code, stdout, stderr } = await runCli(args, { home });
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(
        `stemma: ${fileIn(home)}: others on this machine may read or change it (mode 0644)`,
      );
      expect(stderr).toContain("chmod 600");
    }
    chmodSync(fileIn(home), 0o600);
    expect(await whoIs({ home })).toBe("alice");
  });

  it("names a broken file of logins, repeats nothing of it, and needs none where all is set", async () => {
    const home = temporaryFolder();
    mkdirSync(dirname(fileIn(home)), { recursive: true });
    writeFileSync(fileIn(home), `{ "servers": ${alice.token}`, { mode: 0o600 });
    const { code, stdout, stderr } = await runCli(["models"], { home });
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: "",
      stderr: `stemma: ${fileIn(home)}: it is no JSON; mend it, or delete it and run \`stemma login\` again\n`,
    });
    expect(await whoIs({ home, server: { url: world.url, token: alice.token } })).toBe("alice");
  });

  it("says who is asking, by which token, and what that is narrowed to", async () => {
    const carol = await person(world, "carol", {
      grants: [
        ["VIEWER", "*"],
        ["CONTRIBUTOR", "churn"],
      ],
      scopes: ["registry:read", "CONTRIBUTOR@churn"],
    });
    const { stdout } = await runCli(["whoami"], { server: { url: world.url, token: carol.token } });
    expect(stdout.replace(/20\d\d-\d\d-\d\d \d\d:\d\d/, "THEN").split("\n")).toEqual([
      "carol",
      `  id            ${carol.id}`,
      "  kind          person",
      `  server        ${world.url}`,
      `  token         for tests (${carol.tokenId}), until THEN UTC`,
      "  narrowed to   CONTRIBUTOR@churn",
      "                registry:read",
      "  roles         CONTRIBUTOR on churn",
      "                VIEWER on *",
      "",
    ]);
    const administrator = await runCli(["whoami"], { server: world });
    expect(administrator.stdout).toMatch(/^ {2}token +not one that the registry gave out$/m);
    expect(administrator.stdout).toMatch(/^ {2}roles +none needed: it may do everything$/m);
    const nobody = await person(world, "nobody");
    const lonely = await runCli(["whoami"], { server: { url: world.url, token: nobody.token } });
    expect(lonely.stdout).toMatch(/^ {2}roles +none: it may do nothing yet$/m);
  });
});
