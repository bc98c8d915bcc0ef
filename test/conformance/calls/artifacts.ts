import { type Call, del, get, post, put } from "./call.ts";

const proxy = "/api/2.0/mlflow-artifacts";
const all = `${proxy}/artifacts`;
/** As the proxy's paths have it, and as sources do. */
const root = "$work/$files/artifacts";
const own = `${all}/${root}`;
/** Of another run, whose files nobody lists: what MLflow takes is more than is taken here. */
const odd = `${all}/$work/$odd/artifacts`;
const nobody = "f".repeat(32);

/** Ways to write a path that leads elsewhere, in words, and as they stand in a URL. */
const ways: readonly (readonly [string, string])[] = [
  ["that climbs", "folder/../../x"],
  ["that climbs encoded", "%2e%2e/x"],
  ["that climbs over an encoded slash", "..%2fx"],
  ["that climbs encoded twice", "%252e%252e/x"],
  ["that climbs over a backslash", "..%5cx"],
  ["that is absolute", "%2Fetc/passwd"],
  ["that is absolute, encoded twice", "%252Fetc/passwd"],
  ["of a drive", "C:%5Cx"],
  ["that is a file's URI", "file:/etc/passwd"],
];

/** The same in the value of a parameter. */
const told = ways.map(([words, path]) => [words, decodeURIComponent(path)] as const);

const putCalls: readonly Call[] = [
  post(
    "a run for files",
    "runs/create",
    { experiment_id: "$work", run_name: "files" },
    { files: "run.info.run_id" },
  ),
  post(
    "a run for odd files",
    "runs/create",
    { experiment_id: "$work", run_name: "odd" },
    { odd: "run.info.run_id" },
  ),
  put("a file", `${own}/a.txt`, "first"),
  put("other bytes of the same path", `${own}/a.txt`, "second"),
  put("a file in folders", `${own}/folder/deep/b.bin`, "\u0001\u0002"),
  put("a second file in a folder", `${own}/folder/c.json`, '{"c":1}'),
  put("an empty file", `${own}/empty`, ""),
  put("a file with spaces in its name", `${own}/a%20b.txt`, "spaces"),
  put("a file with umlauts in its name", `${own}/Gr%C3%B6%C3%9Fe.txt`, "umlauts"),
  put("a file with signs in its name", `${own}/a+b&c=d@e.txt`, "signs"),
  put("a file with a hash in its name", `${own}/a%23b.txt`, "hash"),
  put("a file with a question mark in its name", `${own}/a%3Fb.txt`, "question"),
  put("a file with a percent sign in its name", `${own}/100%25.txt`, "percent"),
  put("a file with a colon in its name", `${odd}/a:b.txt`, "colon"),
  put("a file within a backslash", `${odd}/a%5Cb.txt`, "backslash"),
  put("a file below a file", `${own}/a.txt/b`, "below"),
  put("a file in the place of a folder", `${own}/folder`, "folder"),
  put("a file without a path", `${all}/`, "none"),
  put("a file of a run that is not there", `${all}/$work/${nobody}/artifacts/a.txt`, "nobody"),
  put("a file of no run", `${all}/x/y.txt`, "nowhere"),
  ...ways.map(([words, path]) => put(`a file put at a path ${words}`, `${odd}/${path}`, "elsewhere")),
  put("a file put above everything", `${all}/../../x`, "elsewhere"),
];

const readCalls: readonly Call[] = [
  get("the bytes of a file", `${own}/a.txt`),
  get("the bytes of a file in folders", `${own}/folder/deep/b.bin`),
  get("the bytes of an empty file", `${own}/empty`),
  get("the bytes of a file with spaces", `${own}/a%20b.txt`),
  get("the bytes of a file with umlauts", `${own}/Gr%C3%B6%C3%9Fe.txt`),
  get("the bytes of a file with signs", `${own}/a+b&c=d@e.txt`),
  get("the bytes of a file with a question mark", `${own}/a%3Fb.txt`),
  get("the bytes of a file with a percent sign", `${own}/100%25.txt`),
  get("the bytes of a file that is not there", `${own}/nothing`),
  get("the bytes of a folder", `${own}/folder`),
  get("the bytes of a file of a run that is not there", `${all}/$work/${nobody}/artifacts/a.txt`),
  get("the bytes of nothing", `${all}/`),
  ...ways.map(([words, path]) => get(`the bytes at a path ${words}`, `${odd}/${path}`)),
];

const listCalls: readonly Call[] = [
  get("a list by the proxy", all, { path: root }),
  get("a list by the proxy of a folder", all, { path: `${root}/folder` }),
  get("a list by the proxy of a folder with a slash", all, { path: `${root}/folder/` }),
  get("a list by the proxy of a file", all, { path: `${root}/a.txt` }),
  get("a list by the proxy of nothing", all, { path: `${root}/nothing` }),
  ...told.map(([words, path]) => get(`a list by the proxy at a path ${words}`, all, { path })),
  get("a list of a run", "artifacts/list", { run_id: "$files" }),
  get("a list of a run by its old name", "artifacts/list", { run_uuid: "$files" }),
  get("a list of a folder of a run", "artifacts/list", { run_id: "$files", path: "folder" }),
  get("a list of a file of a run", "artifacts/list", { run_id: "$files", path: "a.txt" }),
  get("a list of nothing of a run", "artifacts/list", { run_id: "$files", path: "nothing" }),
  get("a list of a run that is not there", "artifacts/list", { run_id: nobody }),
  get("a list of no run", "artifacts/list"),
  ...told.map(([words, path]) =>
    get(`a list of a run at a path ${words}`, "artifacts/list", { run_id: "$files", path }),
  ),
];

