import { resolve } from "node:path";
import { ConfigError, type Environment, numberOf, originOf, refuse } from "./reading.ts";

/** Azure's tiers that are read at once. */
export type ColdTier = "Cool" | "Cold";

/** Where the bytes are. A shared folder (NFS) is a `file` for every replica. */
export type ObjectStoreSettings =
  | { kind: "file"; path: string }
  | {
      kind: "s3";
      bucket: string;
      /** "" or ending with "/". */
      prefix: string;
      region: string;
      /** null for AWS's own. */
      endpoint: string | null;
      /** The bucket in the path rather than in the host name. */
      isPathStyle: boolean;
      /** The class of what is cold, such as STANDARD_IA; null where all stays in the usual one. */
      coldClass: string | null;
    }
  | {
      kind: "azure";
      account: string;
      accountKey: string;
      container: string;
      prefix: string;
      endpoint: string;
      /** The access tier of what is cold; null where all stays in the usual one. */
      coldClass: ColdTier | null;
    };

export interface ObjectSettings {
  store: ObjectStoreSettings;
  /** How long a signed URL works, unless asked otherwise. */
  urlSeconds: number;
  /** How stored bytes are hashed again; null where they are not. */
  scrub: ScrubSettings | null;
  /** How long bytes are kept after the last reference to them is gone. */
  graceSeconds: number;
}

export interface ScrubSettings {
  /** All of them are, once in so many days, as far as the rate allows. */
  everyDays: number;
  bytesPerSecond: number;
}

const week = 7 * 24 * 3_600;
const year = 365 * 24 * 3_600;
const objectStoreForms =
  "file:<folder>, s3://bucket/prefix?region=…&endpoint=…&pathStyle=true or azure://container/prefix?account=…&endpoint=…";

/** Those of AWS that are read at once. Other servers name theirs as they like. */
const coldClassesOfAws = ["STANDARD_IA", "ONEZONE_IA", "GLACIER_IR", "INTELLIGENT_TIERING"];
const coldTiers: readonly string[] = ["Cool", "Cold"] satisfies ColdTier[];
/** Who wants to read what is there has to ask hours before. */
const frozenClasses = ["GLACIER", "DEEP_ARCHIVE", "Archive"];

/** The longest that a signed URL may be asked to work. */
export const longestUrlSeconds = 12 * 3_600;

/** `beside`: the folder that holds the embedded database, or `data`. */
export function objectsOf(env: Environment, beside: string): ObjectSettings {
  return {
    store: storeOf(env, beside),
    urlSeconds: numberOf(env, "SIGNED_URL_SECONDS", 900, 10, longestUrlSeconds),
    scrub: scrubOf(env),
    graceSeconds: numberOf(env, "BLOB_GRACE_SECONDS", week, 0, year),
  };
}

function scrubOf(env: Environment): ScrubSettings | null {
  const everyDays = numberOf(env, "SCRUB_DAYS", 30, 0, 3_650);
  const bytesPerSecond = numberOf(env, "SCRUB_BYTES_PER_SECOND", 16 * 1024 ** 2, 1, 1024 ** 4);
  return everyDays === 0 ? null : { everyDays, bytesPerSecond };
}

function storeOf(env: Environment, beside: string): ObjectStoreSettings {
  const text = env.OBJECT_STORE_URL?.trim();
  if (text && !text.startsWith("file:")) return remoteStoreOf(env, text);
  coldClassOf(env, "an s3:// or azure:// OBJECT_STORE_URL: a folder has no classes", () => false);
  if (!text) return { kind: "file", path: resolve(beside, "objects") };
  const path = text.slice("file:".length).replace(/^\/\/(?=\/)/, "");
  if (!path) refuse("OBJECT_STORE_URL", objectStoreForms, text);
  return { kind: "file", path: resolve(path) };
}

function remoteStoreOf(env: Environment, text: string): ObjectStoreSettings {
  const url = URL.canParse(text) ? new URL(text) : null;
  const known = url?.protocol === "s3:" ? ["region", "endpoint", "pathStyle"] : ["account", "endpoint"];
  const isSound =
    (url?.protocol === "s3:" || url?.protocol === "azure:") &&
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname) &&
    url.username === "" &&
    /^[A-Za-z0-9/._-]*$/.test(url.pathname) &&
    [...url.searchParams.keys()].every((key) => known.includes(key));
  // The text is not repeated where it may hold a password.
  if (!url || !isSound) refuse("OBJECT_STORE_URL", objectStoreForms, `${text.split(":")[0]}:…`);
  const folder = url.pathname.replace(/^\/+|\/+$/g, "");
  const prefix = folder ? `${folder}/` : "";
  const given = url.searchParams.get("endpoint");
  if (given !== null && originOf(given.replace(/\/$/, "")) === null && url.protocol === "s3:") {
    refuse("OBJECT_STORE_URL", "an endpoint such as https://s3.example", given);
  }
  if (url.protocol === "s3:") {
    const pathStyle = url.searchParams.get("pathStyle") ?? "false";
    if (!["true", "false"].includes(pathStyle))
      refuse("OBJECT_STORE_URL", "pathStyle=true or false", pathStyle);
    const region = url.searchParams.get("region") ?? "us-east-1";
    return {
      kind: "s3",
      bucket: url.hostname,
      prefix,
      region,
      endpoint: given,
      isPathStyle: pathStyle === "true",
      coldClass: s3ColdClassOf(env, given === null),
    };
  }
  const account = url.searchParams.get("account") ?? "";
  if (!/^[a-z0-9]{3,24}$/.test(account)) refuse("OBJECT_STORE_URL", "account=<storage account>", account);
  const accountKey = env.AZURE_STORAGE_KEY?.trim();
  if (!accountKey) throw new ConfigError("AZURE_STORAGE_KEY: needed with an azure:// OBJECT_STORE_URL");
  const endpoint = given ?? `https://${account}.blob.core.windows.net`;
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    refuse("OBJECT_STORE_URL", "an endpoint such as https://account.blob.core.windows.net", endpoint);
  }
  const coldClass = coldClassOf(env, coldTiers.join(" or "), (name) => coldTiers.includes(name));
  const where = { account, accountKey, container: url.hostname, prefix, endpoint };
  return { kind: "azure", ...where, coldClass: coldClass as ColdTier | null };
}

function s3ColdClassOf(env: Environment, isAws: boolean): string | null {
  if (isAws) {
    return coldClassOf(env, coldClassesOfAws.join(", "), (name) => coldClassesOfAws.includes(name));
  }
  const expected = `a class that the server reads at once, such as ${coldClassesOfAws[0]}`;
  return coldClassOf(env, expected, (name) => /^[A-Z][A-Z0-9_]{0,59}$/.test(name) && name !== "STANDARD");
}

function coldClassOf(env: Environment, expected: string, isSound: (name: string) => boolean): string | null {
  const name = env.OBJECT_STORE_COLD_CLASS?.trim();
  if (!name) return null;
  if (frozenClasses.includes(name)) {
    refuse("OBJECT_STORE_COLD_CLASS", `${expected}: what is there is not read at once`, name);
  }
  if (!isSound(name)) refuse("OBJECT_STORE_COLD_CLASS", expected, name);
  return name;
}

/** Which store it is, for people; never a credential. */
export function objectStoreName({ store }: ObjectSettings): string {
  switch (store.kind) {
    case "file":
      return `folder ${store.path}`;
    case "s3":
      return `S3 bucket ${store.bucket}${store.endpoint ? ` at ${store.endpoint}` : ""}`;
    case "azure":
      return `Azure container ${store.container} of ${store.account}`;
  }
}
