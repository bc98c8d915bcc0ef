import type { Known } from "./differences.ts";

/** What is meant to be otherwise where files are put, listed and got. */
export const fileDifferences: readonly Known[] = [
  {
    what: /(file|bytes)/,
    at: /^body$/,
    mlflow: /^""$/,
    stemma: /^{}$/,
    why: "an answer of nothing is an empty object, as its form says; no client reads it",
  },
  {
    statuses: [200, 404],
    what: /of a run that is not there$/,
    why: "files belong to a run or a logged model that is there; MLflow keeps what is put anywhere",
  },
  {
    statuses: [200, 400],
    what: /^a file of no run$/,
    why: "the same",
  },
  {
    statuses: [200, 400],
    what: /(colon|backslash|drive|a file's URI|that is absolute)/,
    why: "a path leads to one place on every system, so that colons and backslashes, which Windows reads otherwise, are in none",
  },
  {
    what: /at a path (of a drive|that is a file's URI|that climbs over a backslash)$/,
    statuses: [200, 404],
    why: "what was not taken is not there",
  },
  {
    what: /^a file by its (run|version) at a path that climbs over a backslash$/,
    statuses: [404, 400],
    why: "the same where MLflow finds nothing",
  },
  {
    at: /^body\.message$/,
    mlflow: /^"(No such artifact|Artifact path refers to a directory)/,
    stemma: /^"(No such artifact|Artifact path refers to a directory)/,
    why: "a path is told as it is within its run, logged model or version",
  },
  {
    at: /^body\.(detail|error_code|message)$/,
    what: /^(the bytes of a folder|a file without a path)$/,
    why: "told in the form of other errors; MLflow's proxy has one of its own",
  },
  {
    what: /^a file without a path$/,
    statuses: [400, 404],
    why: "there is no endpoint at that path",
  },
  {
    what: /^the bytes of nothing$/,
    statuses: [400, 200],
    why: "a slash at the end of the path of a list makes no difference",
  },
  {
    what: /with umlauts$/,
    at: /\.saved$/,
    why: "what old browsers are told of letters beyond ASCII is written otherwise",
  },
  {
    what: /^(parts of|a signed request for) a file at a path that climbs$/,
    statuses: [400, 501],
    why: "a store that takes no parts takes them at no path",
  },
  {
    what: /^where a version of a logged model's files is$/,
    at: /\.artifact_uri$/,
    why: "a version has files of its own, which stay as they were when it was registered",
  },
  {
    what: /^a file of the version that was made before$/,
    statuses: [404, 200],
    why: "the same: they outlive those of the run",
  },
  {
    at: /\.file_size$/,
    stemma: /^0$/,
    why: "an empty file has a size, too, which MLflow leaves out",
  },
];
