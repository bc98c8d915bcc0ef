import type { ZodObject } from "zod";
import type { Endpoint } from "../../src/mlflow/endpoint.ts";
import type { Mlflow } from "../../src/mlflow/mlflow.routes.ts";
import { wireMlflow } from "../../src/wiring/mlflow.ts";

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

/** The names of an endpoint's parameters, in the order it has them. */
export function parametersOf({ path, parameters }: Endpoint): string[] {
  const { shape } = parameters as ZodObject;
  if (shape === undefined) throw new Error(`the parameters of ${path} have no names`);
  return Object.keys(shape);
}
