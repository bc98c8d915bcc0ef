import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { type Ending, runCli } from "../support/cli-process.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

const secretForm = /^stm_[0-9A-Za-z]{36}$/;
const dayMillis = 24 * 3_600_000;

const stemma = (...args: string[]) => runCli(args, { server: world });
const stemmaAs = ({ token }: Pick<Person, "token">, ...args: string[]) =>
  runCli(args, { server: { url: world.url, token } });

/** A command that must be done: what it printed. */
function printedBy({ code, stdout, stderr }: Ending): string {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}
const printed = async (...args: string[]) => printedBy(await stemma(...args));

describe("the command line tells the whole story of access:", () => {
  it("somebody comes, is granted a role, works, and goes", async () => {
    expect(await printed("actor", "create", "dora")).toMatch(/^dora is known now \(act_\d+\)\.$/m);
    expect(await printed("actor", "create", "trainer", "--service")).toMatch(/^trainer is known now/);
    expect(await printed("grant", "CONTRIBUTOR", "--on", "risk.*", "--to", "dora")).toBe(
      "dora is CONTRIBUTOR on risk.* now.\n",
    );
    const token = (await stemma("token", "create", "--name", "laptop", "--actor", "dora")).stdout.trim();
    const dora = { token };
    await registryOf(world.as(token)).model("risk.dora");
    expect(printedBy(await stemmaAs(dora, "models"))).toContain("risk.dora");

    const forbidden = await stemmaAs(dora, "grant", "VIEWER", "--on", "risk.*", "--to", "trainer");
    expect(forbidden).toEqual({
      code: 1,
      signal: null,
      stdout: "",
      stderr:
        "stemma: dora may not do this: it needs role:grant on risk.* (`stemma whoami` shows your roles; `stemma login` is for another token)\n",
    });
    expect(await printed("grants", "--actor", "dora")).toMatch(
      /^ID +HOLDER +ROLE +ON +SINCE +BY\ngrt_\d+ +dora +CONTRIBUTOR +risk\.\* +20\S+ \S+ +administrator\n$/,
    );
    expect(await printed("revoke", "CONTRIBUTOR", "--on", "risk.*", "--from", "dora")).toBe(
      "dora is CONTRIBUTOR on risk.* no more.\n",
    );
    expect(await printed("grants", "--actor", "dora")).toBe("No grants, or none that you may see.\n");
    expect(await printed("grants", "--actor", "dora", "--all")).toMatch(/ UNTIL\n.* 20\S+ \S+\n$/);
    expect(printedBy(await stemmaAs(dora, "models"))).toMatch(/^No models yet/);

    expect(await printed("actor", "deactivate", "dora")).toBe("dora acts no more; its tokens are revoked.\n");
    const gone = await stemmaAs(dora, "whoami");
    expect(gone).toMatchObject({ code: 1, stdout: "" });
    expect(gone.stderr).toMatch(
      /^stemma: the server at .* does not take this token \(it says: .*\); run `stemma login`, or set STEMMA_TOKEN\n$/,
    );
    expect(await printed("actor", "list")).not.toContain("dora");
    expect(await printed("actor", "list", "--all")).toMatch(/^act_\d+ +dora +person +20/m);
    expect(await printed("actor", "reactivate", "dora")).toBe("dora may act again.\n");
    const actors = JSON.parse(await printed("actor", "list", "--json"));
    expect(actors).toContainEqual(expect.objectContaining({ name: "trainer", kind: "SERVICE" }));
    expect(actors).toContainEqual(expect.objectContaining({ name: "dora", deactivatedAt: null }));
  });

  it("a group is granted a role, and loses it", async () => {
    const grant = JSON.parse(await printed("grant", "VIEWER", "--on", "*", "--to-group", "ml", "--json"));
    expect(grant).toMatchObject({ role: "VIEWER", scope: "*", group: "ml", actor: null });
    expect(await printed("grants", "--group", "ml", "--role", "VIEWER", "--on", "*")).toContain("group ml");
    const ended = await printed("revoke", "VIEWER", "--on", "*", "--from-group", "ml");
    expect(ended).toBe("group ml is VIEWER on * no more.\n");
    expect(JSON.parse(await printed("grants", "--group", "ml", "--json"))).toEqual([]);
  });

  it("roles are listed, the registry's own as well", async () => {
    await registry.mutate("defineRole", { name: "RELEASER", permissions: ["stage:transition:Production"] });
    const said = await printed("roles");
    expect(said).toMatch(/^VIEWER +registry:read$/m);
    expect(said).toMatch(/^RELEASER +stage:transition:Production$/m);
    expect(JSON.parse(await printed("roles", "--json"))).toContainEqual(
      expect.objectContaining({ name: "RELEASER", isBuiltIn: false }),
    );
  });
});

