import type { KeyValueInput } from "../tracking/fact.inputs.ts";
import { badParameter } from "./mlflow-error.ts";

// What MLflow takes for keys and values of tags, params and metrics, in its own words.

const longestKey = 250;
const longestExperimentName = 500;
const longestExperimentTag = 20_000;
const longestRunTag = 8_000;
const longestRegistryTag = 100_000;
const longestParam = 6_000;

/** `path` is where it stands in the request, such as `tags[3].key`. */
export function keyOf(path: string, key: string): string {
  const told = `Invalid value ${JSON.stringify(key).slice(0, 300)} for parameter '${path}' supplied:`;
  if (!/^[/\p{L}\p{N}_.\- :]*$/u.test(key)) {
    const allowed =
      "alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/)";
    throw badParameter(`${told} Names may only contain ${allowed}.`);
  }
  mustBeOwnPath(key, told);
  return key;
}

export function experimentNameOf(name: string): string {
  return within("name", longestExperimentName, name);
}

export function experimentTagOf(key: string, value: string): KeyValueInput {
  return {
    key: within("key", longestKey, keyOf("key", key)),
    value: within("value", longestExperimentTag, value),
  };
}

/** `path` is empty, or such as `tags[3].`. A value that is too long is cut, as MLflow's own server does. */
export function runTagOf(path: string, key: string, value: string): KeyValueInput {
  return {
    key: within(`${path}key`, longestKey, keyOf(`${path}key`, key)),
    value: cut(value, longestRunTag),
  };
}

/** Of a model or one of its versions. */
export function registryTagOf(key: string, value: string): KeyValueInput {
  return {
    key: within("key", longestKey, keyOf("key", key)),
    value: within("value", longestRegistryTag, value),
  };
}

export function paramOf(path: string, key: string, value: string): KeyValueInput {
  return {
    key: within("Param key", longestKey, keyOf(`${path}key`, key)),
    value: cut(value, longestParam),
  };
}

export function metricKeyOf(path: string, key: string): string {
  return within("Metric name", longestKey, keyOf(`${path}name`, key));
}

export function within(name: string, most: number, text: string): string {
  // In UTF-16 units a character is one or two.
  const isWithin = text.length <= most || (text.length <= 2 * most && [...text].length <= most);
  if (isWithin) return text;
  throw badParameter(`'${name}' exceeds the maximum length of ${most} characters`);
}

function cut(text: string, most: number): string {
  return text.length > most ? text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "") : text;
}

/** What may be taken for a path must be the only way to write it. `told` begins the refusal. */
export function mustBeOwnPath(name: string, told: string): void {
  const normal = normalPathOf(name);
  if (normal === name && normal !== "." && !normal.startsWith("..") && !normal.startsWith("/")) return;
  const why =
    "Names may be treated as files in certain cases, and must not resolve to other names when treated as such.";
  throw badParameter(`${told} ${why} This name would resolve to '${normal}'`);
}

/** As Python's posixpath.normpath: without empty parts and `.`, and `..` taken together with what it leaves. */
function normalPathOf(path: string): string {
  if (path === "") return ".";
  const slashes = path.startsWith("/") ? (/^\/\/(?!\/)/.test(path) ? "//" : "/") : "";
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== ".." || (slashes === "" && kept.length === 0) || kept.at(-1) === "..") kept.push(part);
    else kept.pop();
  }
  return slashes + kept.join("/") || ".";
}
