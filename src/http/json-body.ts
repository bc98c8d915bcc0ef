import type { FastifyInstance } from "fastify";
import { excessOfJson } from "../kernel/json-bounds.ts";

/** Reads JSON as Fastify does, but looks first whether that would hold up everybody else. */
export function readJsonWithinBounds(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser("error", "error");
  server.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, body, done) => {
    const excess = excessOfJson(body);
    if (excess) done(excess);
    else parse(request, body.toString(), done);
  });
}
