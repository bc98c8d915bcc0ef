import fc from "fast-check";

/** A request for a file at a path that leads elsewhere. */
export interface Hostile {
  route: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | null;
}

/** What stands for ids that a server gives: `$run` and so on. */
const roots = [
  ...["0/$run/artifacts", "0/models/$model/artifacts", "versions/$version"],
  ...["", "0/$run", "$run", "9/$run/artifacts", "0/$run/artifacts/folder", "versions", ".."],
];
const names = [
  ...["..", ".", "", "a.txt", "folder", "$outside", "$stray", "etc", "passwd", "proc", "self", "environ"],
  ...["%2e%2e", "%2E.", "%252e%252e", "%25252e%25252e", "..%00", "%00", "%0a", "%09..", "..%20", "%20.."],
  ...[
    "%c0%ae%c0%ae",
    "%uff0e%uff0e",
    "%e2%80%a4%e2%80%a4",
    "%ef%bc%8e%ef%bc%8e",
    "%ff%fe",
    "%zz",
    "%",
    "~",
    "~root",
  ],
  ...["file:", "file:%2f%2f", "http:", "http:%2f%2f169.254.169.254", "C:", "c%3a", "con", "#", "%23", "%3f"],
  ...[
    "x".repeat(600),
    "-",
    "*",
    "$(id)",
    "`id`",
    "'",
    '"',
    "<",
    "%e2%80%ae",
    "%f0%9f%a6%8a",
    "stemma.db",
    "objects",
  ],
];
const separators = ["/", "/", "/", "//", "%2f", "%252F", "\\", "%5c", "%255C", "/./", ";/"];

/** Letter by letter as they go on the wire. */
const path = fc
  .tuple(
    fc.constantFrom(...roots),
    fc.array(fc.tuple(fc.constantFrom(...separators), fc.constantFrom(...names)), { maxLength: 7 }),
  )
  .map(([root, more]) => root + more.flat().join(""));

const proxy = "/api/2.0/mlflow-artifacts";
const registry = "/api/2.0/mlflow";

/** Each way to name a file by a path. */
const routes: readonly (readonly [method: string, before: string, body?: string])[] = [
  ["GET", `${proxy}/artifacts/`],
  ["HEAD", `${proxy}/artifacts/`],
  ["PUT", `${proxy}/artifacts/`, "put here"],
  ["DELETE", `${proxy}/artifacts/`],
  ["GET", `/ajax-api/2.0/mlflow-artifacts/artifacts/`],
  ["GET", `${proxy}/presigned/`],
  ["POST", `${proxy}/mpu/create/`, '{"path":"a.txt","num_parts":1}'],
  ["GET", `${proxy}/artifacts?path=`],
  ["GET", `${registry}/artifacts/list?run_id=$run&path=`],
  ["GET", `${registry}/logged-models/$model/artifacts/directories?artifact_directory_path=`],
  ["GET", "/get-artifact?run_id=$run&path="],
  ["GET", "/get-artifact?path=a.txt&run_id="],
  ["GET", "/model-versions/get-artifact?name=filed&version=1&path="],
  ["GET", "/model-versions/get-artifact?version=1&path=a.txt&name="],
];

/** As many for each way, by this seed always the same. */
export function hostileRequests(seed: number, perRoute: number): Hostile[] {
  return routes.flatMap(([method, before, text]) =>
    fc.sample(path, { seed, numRuns: perRoute }).map((tried) => {
      const body = text === undefined ? null : Buffer.from(text);
      const type = method === "POST" ? "application/json" : "text/plain";
      const headers: Record<string, string> =
        body === null ? {} : { "content-type": type, "content-length": String(body.length) };
      return { route: `${method} ${before}`, method, path: before + tried, headers, body };
    }),
  );
}

/** Sources that lead a server, or who loads the model, where it is not to go; `$port` is one of this machine. */
export const hostileSources: readonly string[] = [
  ...[
    "/etc/passwd",
    "etc/passwd",
    "../../etc/passwd",
    "~/.ssh/id_rsa",
    "C:\\x",
    "c:/x",
    "\\\\host\\share",
    "//host/x",
  ],
  ...[
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "file:/etc/passwd",
    "file://localhost/etc/passwd",
    " file:///x",
  ],
  ...["http://169.254.169.254/latest/meta-data", "http://127.0.0.1:$port/x", "HTTPS://127.0.0.1:$port/x"],
  ...[
    "http:127.0.0.1:$port/x",
    "\thttp://127.0.0.1:$port/",
    "ht\ttp://127.0.0.1:$port/",
    "ftp://127.0.0.1:$port/x",
  ],
  ...["sftp://127.0.0.1/x", "mlflow-artifacts://127.0.0.1:$port/x", "MLFLOW-ARTIFACTS://host/x"],
  ...["mlflow-artifacts:/\t/127.0.0.1:$port/x", "mlflow-artifacts:/\n/host/x", "mlflow-artifacts:\r//host/x"],
  ...[
    "mlflow-artifacts:/..%2f..%2fetc/passwd",
    "mlflow-artifacts:/%2e%2e/x",
    "mlflow-artifacts:/%252e%252e/x",
  ],
  ...[
    "mlflow-artifacts:/0/$run/artifacts/../../x",
    "mlflow-artifacts:/a\\..\\b",
    "mlflow-artifacts:/a%5c..%5cb",
  ],
  ...["mlflow-artifacts:/0/$run/artifacts/%25252e%25252e/x", "mlflow-artifacts:x", "mlflow-artifacts:"],
  ...["runs:/$run/../x", "runs:/$run/%2e%2e/x", "runs:/../$run/x", "runs:/", "runs:/$run", "runs://host/x"],
  ...["models:/../x", "models:/filed/../x", "models:/filed/%252e%252e", "models:/", "models:/m-x/y/z/.."],
  ...[
    "s3://bucket/../x",
    "s3://bucket/%2e%2e/x",
    "s3://bucket/x?y=/../z",
    "s3://bucket/x#/../y",
    "s3:x",
    "x\u0000y",
  ],
];
