import type { Answered } from "./scripted.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its endpoint
type Json = any;

/** One place in which two answers differ. */
export interface Difference {
  /** `status`, or where in the body: `body.run.info.status`; a list's items are `*`. */
  at: string;
  mlflow: Json;
  stemma: Json;
}

/** What a server chooses by itself is replaced by what it stands for. */
export function normalised({ status, body, kept }: Answered): Json {
  return { status, body: plain(body, Object.entries(kept), "") };
}

function plain(value: Json, kept: readonly (readonly [string, string])[], key: string): Json {
  if (typeof value === "number") return isNow(value) ? "<now>" : value;
  if (typeof value === "string") return key === "next_page_token" ? "<token>" : plainText(value, kept, key);
  if (Array.isArray(value)) return byName(value.map((item) => plain(item, kept, "")));
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).map(([name, item]) => [name, plain(item, kept, name)] as const);
  return Object.fromEntries(members.filter(([, item]) => !isEmpty(item)));
}

/** What is empty is the same as what is not there: the client reads both as nothing. */
function isEmpty(value: Json): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}

function isNow(value: number): boolean {
  return Math.abs(value - Date.now()) < 600_000;
}

function plainText(text: string, kept: readonly (readonly [string, string])[], key: string): string {
  let told = text;
  for (const [name, value] of kept) {
    // Ids of experiments are short numbers, which mean something else elsewhere.
    if (value.length > 8) told = told.replaceAll(value, `<${name}>`);
    else if (key === "experiment_id" && told === value) told = `<${name}>`;
    else
      told = told.replaceAll(
        new RegExp(`(?<=mlflow-artifacts:/|xperiment |with id |id=)${value}\\b`, "g"),
        `<${name}>`,
      );
  }
  // Python's sets come in any order.
  const ordered = told.replace(/'\{(.*?)\}'/g, (_, names) => `'{${names.split(", ").sort().join(", ")}}'`);
  return ordered.replace(/\b[0-9a-f]{32}\b/g, "<id>");
}

/** Lists of facts about one thing, such as tags, have no order: they are told by their names. */
function byName(list: Json[]): Json {
  const nameOf = (item: Json) => item?.key ?? item?.alias;
  const names = new Set(list.map(nameOf));
  if (names.has(undefined) || names.size < list.length) return list;
  return Object.fromEntries(list.map((item) => [nameOf(item), item]));
}

export function differencesOf(mlflow: Json, stemma: Json, at = ""): Difference[] {
  if (Array.isArray(mlflow) && Array.isArray(stemma) && mlflow.length === stemma.length) {
    return mlflow.flatMap((item, place) => differencesOf(item, stemma[place], `${at}.*`));
  }
  if (isObject(mlflow) && isObject(stemma)) {
    const keys = new Set([...Object.keys(mlflow), ...Object.keys(stemma)]);
    return [...keys].flatMap((key) => differencesOf(mlflow[key], stemma[key], at ? `${at}.${key}` : key));
  }
  return JSON.stringify(mlflow) === JSON.stringify(stemma) ? [] : [{ at, mlflow, stemma }];
}

function isObject(value: Json): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
