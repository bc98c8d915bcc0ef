import { describe, expect, it } from "vitest";
import { objectStoreName } from "../../src/config/objects.ts";
import { readConfig } from "../../src/config.ts";

const settingsOf = (env: Record<string, string>) => readConfig(env).objects;
const storeOf = (url: string, env: Record<string, string> = {}) =>
  settingsOf({ OBJECT_STORE_URL: url, ...env }).store;

describe("the object store", () => {
  it("is a folder beside the embedded database", () => {
    expect(settingsOf({ DATABASE_URL: "sqlite:/srv/stemma/registry.db" }).store).toEqual({
      kind: "file",
      path: "/srv/stemma/objects",
    });
  });

  it("is a folder of one's own", () => {
    expect(storeOf("file:/mnt/shared/objects")).toEqual({ kind: "file", path: "/mnt/shared/objects" });
    expect(storeOf("file:///mnt/shared/objects")).toEqual({ kind: "file", path: "/mnt/shared/objects" });
  });

  it("is a bucket of S3, or of what speaks like it", () => {
    expect(storeOf("s3://models")).toEqual({
      kind: "s3",
      bucket: "models",
      prefix: "",
      region: "us-east-1",
      endpoint: null,
      isPathStyle: false,
      coldClass: null,
    });
    const own = "s3://models/stemma/?region=eu-west-1&endpoint=http://127.0.0.1:8080&pathStyle=true";
    expect(storeOf(own)).toEqual({
      kind: "s3",
      bucket: "models",
      prefix: "stemma/",
      region: "eu-west-1",
      endpoint: "http://127.0.0.1:8080",
      isPathStyle: true,
      coldClass: null,
    });
  });

  it("is a container of Azure, whose key is a secret of its own", () => {
    expect(storeOf("azure://models/stemma?account=acme", { AZURE_STORAGE_KEY: "a2V5" })).toEqual({
      kind: "azure",
      account: "acme",
      accountKey: "a2V5",
      container: "models",
      prefix: "stemma/",
      endpoint: "https://acme.blob.core.windows.net",
      coldClass: null,
    });
    expect(() => storeOf("azure://models?account=acme")).toThrow("AZURE_STORAGE_KEY: needed");
  });

  it.each([
    ["s3://models", "STANDARD_IA"],
    ["s3://models", "GLACIER_IR"],
    ["s3://models?endpoint=https://s3.example", "SLOW_DISKS"],
    ["azure://models?account=acme", "Cold"],
  ])("of %s has the class %s for what is cold, where that is set", (url, name) => {
    const env = { AZURE_STORAGE_KEY: "a2V5", OBJECT_STORE_COLD_CLASS: name };
    expect(storeOf(url, env)).toMatchObject({ coldClass: name });
  });

  it.each([
    ["file:/srv/objects", "STANDARD_IA", "an s3:// or azure:// OBJECT_STORE_URL: a folder has no classes"],
    ["", "Cool", "a folder has no classes"],
    ["s3://models", "DEEP_ARCHIVE", "what is there is not read at once"],
    ["s3://models?endpoint=https://s3.example", "GLACIER", "what is there is not read at once"],
    ["s3://models", "Cool", "STANDARD_IA, ONEZONE_IA, GLACIER_IR, INTELLIGENT_TIERING"],
    ["s3://models?endpoint=https://s3.example", "STANDARD", "a class that the server reads at once"],
    ["azure://models?account=acme", "Archive", "what is there is not read at once"],
    ["azure://models?account=acme", "STANDARD_IA", "Cool or Cold"],
  ])("of %s has no class %s", (url, name, why) => {
    const open = () => storeOf(url, { AZURE_STORAGE_KEY: "a2V5", OBJECT_STORE_COLD_CLASS: name });
    expect(open).toThrow("OBJECT_STORE_COLD_CLASS: expected ");
    expect(open).toThrow(why);
  });

  it("is named for people without its key", () => {
    const azure = { OBJECT_STORE_URL: "azure://models?account=acme", AZURE_STORAGE_KEY: "c2VjcmV0" };
    expect(objectStoreName(settingsOf(azure))).toBe("Azure container models of acme");
    expect(objectStoreName(settingsOf({ OBJECT_STORE_URL: "s3://models" }))).toBe("S3 bucket models");
  });

  it.each([
    "file:",
    "ftp://models",
    "s3://",
    "s3://user:password@models",
    "s3://models?regoin=eu",
    "s3://models?endpoint=ftp://elsewhere",
    "s3://models?endpoint=http://elsewhere/path",
    "s3://models?pathStyle=yes",
    "azure://models",
    "azure://models?account=Not_One",
    "azure://models?account=acme&endpoint=nonsense",
    "models",
  ])("is not %s", (url) => {
    expect(() => storeOf(url, { AZURE_STORAGE_KEY: "a2V5" })).toThrow(/^OBJECT_STORE_URL: expected /);
  });

  it("repeats no password that was put into its URL", () => {
    expect(() => storeOf("s3://user:hunter2@models")).toThrow(/^(?!.*hunter2)/);
  });

  it.each(["9", "43201", "soon"])("does not sign URLs for %s seconds", (seconds) => {
    expect(() => settingsOf({ SIGNED_URL_SECONDS: seconds })).toThrow(
      "SIGNED_URL_SECONDS: expected a whole number 10–43200",
    );
    expect(settingsOf({}).urlSeconds).toBe(900);
    expect(settingsOf({ SIGNED_URL_SECONDS: "43200" }).urlSeconds).toBe(43_200);
  });

  it("keeps bytes for a week after the last reference to them is gone, unless told otherwise", () => {
    expect(settingsOf({}).graceSeconds).toBe(7 * 24 * 3_600);
    expect(settingsOf({ BLOB_GRACE_SECONDS: "0" }).graceSeconds).toBe(0);
    expect(() => settingsOf({ BLOB_GRACE_SECONDS: "-1" })).toThrow(
      "BLOB_GRACE_SECONDS: expected a whole number 0–",
    );
  });
});
