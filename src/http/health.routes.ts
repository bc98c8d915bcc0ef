import type { FastifyInstance } from "fastify";
import type { Registry } from "prom-client";

/** What the process knows of its own state. */
export interface Health {
  /** Each part by name: why it does not work, for people and without anything of the registry; null where it does. */
  troubles(): Promise<Record<string, string | null>>;
  metrics: Registry;
}

/** Asked by whoever watches the server, under whatever name and however busy it is. */
export const probePaths: ReadonlySet<string> = new Set(["/health", "/ready", "/metrics"]);

/** For load balancers and Prometheus; no authentication, nothing about the registry's content. */
export function healthRoutes(server: FastifyInstance, health: Health): void {
  server.get("/health", { logLevel: "warn" }, async ({ headers }, reply) => {
    if (headers.accept?.includes("application/json")) return { status: "ok" };
    // What MLflow's servers say, for who watches one.
    return reply.type("text/plain; charset=utf-8").send("OK");
  });
  server.get("/ready", { logLevel: "warn" }, async (_request, reply) => {
    const troubles = Object.entries(await health.troubles());
    const parts = Object.fromEntries(troubles.map(([part, reason]) => [part, reason === null]));
    const reasons = Object.fromEntries(troubles.filter(([, reason]) => reason !== null));
    const isReady = Object.values(parts).every(Boolean);
    const status = isReady ? "ready" : "not ready";
    return reply.code(isReady ? 200 : 503).send({ status, parts, reasons });
  });
  server.get("/metrics", { logLevel: "warn" }, async (_request, reply) => {
    return reply.type(health.metrics.contentType).send(await health.metrics.metrics());
  });
}
