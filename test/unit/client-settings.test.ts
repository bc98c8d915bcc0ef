import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readClientSettings, readLoginSettings } from "../../src/client/environment.ts";
import { SettingError } from "../../src/client/errors.ts";
import { LoginFile } from "../../src/client/login-file.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";

type Environment = Parameters<typeof readClientSettings>[0];

interface Place {
  /** Where the program was started. */
  folder?: string;
  logins?: LoginFile;
}

function settingsOf(env: Environment, { folder = temporaryFolder(), logins = noLogins() }: Place = {}) {
  return readClientSettings(env, folder, logins);
}

const noLogins = () => new LoginFile(join(temporaryFolder(), "config.json"));

/** Logins at these servers, each with a token named after its host; the last one is the current one. */
function loginsAt(...urls: string[]): LoginFile {
  const logins = noLogins();
  for (const url of urls) logins.save(url, `token-of-${new URL(url).host}`);
  return logins;
}

function brokenLogins(): LoginFile {
  const logins = noLogins();
  writeFileSync(logins.path, "{", { mode: 0o600 });
  return logins;
}

function folderWithToken(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "admin-token"), "kept-token\n");
  return folder;
}

describe("a client's settings", () => {
  it("lead to the server of this machine where nothing is set", () => {
    expect(settingsOf({})).toEqual({ url: "http://127.0.0.1:4000", token: null });
  });

  it.each([
    ["https://stemma.example/", "https://stemma.example"],
    ["HTTPS://Stemma.Example:443", "https://stemma.example"],
    ["https://stemma.example/graphql", "https://stemma.example"],
    ["https://stemma.example/registry/graphql/", "https://stemma.example/registry"],
    [" http://localhost:4001 ", "http://localhost:4001"],
  ])("take %j for a URL", (given, url) => {
    expect(settingsOf({ STEMMA_URL: given }).url).toBe(url);
  });

  it.each(["stemma.example", "ftp://stemma.example", "http://"])("refuse %j for a URL", (given) => {
    expect(() => settingsOf({ STEMMA_URL: given })).toThrow(SettingError);
  });

  it("refuse a URL with a password in it, and do not repeat that", () => {
    const refused = () => settingsOf({ STEMMA_URL: "https://me:hidden@stemma.example" });
    expect(refused).toThrow("STEMMA_URL: expected an http(s) URL");
    expect(refused).not.toThrow("hidden");
  });

  it("show the kept token to a server of this machine, and to no other", () => {
    const folder = folderWithToken();
    for (const url of [
      "http://127.0.0.1:4000",
      "http://localhost:1",
      "http://[::1]:4000",
      "http://127.8.9.1",
    ]) {
      expect(settingsOf({ STEMMA_URL: url }, { folder }).token, url).toBe("kept-token");
    }
    for (const url of ["https://stemma.example", "http://127.0.0.1.example", "http://10.0.0.1:4000"]) {
      expect(settingsOf({ STEMMA_URL: url }, { folder }).token, url).toBeNull();
    }
  });

  it("lead to the server of the last login, with its token", () => {
    const logins = loginsAt("https://one.example", "https://two.example");
    expect(settingsOf({}, { logins })).toEqual({
      url: "https://two.example",
      token: "token-of-two.example",
    });
  });

  it("show a saved token to the server it was saved for, and to no other", () => {
    const logins = loginsAt("https://one.example", "https://two.example");
    for (const [url, token] of [
      ["https://one.example/graphql", "token-of-one.example"],
      ["https://ONE.example:443/", "token-of-one.example"],
      ["http://one.example", null],
      ["https://one.example:8443", null],
      ["https://one.example/other", null],
      ["https://one.example.evil", null],
      ["https://three.example", null],
    ] as const) {
      expect(settingsOf({ STEMMA_URL: url }, { logins }).token, url).toBe(token);
    }
  });

  it("prefer the variables to a login, and a login to the kept token", () => {
    const here = "http://127.0.0.1:4000";
    const folder = folderWithToken();
    const logins = loginsAt("https://one.example", here);
    expect(settingsOf({}, { folder, logins })).toEqual({ url: here, token: "token-of-127.0.0.1:4000" });
    expect(settingsOf({ STEMMA_TOKEN: "set-token" }, { folder, logins })).toEqual({
      url: here,
      token: "set-token",
    });
    expect(settingsOf({ STEMMA_URL: "https://one.example" }, { folder, logins })).toEqual({
      url: "https://one.example",
      token: "token-of-one.example",
    });
    expect(settingsOf({ STEMMA_URL: "http://127.0.0.1:4001" }, { folder, logins }).token).toBe("kept-token");
  });

  it("need no file of logins where both variables are set", () => {
    const logins = brokenLogins();
    const env = { STEMMA_URL: "https://one.example", STEMMA_TOKEN: "set-token" };
    expect(settingsOf(env, { logins })).toEqual({ url: "https://one.example", token: "set-token" });
    expect(() => settingsOf({ STEMMA_URL: "https://one.example" }, { logins })).toThrow(SettingError);
    expect(() => settingsOf({ STEMMA_TOKEN: "set-token" }, { logins })).toThrow(SettingError);
  });

  it("refuse a token that no header can hold, and do not repeat it", () => {
    const refused = () => settingsOf({ STEMMA_TOKEN: "two words" });
    expect(refused).toThrow("STEMMA_TOKEN: expected");
    expect(refused).not.toThrow("two words");
  });
});

describe("a login goes to", () => {
  const urlOf = (given: string | undefined, env: Environment, logins = noLogins()) =>
    readLoginSettings(given, env, logins).url;

  it("the server that was typed, else that of STEMMA_URL, else that of the last login, else the usual one", () => {
    const env = { STEMMA_URL: "https://set.example" };
    const logins = loginsAt("https://last.example");
    expect(urlOf("https://typed.example/graphql", env, logins)).toBe("https://typed.example");
    expect(urlOf(undefined, env, logins)).toBe("https://set.example");
    expect(urlOf(undefined, {}, logins)).toBe("https://last.example");
    expect(urlOf(undefined, {})).toBe("http://127.0.0.1:4000");
    expect(() => urlOf("typed", {})).toThrow("--url: expected an http(s) URL");
  });

  it("be overridden by the variables that go before it", () => {
    const overriddenBy = (given: string | undefined, env: Environment) =>
      readLoginSettings(given, env, noLogins()).overriddenBy;
    const url = "https://set.example";
    expect(overriddenBy(undefined, {})).toEqual([]);
    expect(overriddenBy(undefined, { STEMMA_URL: url })).toEqual([]);
    expect(overriddenBy(`${url}/`, { STEMMA_URL: url })).toEqual([]);
    expect(overriddenBy("https://typed.example", { STEMMA_URL: url, STEMMA_TOKEN: "t" })).toEqual([
      "STEMMA_URL",
      "STEMMA_TOKEN",
    ]);
  });
});