describe("a secret", () => {
  it("is told once: alone on stdout, so that a script takes it, and with nothing else where that is wished", async () => {
    await person(world, "erin");
    const create = ["token", "create", "--actor", "erin", "--name", "ci", "--expires", "30d"];
    const loud = await stemma(...create, "--scope", "registry:read", "CONTRIBUTOR@risk.*");
    expect(loud.stdout.trimEnd()).toMatch(secretForm);
    expect(loud.stderr).toMatch(
      /^tok_\d+ "ci" acts as erin \(CONTRIBUTOR@risk\.\*, registry:read\) until 20.* UTC\.\nThis is its secret\. It is shown this once:\n$/,
    );
    const quiet = await stemma(...create, "--quiet");
    expect(quiet).toMatchObject({ code: 0, stderr: "" });
    expect(quiet.stdout.trimEnd()).toMatch(secretForm);
    const json = JSON.parse(await printed(...create, "--json"));
    expect(json).toMatchObject({
      secret: expect.stringMatching(secretForm),
      token: { name: "ci", scopes: ["*"] },
    });
    const secrets = [loud.stdout.trim(), quiet.stdout.trim(), json.secret];
    expect(new Set(secrets).size).toBe(3);
    const later = [
      await printed("token", "list", "--actor", "erin"),
      await printed("token", "list", "--actor", "erin", "--all", "--json"),
    ].join();
    expect(later.match(/tok_\d+/g)!.length).toBeGreaterThanOrEqual(6);
    for (const secret of secrets) expect(loud.stderr + later).not.toContain(secret);
    expect(later).not.toContain("stm_");
  });

  it("is replaced, and the old one is void; a login that kept it keeps the new one", async () => {
    const frank = await person(world, "frank");
    const home = temporaryFolder();
    const file = join(home, ".config", "stemma", "config.json");
    const here = (...args: string[]) => runCli(args, { home });
    await runCli(["login", "--url", world.url, "--token-stdin"], { home, input: frank.token });
    const { code, stdout, stderr } = await here("token", "rotate", frank.tokenId);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^stm_\w{36}\n$/) });
    expect(stderr).toMatch(new RegExp(`\nYour login at ${world.url} has it already\\.\n$`));
    expect(stderr).not.toContain("stm_");
    expect(readFileSync(file, "utf8")).toContain(stdout.trim());
    expect(await here("whoami")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^frank\n/) });
    expect(await stemmaAs(frank, "whoami")).toMatchObject({ code: 1, stdout: "" });

    const shown = await stemmaAs({ token: stdout.trim() }, "token", "rotate", frank.tokenId);
    expect(shown.stderr).toMatch(/\nYou showed it yourself: set STEMMA_TOKEN anew\.\n$/);
    const byAnother = await stemma("token", "rotate", frank.tokenId, "--quiet");
    expect(byAnother).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^stm_\w{36}\n$/) });
    expect(readFileSync(file, "utf8")).toContain(stdout.trim());
  });

  it("is void when its token is revoked, which is told by its id", async () => {
    const gina = await person(world, "gina");
    expect(await printed("token", "revoke", gina.tokenId)).toBe(`${gina.tokenId} "for tests" is revoked.\n`);
    expect(await printed("token", "list", "--actor", "gina")).toBe("No tokens, or none that you may see.\n");
    expect(await printed("token", "list", "--actor", "gina", "--all")).toMatch(/ revoked 20/);
    const after = await stemmaAs(gina, "models");
    expect(after).toMatchObject({ code: 1, stdout: "" });
    expect(after.stderr).toContain("(it says: this token has been revoked); run `stemma login`");
  });

  it("is repeated by no command that takes it for something else", async () => {
    const { token } = await person(world, "hugo");
    for (const args of [
      ["token", "revoke", token],
      ["token", "rotate", token],
      ["token", "create", "--name", "x", "--expires", token],
      ["token", "list", "--actor", token],
      ["actor", "deactivate", token],
      ["grant", "VIEWER", "--on", "*", "--to", token],
      ["show", token],
      ["login", "--url", token],
      ["logout", "--url", `https://me:${token}@stemma.example`],
      [token],
    ]) {
      const { code, stdout, stderr } = await stemma(...args);
      expect({ args, code: code! > 0, stdout }).toEqual({ args, code: true, stdout: "" });
      expect(stderr).not.toContain(token);
    }
  });
});

