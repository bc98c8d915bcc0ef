import { sendRaw } from "./raw-request.ts";
import type { World } from "./world.ts";

/** Whose files: a run or a logged model, as it was answered, and the number of its experiment. */
export interface FilesOf {
  experimentId?: string;
  runId?: string;
  modelId?: string;
}

/** Where MLflow's clients see its files. */
export function artifactsOf({ experimentId = "0", runId, modelId }: FilesOf): string {
  return runId ? `${experimentId}/${runId}/artifacts` : `${experimentId}/models/${modelId}/artifacts`;
}

export interface ProxyAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: Buffer;
}

/** The artifact proxy as one caller speaks to it. Refusals come back; nothing throws. */
export function proxyOf({ url, token }: Pick<World, "url" | "token">) {
  const send = async (
    method: string,
    path: string,
    body: Buffer | null = null,
    more: Record<string, string> = {},
    cutAfter?: number,
  ): Promise<ProxyAnswer> => {
    const length: Record<string, string> = body ? { "content-length": String(body.length) } : {};
    const headers = { authorization: `Bearer ${token}`, ...length, ...more };
    const target = { origin: url, path: `/api/2.0/mlflow-artifacts/${path}`, method };
    return sendRaw({ ...target, headers, body, ...(cutAfter === undefined ? {} : { cutAfter }) });
  };
  const log = async (of: FilesOf, path: string, bytes: Buffer | string, type = "text/plain") => {
    const escaped = path.split("/").map(encodeURIComponent).join("/");
    const answer = await send("PUT", `artifacts/${artifactsOf(of)}/${escaped}`, Buffer.from(bytes), {
      "content-type": type,
    });
    if (answer.status !== 200) throw new Error(`PUT ${path}: ${answer.status} ${answer.body}`);
  };
  return { send, log };
}
