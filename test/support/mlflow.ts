import { sendRaw } from "./raw-request.ts";
import type { World } from "./world.ts";

export interface MlflowAnswer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its endpoint
  body: any;
}

/** Calls MLflow's REST API as its client does. Refusals come back; nothing throws. */
export interface Mlflow {
  get(path: string, query?: Record<string, string | readonly string[]>): Promise<MlflowAnswer>;
  post(path: string, body?: object): Promise<MlflowAnswer>;
  patch(path: string, body?: object): Promise<MlflowAnswer>;
  delete(path: string, body?: object): Promise<MlflowAnswer>;
}

export function mlflowOf({ url, token }: Pick<World, "url" | "token">): Mlflow {
  const call = async (method: string, path: string, body: object | null): Promise<MlflowAnswer> => {
    const sent = body && Buffer.from(JSON.stringify(body));
    const typed: Record<string, string> = sent
      ? { "content-type": "application/json", "content-length": String(sent.length) }
      : {};
    const headers = { authorization: `Bearer ${token}`, ...typed };
    const target = { origin: url, path: `/api/2.0/mlflow/${path}`, method };
    const answer = await sendRaw({ ...target, headers, body: sent });
    return { status: answer.status, body: JSON.parse(answer.body.toString()) };
  };
  return {
    get(path, query = {}) {
      const pairs = Object.entries(query).flatMap(([key, given]) =>
        [given].flat().map((value) => [key, value as string]),
      );
      return call("GET", `${path}?${new URLSearchParams(pairs)}`, null);
    },
    post: (path, body = {}) => call("POST", path, body),
    patch: (path, body = {}) => call("PATCH", path, body),
    delete: (path, body = {}) => call("DELETE", path, body),
  };
}
