import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readClientSettings, SettingError } from "../../src/client/environment.ts";
import { temporaryFolder } from "../support/foreign-stores.ts";

function folderWithToken(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "admin-token"), "kept-token\n");
  return folder;
}

describe("a client's settings", () => {
  it("lead to the server of this machine where nothing is set", () => {
    expect(readClientSettings({}, temporaryFolder())).toEqual({ url: "http://127.0.0.1:4000", token: null });
  });

  it.each([
    ["https://stemma.example/", "https://stemma.example"],
    ["https://stemma.example/graphql", "https://stemma.example"],
    ["https://stemma.example/registry/graphql/", "https://stemma.example/registry"],
    [" http://localhost:4001 ", "http://localhost:4001"],
  ])("take %j for a URL", (given, url) => {
    expect(readClientSettings({ STEMMA_URL: given }, temporaryFolder()).url).toBe(url);
  });

  it.each(["stemma.example", "ftp://stemma.example", "http://"])("refuse %j for a URL", (given) => {
    expect(() => readClientSettings({ STEMMA_URL: given }, temporaryFolder())).toThrow(SettingError);
  });

  it("show the kept token to a server of this machine, and to no other", () => {
    const folder = folderWithToken();
    for (const url of [
      "http://127.0.0.1:4000",
      "http://localhost:1",
      "http://[::1]:4000",
      "http://127.8.9.1",
    ]) {
      expect(readClientSettings({ STEMMA_URL: url }, folder).token, url).toBe("kept-token");
    }
    for (const url of ["https://stemma.example", "http://127.0.0.1.example", "http://10.0.0.1:4000"]) {
      expect(readClientSettings({ STEMMA_URL: url }, folder).token, url).toBeNull();
    }
  });

  it("prefer the token that is set, and refuse one that no header can hold", () => {
    const folder = folderWithToken();
    expect(readClientSettings({ STEMMA_TOKEN: "set-token" }, folder).token).toBe("set-token");
    expect(() => readClientSettings({ STEMMA_TOKEN: "two words" }, folder)).toThrow("STEMMA_TOKEN: expected");
  });
});
