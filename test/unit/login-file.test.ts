import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { SettingError } from "../../src/client/errors.ts";
import { LoginFile } from "../../src/client/login-file.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";

const one = "https://one.example";
const two = "https://two.example";
const secret = "stm_0123456789012345678901234567890abcdef";

const newFile = () => new LoginFile(join(temporaryFolder(), "config", "stemma", "config.json"));
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

function tokensIn(file: LoginFile): Record<string, string> {
  return Object.fromEntries([...file.read().servers].map(([url, { token }]) => [url, token]));
}

/** A file as somebody wrote it, for the owner only unless told otherwise. */
function fileWith(text: string, mode = 0o600): LoginFile {
  const file = newFile();
  mkdirSync(dirname(file.path), { recursive: true });
  writeFileSync(file.path, text);
  chmodSync(file.path, mode);
  return file;
}

/** What reading it is refused with. */
function complaint(file: LoginFile): string {
  try {
    file.read();
  } catch (error) {
    expect(error).toBeInstanceOf(SettingError);
    return (error as Error).message;
  }
  throw new Error("the file was taken");
}

describe("the file of logins", () => {
  it("holds nothing where there is none", () => {
    expect(newFile().read()).toEqual({ current: null, servers: new Map() });
  });

  it("is made for its owner's eyes only, with its folder", () => {
    const file = newFile();
    file.save(one, secret);
    expect([modeOf(dirname(file.path)), modeOf(file.path)]).toEqual(["700", "600"]);
  });

  it("closes a folder that was open to others, and leaves those above as they are", () => {
    const file = newFile();
    const above = dirname(dirname(file.path));
    mkdirSync(dirname(file.path), { recursive: true });
    chmodSync(dirname(file.path), 0o755);
    chmodSync(above, 0o755);
    file.save(one, secret);
    expect([modeOf(above), modeOf(dirname(file.path))]).toEqual(["755", "700"]);
  });

  it("keeps one token for each server, and makes the last one current", () => {
    const file = newFile();
    file.save(one, "first");
    file.save(two, "second");
    file.save(one, "third");
    expect(tokensIn(file)).toEqual({ [one]: "third", [two]: "second" });
    expect(file.read().current).toBe(one);
    expect(JSON.parse(readFileSync(file.path, "utf8"))).toEqual({
      current: one,
      servers: {
        [one]: { token: "third", savedAt: expect.stringMatching(/^20\d\d-.*Z$/) },
        [two]: { token: "second", savedAt: expect.stringMatching(/^20\d\d-.*Z$/) },
      },
    });
  });

  it("forgets one server, and which is current where it was that", () => {
    const file = newFile();
    file.save(one, "first");
    file.save(two, "second");
    expect(file.forget(one)).toBe(true);
    expect(file.read().current).toBe(two);
    expect(file.forget(two)).toBe(true);
    expect(file.forget(two)).toBe(false);
    expect(file.read()).toEqual({ current: null, servers: new Map() });
  });

  it("replaces a token by another only where it is the one that is kept", () => {
    const file = newFile();
    file.save(one, "first");
    file.save(two, "second");
    expect(file.replace(one, "other", "new")).toBe(false);
    expect(file.replace("https://three.example", "first", "new")).toBe(false);
    expect(tokensIn(file)).toEqual({ [one]: "first", [two]: "second" });
    expect(file.replace(one, "first", "new")).toBe(true);
    expect(tokensIn(file)).toEqual({ [one]: "new", [two]: "second" });
    expect(file.read().current).toBe(two);
  });

  it("is put in the place of the old one whole, and leaves nothing beside it", () => {
    const file = newFile();
    file.save(one, "first");
    const { ino } = statSync(file.path);
    file.save(two, "second");
    expect(statSync(file.path).ino).not.toBe(ino);
    expect(readdirSync(dirname(file.path))).toEqual(["config.json"]);
  });

  it("says which file cannot be read, and which cannot be written", () => {
    const folder = newFile();
    mkdirSync(folder.path, { recursive: true, mode: 0o700 });
    expect(() => folder.read()).toThrow(`${folder.path}: cannot be read (EISDIR)`);
    // Long enough for itself, too long for the draft beside it.
    const long = new LoginFile(join(temporaryFolder(), "a".repeat(250)));
    expect(() => long.save(one, secret)).toThrow(`${long.path}: cannot be written (ENAMETOOLONG)`);
    expect(readdirSync(dirname(long.path))).toEqual([]);
  });

  it.each([0o644, 0o640, 0o604, 0o620, 0o602, 0o666])(
    "is refused where others may read or change it: %o",
    (mode) => {
      const file = fileWith(JSON.stringify({ current: one, servers: { [one]: { token: secret } } }), mode);
      const said = complaint(file);
      expect(said).toContain(
        `${file.path}: others on this machine may read or change it (mode 0${mode.toString(8)})`,
      );
      expect(said).not.toContain(secret);
      expect(() => file.save(one, "new")).toThrow(SettingError);
      chmodSync(file.path, 0o600);
      expect(tokensIn(file)).toEqual({ [one]: secret });
    },
  );

  it.each([
    ["no JSON", `{ "servers": { "${one}": { "token": "${secret}" }`],
    ["a text", JSON.stringify(secret)],
    ["a list", JSON.stringify([secret])],
    ["null", "null"],
    ["servers in a list", JSON.stringify({ servers: [secret] })],
    ["a name that is no URL", JSON.stringify({ servers: { [secret]: {} } })],
    ["a URL with a password", JSON.stringify({ servers: { [`https://me:${secret}@one.example`]: {} } })],
    ["a token in the place of its entry", JSON.stringify({ servers: { [one]: secret } })],
    ["an entry without a token", JSON.stringify({ servers: { [one]: {} } })],
    ["a token of two lines", JSON.stringify({ servers: { [one]: { token: `${secret}\n${secret}` } } })],
    ["a current server that is no URL", JSON.stringify({ current: secret, servers: {} })],
    ["nothing at all", ""],
  ])("is named where it holds %s, and nothing that it holds is repeated", (_, text) => {
    const file = fileWith(text);
    const said = complaint(file);
    expect(said.startsWith(`${file.path}: `)).toBe(true);
    expect(said).toMatch(/; mend it, or delete it and run `stemma login` again$/);
    expect(said).not.toContain(secret);
  });
});