describe("a token of the command line", () => {
  it.each([
    ["12h", dayMillis / 2],
    ["30d", 30 * dayMillis],
    ["2w", 14 * dayMillis],
  ])("ends after %s", async (span, millis) => {
    const before = Date.now();
    const made = await printed(
      "token",
      "create",
      "--actor",
      "ivan",
      "--name",
      "x",
      "--expires",
      span,
      "--json",
    );
    const expiresAt = Date.parse(JSON.parse(made).token.expiresAt);
    expect(expiresAt).toBeGreaterThanOrEqual(before + millis);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + millis);
  });

  it("ends on a day, which is told as a date", async () => {
    const day = new Date(Date.now() + 40 * dayMillis).toISOString().slice(0, 10);
    const made = await printed(
      "token",
      "create",
      "--actor",
      "ivan",
      "--name",
      "x",
      "--expires",
      day,
      "--json",
    );
    expect(JSON.parse(made).token.expiresAt).toBe(`${day}T00:00:00.000Z`);
  });

  beforeAll(async () => {
    await person(world, "ivan");
  });
});

describe("the command line refuses, in one line,", () => {
  it.each([
    [2, "a token without a name", ["token", "create"], "required option '--name <name>' not specified"],
    [
      2,
      "an end that is none",
      ["token", "create", "--name", "x", "--expires", "soon"],
      "expected a span such as",
    ],
    [
      2,
      "an end too far off",
      ["token", "create", "--actor", "judy", "--name", "x", "--expires", "366d"],
      "expiresAt: expected a time",
    ],
    [1, "the tokens of nobody", ["token", "list", "--actor", "nobody-here"], "there is no such actor"],
    [2, "a role for nobody", ["grant", "VIEWER", "--on", "*"], "expected either --to or --to-group"],
    [
      2,
      "a role for two at once",
      ["revoke", "VIEWER", "--on", "*", "--from", "a", "--from-group", "b"],
      "expected either --from or --from-group",
    ],
    [2, "a role nowhere", ["grant", "VIEWER", "--to", "a"], "required option '--on <scope>' not specified"],
    [
      2,
      "a scope that is none",
      ["grant", "VIEWER", "--on", "a*", "--to", "judy"],
      "scope: expected *, a dotted",
    ],
    [1, "a role that is none", ["grant", "KING", "--on", "*", "--to", "judy"], "KING"],
    [1, "somebody who is known already", ["actor", "create", "judy"], "actor judy exists already"],
    [1, "a grant that is not there", ["revoke", "ADMIN", "--on", "*", "--from", "judy"], "not found"],
  ])("with %i %s", async (code, _, args, said) => {
    const { stdout, stderr, code: came } = await stemma(...args);
    expect({ came, stdout }).toEqual({ came: code, stdout: "" });
    expect(stderr).toContain(said);
    expect(stderr.split("\n").filter((line) => line !== "" && !line.startsWith("("))).toHaveLength(1);
  });

  beforeAll(async () => {
    await person(world, "judy");
  });
});
