import type { ZodType, z } from "zod";
import type { Repetition } from "../kernel/repetition.ts";
import type { Request } from "../kernel/request.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** One route of MLflow's REST API. */
export interface Endpoint {
  methods: readonly Method[];
  /** Below `/api/2.0/mlflow/`, such as `registered-models/get`. */
  path: string;
  /** Its parameters: of the query for GET, of the JSON body otherwise; those in the path are among them. */
  parameters: ZodType;
  /** It takes long, and mostly waits: it takes no place among the requests at work. */
  isLong?: boolean;
  /**
   * It makes something, and MLflow's clients send it again where they hear no answer: its verb takes `repetition`, and so does
   * it once. Which member of the verb's outcome is the node it makes.
   */
  makes?: string;
  /** Answers what goes out as JSON; members that are undefined are left out, as MLflow does. */
  answer(request: Request, parameters: never, repetition?: Repetition): Promise<object>;
}

/** An endpoint whose answer takes what its parameters parse to. */
export function endpoint<Parameters extends ZodType>(
  methods: Method | readonly Method[],
  path: string,
  parameters: Parameters,
  answer: (request: Request, parameters: z.output<Parameters>) => Promise<object>,
): Endpoint {
  return { methods: typeof methods === "string" ? [methods] : methods, path, parameters, answer };
}

/** An endpoint that makes something, and makes it once where a client sends its request again for want of an answer. */
export function makingEndpoint<Parameters extends ZodType>(
  makes: string,
  path: string,
  parameters: Parameters,
  answer: (request: Request, parameters: z.output<Parameters>, repetition?: Repetition) => Promise<object>,
): Endpoint {
  return { methods: ["POST"], path, parameters, answer, makes };
}
