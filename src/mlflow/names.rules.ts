import { posix } from "node:path";
import { shown } from "../kernel/errors.ts";
import { badParameter } from "./mlflow-error.ts";

// What MLflow lets things be called, in its own words where it does not. What Stemma asks for besides, its verbs say.

const longestKey = 250;
const longestAlias = 255;
const key = /^[/\p{L}\p{M}\p{N}_.\- :]*$/u;
const alias = /^[\p{L}\p{M}\p{N}_-]*$/u;

/** A tag's, param's or metric's key: it must also be fit for a path, and the only one of that path. */
export function mustBeKey(came: string, parameter = "key"): void {
  const told = `Invalid value ${JSON.stringify(came.slice(0, 500))} for parameter '${parameter}' supplied:`;
  if (!key.test(came)) {
    throw badParameter(
      `${told} Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    );
  }
  mustBeOwnPath(came, told);
  mustBeAtMost(longestKey, came, parameter);
}

export function mustBeAtMost(longest: number, came: string, parameter: string): void {
  if (came.length > longest)
    throw badParameter(`'${parameter}' exceeds the maximum length of ${longest} characters`);
}

export function mustBeModelName(came: string, parameter = "name"): void {
  if (came.trim() === "") throw badParameter(`Missing value for required parameter '${parameter}'.`);
  if (/[/:]/.test(came)) {
    throw badParameter(`Invalid model name '${came.slice(0, 500)}'. Names cannot contain '/' or ':'.`);
  }
  mustBeOwnPath(came, `Invalid value ${JSON.stringify(came)} for parameter 'name' supplied:`);
}

export function mustBeAlias(came: string): void {
  if (!alias.test(came)) {
    throw badParameter(
      `Invalid alias name: '${came.slice(0, 500)}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  }
  mustBeAtMost(longestAlias, came, "Registered model alias name");
}

/** What stands for something else already. */
export function mustBeFreeAlias(came: string): void {
  mustBeAlias(came);
  if (came.toLowerCase() === "latest")
    throw badParameter("'latest' alias name (case insensitive) is reserved.");
  if (/^v[0-9]+$/i.test(came)) throw badParameter(`Version alias name '${came}' is reserved.`);
}

/** The number of a version, which comes as a text; one that is too large names none. */
export function versionNumberOf(came: string): number {
  const digits = /^\s*[-+]?[0-9]+\s*$/.test(came) ? Number(came) : null;
  if (digits === null) throw badParameter(`Parameter 'version' must be an integer, got '${cut(came)}'.`);
  return Number.isSafeInteger(digits) ? digits : 0;
}

function cut(came: string): string {
  return shown(came).slice(1, -1);
}

function mustBeOwnPath(came: string, told: string): void {
  const path = posix.normalize(came).replace(/(?<=.)\/$/, "");
  if (path === came && path !== "." && !path.startsWith("..") && !path.startsWith("/")) return;
  throw badParameter(
    `${told} Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${path}'`,
  );
}
