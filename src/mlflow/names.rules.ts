import { shown } from "../kernel/errors.ts";
import { mustBeOwnPath, within } from "./keys.rules.ts";
import { badParameter } from "./mlflow-error.ts";

// What MLflow lets things be called, in its own words where it does not. What Stemma asks for besides, its verbs say.

const longestAlias = 255;
const alias = /^[\p{L}\p{M}\p{N}_-]*$/u;

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
  within("Registered model alias name", longestAlias, came);
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
