// One MLflow server, asked by its REST API and nothing else: no redirect is followed to another host.
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { z } from "zod";
import { reasonOf, StemmaClientError } from "./errors.ts";
import { experimentsPage } from "./mlflow-answers.ts";
import { type PatienceOptions, patiently } from "./patience.ts";

/** Where an MLflow server is, and what to show it. */
export interface MlflowSettings {
  /** Without a slash at the end; the path of a server behind a prefix is part of it. */
  url: string;
  /** Value of the header; null where there is none. */
  authorization: string | null;
}

type Method = "GET" | "POST" | "PATCH" | "DELETE" | "PUT";
type Parameters = Record<string, string | number | readonly string[] | undefined>;

interface Call {
  method: Method;
  /** Below the server's URL. */
  path: string;
  headers?: Record<string, string>;
  body?: () => BodyInit;
  /** Bytes of files, which take as long as they take while they flow. */
  isTransfer?: boolean;
}

const answerMillis = 120_000;
const oldest = 2;
const restPath = "/api/2.0/mlflow/";

/**
 * Asks one MLflow server. Whatever goes wrong is a StemmaClientError: UNREACHABLE, NOT_MLFLOW,
 * MLFLOW_UNAUTHENTICATED, MLFLOW_UNREADABLE where an answer is none that is known, TOO_OLD, UNAVAILABLE and RATE_LIMITED once patience has run out, or MLflow's own code such as RESOURCE_DOES_NOT_EXIST.
 */
export class MlflowServer {
  private constructor(
    private readonly settings: MlflowSettings,
    /** As it says it, such as 3.17.2. */
    readonly version: string,
    private readonly patience: PatienceOptions,
  ) {}

  /** Makes sure, without patience, that an MLflow server of version 2.0 or newer answers there and lets us in. */
  static async open(settings: MlflowSettings, patience: PatienceOptions = {}): Promise<MlflowServer> {
    const first = new MlflowServer(settings, "", { ...patience, patienceMillis: 0 });
    const version = await first.askVersion();
    await first.mustLetIn();
    return new MlflowServer(settings, version, patience);
  }

  /** Of the server. */
  get url(): string {
    return this.settings.url;
  }

  /** Whether it knows logged models: they came with MLflow 3. */
  get knowsLoggedModels(): boolean {
    return Number.parseInt(this.version, 10) >= 3;
  }

  /** A GET of its REST API; asked again as long as patience lasts. */
  get<T>(path: string, parameters: Parameters, answer: z.ZodType<T>): Promise<T> {
    return this.json({ method: "GET", path: withParameters(restPath + path, parameters) }, answer);
  }

  /** A GET of anything else below its URL, such as what its pages in a browser ask for. */
  getAt<T>(path: string, parameters: Parameters, answer: z.ZodType<T>): Promise<T> {
    return this.json({ method: "GET", path: withParameters(path, parameters) }, answer);
  }

  /** A call with a JSON body that may be sent twice. */
  send<T>(
    method: Exclude<Method, "GET" | "PUT">,
    path: string,
    body: object,
    answer: z.ZodType<T>,
  ): Promise<T> {
    return this.json(
      {
        ...{ method, path: restPath + path },
        headers: { "content-type": "application/json" },
        body: () => JSON.stringify(body),
      },
      answer,
    );
  }

  /**
   * Makes something that must not be made twice: before each attempt `find` is asked whether an earlier one, whose
   * answer was lost, has made it.
   */
  async makeOnce<T>(find: () => Promise<T | null>, make: (server: MlflowServer) => Promise<T>): Promise<T> {
    const impatient = new MlflowServer(this.settings, this.version, { ...this.patience, patienceMillis: 0 });
    let isFirst = true;
    return patiently(this.patience, async () => {
      const found = isFirst ? null : await find();
      isFirst = false;
      return found ?? make(impatient);
    });
  }

  /** The bytes at a path below its URL, as a stream; null where it does not give them. */
  async bytes(path: string, parameters: Parameters = {}): Promise<ReadableStream<Uint8Array> | null> {
    const call: Call = { method: "GET", path: withParameters(path, parameters), isTransfer: true };
    const response = await patiently(this.patience, async () => {
      const answered = await this.fetch(call);
      // What lies nowhere is a 500 in some versions, so only what is said to pass is waited for.
      if ([429, 502, 503, 504].includes(answered.status)) throw await this.refusalOf(answered);
      return answered;
    });
    if (response.ok) return response.body ?? new ReadableStream();
    if (response.status === 401 || response.status === 403) throw await this.refusalOf(response);
    await response.body?.cancel();
    return null;
  }

