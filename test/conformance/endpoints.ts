import type { ZodObject } from "zod";
import type { Endpoint, Method } from "../../src/mlflow/endpoint.ts";
import type { Mlflow } from "../../src/mlflow/mlflow.routes.ts";
import { wireMlflow } from "../../src/wiring/mlflow.ts";
import type { Call } from "./calls/call.ts";

/** Answers everything with itself: endpoints are listed without the rooms that they would call. */
const anything: unknown = new Proxy(function nothing() {}, {
  get: () => anything,
  apply: () => anything,
});

/** An endpoint, and below which of `/api/2.0/` and `/ajax-api/2.0/` it is. */
export interface Mounted extends Endpoint {
  below: "mlflow" | "mlflow-artifacts";
}

/** All that the server has, so that what is new is among them. */
export function mlflowEndpoints(): Mounted[] {
  const parts = Array.from({ length: wireMlflow.length }, () => anything);
  const { endpoints, artifactEndpoints } = (wireMlflow as unknown as (...parts: unknown[]) => Mlflow)(
    ...parts,
  );
  return [
    ...endpoints.map((endpoint) => ({ ...endpoint, below: "mlflow" as const })),
    ...artifactEndpoints.map((endpoint) => ({ ...endpoint, below: "mlflow-artifacts" as const })),
  ];
}

/** A method of an endpoint, and where it is below `/api/2.0/` and `/ajax-api/2.0/`. */
export interface Way {
  method: Method | "PUT";
  path: string;
}

/** All that there are, those to the bytes of files among them. */
export function mlflowWays(): Way[] {
  const ways = mlflowEndpoints().flatMap(({ methods, below, path }) =>
    methods.map((method): Way => ({ method, path: `${below}/${path}` })),
  );
  const bytes = "mlflow-artifacts/artifacts/*";
  return [...ways, { method: "PUT", path: bytes }, { method: "GET", path: bytes }];
}

/** Whether a call goes that way, be it as clients ask or as browsers do. */
export function isOfWay({ method, path }: Way, call: Pick<Call, "method" | "path">): boolean {
  const pattern = path.replaceAll(/:\w+/g, "[^/]+").replace("*", ".+");
  const whole = call.path.startsWith("/") ? call.path : `/api/2.0/mlflow/${call.path}`;
  return method === call.method && new RegExp(`^/(?:ajax-)?api/2\\.0/${pattern}$`).test(whole);
}

/** The names of an endpoint's parameters, in the order it has them. */
export function parametersOf({ path, parameters }: Endpoint): string[] {
  const { shape } = parameters as ZodObject;
  if (shape === undefined) throw new Error(`the parameters of ${path} have no names`);
  return Object.keys(shape);
}
