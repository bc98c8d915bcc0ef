import type { Call } from "./calls/call.ts";
import type { Difference } from "./comparison.ts";
import { fileDifferences } from "./file-differences.ts";

/** A difference that is meant, and why. Where several things are given, all must fit. */
export interface Known {
  why: string;
  /** Which calls, by their words; all where not given. */
  what?: RegExp;
  /** Where in the answer; everywhere where not given. */
  at?: RegExp;
  /** What MLflow's own server answers there, as JSON. */
  mlflow?: RegExp;
  /** What Stemma answers there, as JSON. */
  stemma?: RegExp;
  /** Statuses of both answers; any where not given. */
  statuses?: readonly [mlflow: number, stemma: number];
}

/** The whole list: what is not on it must be the same. */
export const knownDifferences: readonly Known[] = [
  // What newer servers add.
  {
    at: /^body\.(sqlstate|error_class)$/,
    why: "MLflow 3.17 adds them to its errors; no client reads them",
  },
  {
    at: /\.workspace$/,
    mlflow: /^"default"$/,
    why: "workspaces of MLflow 3.17 are outside the facade; a client without them reads nothing there",
  },

  // Mistakes of callers.
  {
    statuses: [500, 400],
    why: "a caller's mistake that MLflow answers with 500, which its clients would send again, is 400 here",
  },
  {
    statuses: [500, 404],
    why: "a number too large to be one of a version is that of none, and no fault of the server",
  },
  {
    at: /^body/,
    mlflow: /^"<!doctype html>/,
    why: "what is served nowhere is refused in MLflow's own form of errors, too, not by a page of HTML",
  },
  {
    statuses: [405, 404],
    why: "a method that an endpoint has not is ENDPOINT_NOT_FOUND, as a path is that is not there",
  },
  {
    what: /^the same description( of a version)? by POST$/,
    statuses: [405, 200],
    why: "who cannot send PATCH may update by POST",
  },
  {
    what: /^(a body that is no JSON|an empty body)$/,
    at: /^body\.message$/,
    why: "what is wrong with the body is told, and not only that nothing was found in it",
  },
  {
    what: /^(a model with a tag without a key)$/,
    at: /^body\.message$/,
    why: "a key that is missing is told as missing",
  },
  {
    what: /a text for (stages|experiments)$/,
    statuses: [400, 200],
    why: "one value stands for a list of one in bodies as it does in queries, where the client sends it so",
  },
  {
    what: /^the latest versions of numbers for stages$/,
    at: /^body\.message$/,
    why: "the item that is wrong is told, not the whole list",
  },
  {
    what: /^a stage with a text for a flag$/,
    statuses: [400, 200],
    why: "flags may be texts in bodies as they are in queries, where the client sends them so",
  },
  {
    what: /^(a run with a text for tags|inputs without a name|a metric with half a step|a logged model with a status nobody knows)$/,
    statuses: [200, 400],
    why: "MLflow drops what it cannot read, or keeps a part; here nothing is dropped without a word",
  },

  // Texts of refusals, where the code is the same.
  {
    at: /^body\.message$/,
    mlflow: /^"Invalid page token/,
    why: "page tokens are opaque, so there is no decoded value to tell",
  },
  {
    at: /^body\.message$/,
    mlflow: /^"Invalid clause\(s\) in filter string/,
    stemma: /^"Invalid clause\(s\) in filter string/,
    why: "the clause is told as it was written, not in the parts that MLflow's parser makes of it",
  },
  {
    at: /^body\.message$/,
    mlflow: /sqlite3\.IntegrityError/,
    why: "MLflow tells statements of its database",
  },
  {
    what: /^a search of (versions in an order nobody knows|no versions)$/,
    at: /^body\.message$/,
    why: "said as the other searches say it",
  },
  {
    what: /^a search of runs by a metric and LIKE$/,
    at: /^body\.message$/,
    why: "the comparator is told, which is as wrong as the value",
  },
  {
    what: /^a version of a local path of a run that is not there$/,
    at: /^body\.message$/,
    why: "the same refusal for every local path, as its run is not looked at",
  },
  {
    what: /^the histories of a metric of no runs$/,
    at: /^body\.message$/,
    why: "the hint after it is left out",
  },

  // What Stemma decides otherwise, whichever door is used.
  {
    what: /^a search of (none|fewer than none)$/,
    statuses: [200, 400],
    why: "a page of nothing, with a token for the next one, would never end",
  },
  {
    what: /a description .*that is too long$/,
    statuses: [200, 400],
    why: "descriptions are limited, as MLflow's documentation says, to 5,000 characters",
  },
  {
    what: /^(an update without a description|no description of a version)$/,
    at: /\.description$/,
    why: "an update that names no description changes none; MLflow's client never sends one, and its server would clear it",
  },
  {
    what: /^a search in the order of changes, after tags$/,
    at: /^body\.registered_models/,
    why: "a tag is a change of its model, and moves the instant of its last one",
  },
  {
    what: /^the model with its latest versions$/,
    at: /\.aliases$/,
    why: "aliases are with every version that is shown; MLflow leaves them out of lists",
  },
  {
    what: /^a (version|model) deleted that is in Production$/,
    statuses: [200, 400],
    why: "what is in production is moved out first, as by any other door",
  },
  {
    what: /^a version of a logged model that is not there$/,
    statuses: [400, 404],
    why: "the logged model is looked up, so that it is told missing",
  },
  {
    what: /^another name of an experiment that is taken$/,
    at: /^body\.error_code$/,
    mlflow: /BAD_REQUEST/,
    why: "a taken name is RESOURCE_ALREADY_EXISTS here, as it is in creation",
  },
  {
    what: /^an experiment whose artifacts are at a climbing place$/,
    statuses: [200, 400],
    why: "artifacts are kept by this server, so a place of one's own is refused",
  },
  {
    what: /^an experiment of the name of one deleted$/,
    statuses: [400, 200],
    why: "the name of what is deleted is free; restoring it then asks for another name",
  },
  {
    at: /\.tags\.mlflow\.user$/,
    mlflow: /^$/,
    why: "user_id is kept as the tag that MLflow's client sends with it",
  },
  {
    at: /\.tags\.mlflow\.log-model\.history\.value$/,
    mlflow: /\\"model_uuid\\": null/,
    stemma: /^"\[\{\\"artifact_path\\":\\"model\\",.*\},\{\\"artifact_path\\":\\"other\\",.*\}\]"$/,
    why: "the same in JSON, without blanks and without what is null",
  },
  {
    at: /\.metrics\.(inf|minus)\.value$/,
    stemma: /Infinity/,
    why: "infinity stays infinite; MLflow's SQL store keeps the largest number for it",
  },
  {
    what: /^a version of a logged model('s files)?$/,
    at: /\.model_id$/,
    mlflow: /^$/,
    why: "a version says which logged model it is of",
  },
  {
    what: /^a search of logged models without a tag$/,
    statuses: [400, 200],
    why: "IS NULL and IS NOT NULL may be asked of tags and params of logged models, as of those of runs",
  },
  {
    at: /\.metrics\.f2\.dataset_(name|digest)$/,
    stemma: /^$/,
    why: "digests of data are kept with what a run used, not with metrics; a client takes no name of data without one",
  },
  {
    at: /^body\.run\.data\.metrics\.f1\.dataset_(name|digest)$/,
    mlflow: /^$/,
    why: "what a metric was measured on is told of runs, too, where they used it",
  },
  {
    what: /^a search of runs ordered by a metric that is no number somewhere$/,
    at: /^body\.runs/,
    why: "runs whose metric is no number come last together with those that have none, the latest first",
  },

  ...fileDifferences,
];

export function isKnown(
  known: Known,
  call: Call,
  statuses: readonly number[],
  difference: Difference,
): boolean {
  const { what = /^/, at = /^/, mlflow = /^/, stemma = /^/ } = known;
  const isOfStatuses = known.statuses?.every((status, place) => status === statuses[place]) ?? true;
  return (
    isOfStatuses &&
    what.test(call.what) &&
    at.test(difference.at) &&
    mlflow.test(JSON.stringify(difference.mlflow) ?? "") &&
    stemma.test(JSON.stringify(difference.stemma) ?? "")
  );
}
