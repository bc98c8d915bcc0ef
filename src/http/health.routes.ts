import type { FastifyInstance } from "fastify";
import type { Registry } from "prom-client";

/** What the process knows of its own state. */
export interface Health {
  /** Each part by name: whether it works. */
  parts(): Promise<Record<string, boolean>>;
  metrics: Registry;
}

/** Asked by whoever watches the server, under whatever name and however busy it is. */
export const probePaths: ReadonlySet<string> = new Set(["/health", "/ready", "/metrics"]);

/** For load balancers and Prometheus; no authentication, nothing about the registry's content. */
export function healthRoutes(server: FastifyInstance, health: Health): void {
  server.get("/health", { logLevel: "warn" }, async () => ({ status: "ok" }));
  server.get("/ready", { logLevel: "warn" }, async (_request, reply) => {
    const parts = await health.parts();
    const isReady = Object.values(parts).every(Boolean);
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? "ready" : "not ready", parts });
  });
  server.get("/metrics", { logLevel: "warn" }, async (_request, reply) => {
    return reply.type(health.metrics.contentType).send(await health.metrics.metrics());
  });
}
