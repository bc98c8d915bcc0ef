import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { runCli } from "../support/cli-process.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";
import { registryOf } from "../support/registry.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let author: Person;

beforeAll(async () => {
  world = await startWorld();
  const registry = registryOf(world);
  await registry.model("fraud");
  for (let number = 1; number <= 3; number++) await registry.version("fraud");
  author = await person(world, "author", { grants: [["CONTRIBUTOR", "*"]] });
  return world.close;
});

const stemma = (...args: string[]) =>
  runCli(["card", ...args], { server: { url: world.url, token: author.token } });

function fileOf(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

const whole = `model_details: A tree.
intended_use: Flag payments.
factors: Age.
metrics: { auc: { value: 0.9, per_group: { "age < 25": 0.8 } } }
evaluation_data: "2026"
training_data: "2025"
ethical_considerations: Declines harm.
caveats: Retrain.
owner: ann\t # no newline at the end`;

it("sets a card from a file, and writes it out to the last byte", async () => {
  const markdown = "---\nlanguage: no\n---\n# Fraud \u001b[31m\n\nText  \n\n";
  const done = await stemma("set", "fraud/1", fileOf("README.md", markdown));
  expect(done).toMatchObject({ code: 0, stdout: "fraud/1: card is DRAFT, revision 1, fresh\n", stderr: "" });
  expect(await stemma("get", "fraud/1", "--markdown")).toMatchObject({ code: 0, stdout: markdown });
  const yaml = await stemma("get", "fraud/1", "--yaml");
  expect(yaml.stdout).toContain('language: "no"\n');
  expect(await stemma("set", "fraud/2", fileOf("model_card.yaml", whole))).toMatchObject({ code: 0 });
  expect(await stemma("get", "fraud/2", "--yaml")).toMatchObject({ code: 0, stdout: whole });
  const shown = await stemma("get", "fraud/2");
  expect(shown.stdout).toContain("fraud/2 · card DRAFT, revision 1\n");
  expect(shown.stdout).toMatch(/^ {2}owner +ann$/m);
  expect(shown.stdout).toMatch(/^ {2}complete +100 %$/m);
  expect(JSON.parse((await stemma("get", "fraud/2", "--json")).stdout)).toMatchObject({
    revision: 1,
    format: "YAML",
  });
});

it("sets a status alone, by compare-and-set", async () => {
  const file = fileOf("card.yml", "owner: ann");
  expect(await stemma("set", "fraud@latest", file)).toMatchObject({ code: 2 });
  await stemma("set", "fraud/3", file, "--expected-revision", "0");
  const done = await stemma("set", "fraud/3", "--status", "in-review");
  expect(done.stdout).toBe("fraud/3: card is IN_REVIEW, revision 2, fresh\n");
  const late = await stemma("set", "fraud/3", "--status", "draft", "--expected-revision", "1");
  expect(late).toMatchObject({ code: 1, stdout: "" });
  expect(late.stderr).toContain("it is at revision 2; revision 1 was expected");
  const approved = await stemma("set", "fraud/3", "--status", "approved");
  expect(approved.code).toBe(1);
  expect(approved.stderr).toContain("transition:review");
});

it("checks a file or the card of a version, and exits with 1 where something is missing", async () => {
  expect(await stemma("check", fileOf("card.yaml", whole))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(": 100 % complete\n"),
  });
  const thin = fileOf("card.md", "## Intended use\n\nFlag.\n");
  const checked = await stemma("check", thin);
  expect(checked).toMatchObject({ code: 1, stderr: "stemma: 8 of 9 sections say nothing\n" });
  expect(checked.stdout).toContain(": 11 % complete\n  missing       details\n                factors\n");
  const { stdout } = await stemma("check", thin, "--json");
  expect(JSON.parse(stdout)).toMatchObject({ score: 0.11, problem: null });
  expect(await stemma("set", "fraud/3", thin)).toMatchObject({ code: 0 });
  expect((await stemma("check", "fraud/3")).code).toBe(1);
});

it("says what cannot be right", async () => {
  const nothing = await stemma("get", "fraud/9");
  expect(nothing).toMatchObject({ code: 1, stderr: "stemma: fraud/9: there is no such model or version\n" });
  await registryOf(world).model("bare");
  await registryOf(world).version("bare");
  expect(await stemma("get", "bare/1")).toMatchObject({ code: 1, stderr: "stemma: bare/1 has no card\n" });
  expect(await stemma("set", "bare/1", "no-such.md")).toMatchObject({ code: 2 });
  expect(await stemma("set", "bare/1", fileOf("card.txt", "x"))).toMatchObject({ code: 2 });
  expect(await stemma("set", "bare/1")).toMatchObject({ code: 2 });
  const bomb = await stemma("check", fileOf("card.yaml", "a: &a [x]\nb: [*a, *a]"));
  expect(bomb.code).toBe(2);
  expect(bomb.stderr).toContain("YAML without aliases");
});
