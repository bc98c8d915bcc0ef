// What browsers are told of answers. An answer of the API loads nothing, is framed nowhere, and is JSON.
import type { FastifyHelmetOptions } from "@fastify/helmet";

const halfAYearSeconds = 180 * 24 * 3600;

export function securityHeaders(publicUrl: string | null): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: policyOf({}),
    referrerPolicy: { policy: "no-referrer" },
    // Only where it is known that this name is reached by https: browsers would refuse anything else for as long.
    strictTransportSecurity: publicUrl?.startsWith("https:")
      ? { maxAge: halfAYearSeconds, includeSubDomains: false }
      : false,
    xFrameOptions: { action: "deny" },
  };
}

/**
 * GraphiQL brings all it needs within its page: one script, known by its digest, which starts workers it carries as text;
 * and styles, of which its editor makes ever new ones. It asks nobody but this server.
 */
export function headersOfPage(scriptDigest: string): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: policyOf({
      scriptSrc: [`'sha256-${scriptDigest}'`],
      workerSrc: ["blob:"],
      styleSrc: ["'unsafe-inline'"],
      fontSrc: ["data:"],
      imgSrc: ["data:"],
      connectSrc: ["'self'"],
    }),
  };
}

function policyOf(more: Record<string, string[]>) {
  const closed = {
    defaultSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  };
  return { useDefaults: false, directives: { ...closed, ...more } };
}