const namedCalls: readonly Call[] = [
  get("a file by its run", "/get-artifact", { run_id: "$files", path: "a.txt" }),
  get("a file by its run's old name", "/get-artifact", { run_uuid: "$files", path: "a.txt" }),
  get("a folder by its run", "/get-artifact", { run_id: "$files", path: "folder" }),
  get("a file that is not there by its run", "/get-artifact", { run_id: "$files", path: "nothing" }),
  get("a file by a run that is not there", "/get-artifact", { run_id: nobody, path: "a.txt" }),
  get("a file by its run without a path", "/get-artifact", { run_id: "$files" }),
  ...told.map(([words, path]) =>
    get(`a file by its run at a path ${words}`, "/get-artifact", { run_id: "$files", path }),
  ),
  post("a model for files", "registered-models/create", { name: "filed" }),
  post("its version with files", "model-versions/create", {
    ...{ name: "filed", run_id: "$files", source: `mlflow-artifacts:/${root}/folder` },
  }),
  post("its version with files elsewhere", "model-versions/create", {
    name: "filed",
    source: "s3://bucket/a",
  }),
  ...(
    [
      ["a file by its version", { version: "1", path: "c.json" }],
      ["a folder by its version", { version: "1", path: "deep" }],
      ["a file in a folder by its version", { version: "1", path: "deep/b.bin" }],
      ["a file that is not there by its version", { version: "1", path: "nothing" }],
      ["a file by a version that is not there", { version: "99", path: "c.json" }],
      ["a file by a version whose number is none", { version: "one", path: "c.json" }],
      ["a file by its version without a path", { version: "1" }],
      ...told.map(
        ([words, path]) => [`a file by its version at a path ${words}`, { version: "1", path }] as const,
      ),
    ] as const
  ).map(([words, asked]) => get(words, "/model-versions/get-artifact", { name: "filed", ...asked })),
];

const modelRoot = "$work/models/$filed/artifacts";
const folders = "logged-models/$filed/artifacts/directories";

const loggedModelFileCalls: readonly Call[] = [
  post(
    "a logged model for files",
    "logged-models",
    { experiment_id: "$work", name: "filed" },
    { filed: "model.info.model_id" },
  ),
  put("a file of a logged model", `${all}/${modelRoot}/MLmodel`, "flavors: {}"),
  put("a file in a folder of a logged model", `${all}/${modelRoot}/data/model.pkl`, "pickle"),
  get("the bytes of a file of a logged model", `${all}/${modelRoot}/MLmodel`),
  get("the files of a logged model", folders),
  get("the files in a folder of a logged model", folders, { artifact_directory_path: "data" }),
  get("the files in no folder of a logged model", folders, { artifact_directory_path: "nothing" }),
  get("the files of a logged model at a path that climbs", folders, { artifact_directory_path: "../x" }),
  get("the files of a logged model that is not there", `logged-models/m-${nobody}/artifacts/directories`),
  post("a version of a logged model's files", "model-versions/create", {
    name: "filed",
    source: "models:/$filed",
    model_id: "$filed",
  }),
  get("where a version of a logged model's files is", "model-versions/get-download-uri", {
    name: "filed",
    version: "3",
  }),
];

const wholeCalls: readonly Call[] = [
  ...(["create", "complete", "abort"] as const).map((what) =>
    post(`parts of a file, to ${what}`, `${proxy}/mpu/${what}/${root}`, {
      path: "/tmp/large.bin",
      num_parts: 2,
      upload_id: "x",
      parts: [],
    }),
  ),
  post("parts of a file without a name", `${proxy}/mpu/create/${root}`, { num_parts: 2 }),
  post("parts of a file at a path that climbs", `${proxy}/mpu/create/${root}/%2e%2e`, {
    path: "x",
    num_parts: 2,
  }),
  get("a signed request for a file", `${proxy}/presigned/${root}/a.txt`),
  get("a signed request for a file at a path that climbs", `${proxy}/presigned/${root}/%2e%2e/x`),
];

const deleteCalls: readonly Call[] = [
  del("a file deleted", `${own}/a.txt`),
  del("a file deleted again", `${own}/a.txt`),
  del("a folder deleted", `${own}/folder`),
  get("what is left then", all, { path: root }),
  ...ways.map(([words, path]) => del(`a file deleted at a path ${words}`, `${odd}/${path}`)),
  del("a file deleted of a run that is not there", `${all}/$work/${nobody}/artifacts/a.txt`),
  del("all files of a run deleted", `${own}/`),
  del("all files of a run deleted again", `${own}/`),
  get("what is left in the end", all, { path: root }),
  get("a file of the version that was made before", "/model-versions/get-artifact", {
    ...{ name: "filed", version: "1", path: "c.json" },
  }),
];

export const artifactCalls: readonly Call[] = [
  ...putCalls,
  ...readCalls,
  ...listCalls,
  ...namedCalls,
  ...loggedModelFileCalls,
  ...wholeCalls,
  ...deleteCalls,
];
