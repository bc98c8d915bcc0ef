/** One call of a script that is sent to MLflow's own server and to Stemma. */
export interface Call {
  /** What is done, in words; unique within the script, and what a known difference names. */
  what: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/2.0/mlflow/`, or from `/` on. `$name` stands for what an earlier call kept under that name. */
  path: string;
  /** The query of GET, the JSON body of others; `$name` as above. */
  parameters: object;
  /** What later calls need of the answer: name → where it is, such as `run.info.run_id`. */
  keeps: Readonly<Record<string, string>>;
  /** Instead of the parameters: bytes as they are, and their type. */
  raw?: { body: string; type?: string };
}

type Keeps = Call["keeps"];

const call =
  (method: Call["method"]) =>
  (what: string, path: string, parameters: object = {}, keeps: Keeps = {}): Call => ({
    ...{ what, method, path, parameters, keeps },
  });

export const get = call("GET");
export const post = call("POST");
export const patch = call("PATCH");
export const del = call("DELETE");

/** A PUT of a file, as the client sends it. */
export function put(what: string, path: string, body: string): Call {
  return { ...call("PUT")(what, path), raw: { body, type: "application/octet-stream" } };
}

/** A POST of these bytes. */
export function rawPost(what: string, path: string, body: string, type?: string): Call {
  return { what, method: "POST", path, parameters: {}, keeps: {}, raw: { body, type } };
}