  /** Sends a file of this machine to a path below its URL. */
  async putFile(path: string, source: string, sizeBytes: number): Promise<void> {
    const call: Call = {
      ...{ method: "PUT", path, isTransfer: true },
      headers: { "content-type": "application/octet-stream", "content-length": String(sizeBytes) },
      body: () => Readable.toWeb(createReadStream(source)) as ReadableStream,
    };
    await patiently(this.patience, async () => {
      const response = await this.fetch(call);
      if (!response.ok) throw await this.refusalOf(response);
      await response.body?.cancel();
    });
  }

  private async askVersion(): Promise<string> {
    const response = await this.fetch({ method: "GET", path: "/version" });
    const text = (await textOf(response, this.url)).trim();
    if (
      response.status === 401 ||
      response.status === 403 ||
      response.status === 429 ||
      response.status >= 500
    )
      throw this.refusal(response, text);
    if (!response.ok || !/^\d+\.\d+[\w.+-]*$/.test(text)) throw this.notMlflow(response.status);
    if (Number.parseInt(text, 10) >= oldest) return text;
    throw new StemmaClientError("TOO_OLD", `${this.url} is MLflow ${text}; expected ${oldest}.0 or newer`);
  }

  private async mustLetIn(): Promise<void> {
    const response = await this.fetch({
      ...{ method: "POST", path: `${restPath}experiments/search` },
      headers: { "content-type": "application/json" },
      body: () => JSON.stringify({ max_results: 1 }),
    });
    if (!response.ok) throw await this.refusalOf(response);
    const page = experimentsPage.safeParse(jsonOf(await textOf(response, this.url)));
    if (!page.success) throw this.notMlflow(response.status);
  }

  private json<T>(call: Call, answer: z.ZodType<T>): Promise<T> {
    return patiently(this.patience, async () => {
      const response = await this.fetch(call);
      if (!response.ok) throw await this.refusalOf(response);
      const text = await textOf(response, this.url);
      const read = answer.safeParse(jsonOf(text));
      if (read.success) return read.data;
      const [issue] = read.error.issues;
      const where = issue?.path.join(".") || "its body";
      throw new StemmaClientError(
        "MLFLOW_UNREADABLE",
        `${this.url}${call.path.replace(/\?.*/s, "")} answers what cannot be read: ${where}: ${issue?.message}`,
      );
    });
  }

  private async fetch({ method, path, headers, body, isTransfer }: Call): Promise<Response> {
    const { url, authorization } = this.settings;
    try {
      return await fetch(url + path, {
        ...{ method, body: body?.() },
        headers: { ...headers, ...(authorization ? { authorization } : {}) },
        redirect: "manual", // what is shown is for this server
        signal: isTransfer ? undefined : AbortSignal.timeout(answerMillis),
        // Undici wants it said where a body is a stream.
        ...{ duplex: "half" },
      });
    } catch (cause) {
      throw unreachable(url, cause);
    }
  }

  private async refusalOf(response: Response): Promise<StemmaClientError> {
    return this.refusal(response, await textOf(response, this.url));
  }

  private refusal({ status, headers }: Response, text: string): StemmaClientError {
    const body = jsonOf(text) as { error_code?: unknown; message?: unknown } | undefined;
    const told = typeof body?.message === "string" ? body.message : "";
    const said = told ? `: ${told.slice(0, 500)}` : "";
    if (status === 401 || (status === 403 && told === "")) {
      const trouble = this.settings.authorization ? "does not take these credentials" : "wants credentials";
      return new StemmaClientError(
        "MLFLOW_UNAUTHENTICATED",
        `the MLflow server at ${this.url} ${trouble}; set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD`,
      );
    }
    if (status === 429 || status >= 500) {
      const waitMillis = Number(headers.get("retry-after")) * 1_000 || 0;
      const code = status === 429 ? "RATE_LIMITED" : "UNAVAILABLE";
      const message = `the MLflow server at ${this.url} answers ${status}${said}`;
      return new StemmaClientError(code, message, [], {}, waitMillis);
    }
    if (typeof body?.error_code !== "string") return this.notMlflow(status);
    return new StemmaClientError(body.error_code, `the MLflow server at ${this.url} refuses it${said}`);
  }

  private notMlflow(status: number): StemmaClientError {
    return new StemmaClientError(
      "NOT_MLFLOW",
      `${this.url} answers ${status}, but not as an MLflow server; check the URL, and its prefix where it has one`,
    );
  }
}

/** Each segment of a path, so that it can be part of a URL. */
export function urlPathOf(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function withParameters(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

function unreachable(url: string, cause: unknown): StemmaClientError {
  const why = reasonOf(cause);
  return new StemmaClientError(
    "UNREACHABLE",
    `no MLflow server answers at ${url}${why ? ` (${why})` : ""}`,
    [],
    { cause },
  );
}

function textOf(response: Response, url: string): Promise<string> {
  return response.text().catch((cause) => {
    throw unreachable(url, cause);
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
