import { placeOf } from "./artifact-path.rules.ts";
import { badParameter, type MlflowError } from "./mlflow-error.ts";
import { decoded } from "./percent.rules.ts";

/** What a version's source names. It is told and kept, and never opened. */
export type Source =
  | { is: "run"; runId: string; path: string }
  | { is: "loggedModel"; modelId: string }
  /** Files of a run or of a logged model, by where they lie. */
  | { is: "runFiles"; experimentId: string; runId: string; path: string }
  | { is: "loggedModelFiles"; experimentId: string; modelId: string; path: string }
  /** Files of a version, by its node number. */
  | { is: "versionFiles"; version: number }
  /** `version` is a number, a stage or latest; or else there is an alias. */
  | { is: "version"; model: string; version: string | null; alias: string | null }
  | { is: "elsewhere" };

const longestSource = 2_000;
/** Whoever loads the model would connect to the host that the URI names. */
const hostAddressed = new Set(["http", "https", "ftp", "sftp"]);

/** Throws INVALID_PARAMETER_VALUE for a local path, and for one that leads out of where it seems to lie. */
export function sourceOf(source: string): Source {
  if (source.length > longestSource)
    throw badParameter(`'source' exceeds the maximum length of ${longestSource} characters`);
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(source) ?? [];
  // One letter and a colon is a drive of Windows.
  if (scheme === "" || scheme.toLowerCase() === "file") throw localPath(source);
  const isElsewhere = /^mlflow-artifacts:\/\/[^/]/i.test(source);
  if (isElsewhere || hostAddressed.has(scheme.toLowerCase())) {
    throw badParameter(
      `'source' cannot use the '${scheme}' scheme: the '${scheme}' scheme addresses a host other than the tracking server's configured artifact storage, so the server would connect to the host named in the URI.`,
    );
  }
  mustLeadStraight(source, rest);
  switch (scheme.toLowerCase()) {
    case "runs":
      return { is: "run", ...runIn(source, rest) };
    case "models":
      return modelIn(source, rest);
    case "mlflow-artifacts":
      return placed(rest);
    default:
      return { is: "elsewhere" };
  }
}

/**
 * A place where a client would send its token: GraphQL and imports take any source, and this is where it is acted on. Throws
 * INVALID_PARAMETER_VALUE where it names another host's proxy.
 */
export function mustBeOwnProxy(uri: string): string {
  // As a client reads it: without control characters and spaces in front.
  const plain = decoded(uri).replace(/[\p{Cc}\s]/gu, "");
  if (!/^mlflow-artifacts:\/\/[^/]/i.test(plain)) return uri;
  throw badParameter("The files of this version are said to lie behind the artifact proxy of another host.");
}

/** Prompts have no files: their source says so in a word. */
export function mustBePromptSource(source: string): void {
  if (/^[\w-]{1,255}$/.test(source)) return;
  throw badParameter(
    `Invalid prompt source: '${cut(source)}'. Prompt sources must use an MLflow placeholder.`,
  );
}

/** The request names something else than its source does. */
export function unfitSource(source: string, parameter: "run_id" | "model_id"): MlflowError {
  return badParameter(
    `Invalid model version source: '${cut(source)}'. The ${parameter} request parameter must identify the resource that contains the source.`,
  );
}

function runIn(source: string, rest: string): { runId: string; path: string } {
  const [, runId, path] = /^\/([^/]+)\/([^/].*)/s.exec(rest) ?? [];
  if (runId === undefined) throw unfitSource(source, "run_id");
  return { runId, path: path!.replace(/\/+$/, "") };
}

/** What lies behind this server's own proxy belongs to a run, a logged model or a version. */
function placed(rest: string): Source {
  const place = placeOf(rest.replace(/^\/+/, ""));
  switch (place?.is) {
    case "run":
      return { ...place, is: "runFiles" };
    case "loggedModel":
      return { ...place, is: "loggedModelFiles" };
    case "version":
      // A part of a version's files is no version of its own.
      return place.path === "" ? { is: "versionFiles", version: place.version } : { is: "elsewhere" };
    default:
      return { is: "elsewhere" };
  }
}

function modelIn(source: string, rest: string): Source {
  const [, name, version] = /^\/([^/]+?)(?:\/([^/]+))?\/?$/.exec(rest) ?? [];
  if (name === undefined) throw unfitSource(source, "model_id");
  if (version !== undefined) return { is: "version", model: name, version, alias: null };
  if (/^m-[0-9a-f]{32}$/.test(name)) return { is: "loggedModel", modelId: name };
  const at = name.indexOf("@");
  if (at < 1 || at === name.length - 1) throw unfitSource(source, "model_id");
  return { is: "version", model: name.slice(0, at), version: null, alias: name.slice(at + 1) };
}

function mustLeadStraight(source: string, rest: string): void {
  const plain = decoded(source);
  const path = decoded(rest).replace(/^\/\/[^/]*/, "");
  const isStraight =
    // Python leaves tabs and line ends out of a URI, so that `/<tab>/host` would name a host.
    !/\p{Cc}/u.test(plain) &&
    plain.split(/[/\\?#]/).every((part) => part !== "..") &&
    /^\/+[^/]/.test(path) &&
    path.split("/").every((part) => part !== ".");
  if (isStraight) return;
  throw badParameter(
    `Invalid model version source: '${cut(source)}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
  );
}

function localPath(source: string): MlflowError {
  return badParameter(
    `Invalid model version source: '${cut(source)}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.`,
  );
}

function cut(source: string): string {
  return source.slice(0, 500);
}
