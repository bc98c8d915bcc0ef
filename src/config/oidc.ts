import { ConfigError, type Environment, isConfidential, listOf, numberOf, refuse } from "./reading.ts";

/** An identity provider (OpenID Connect) whose tokens let people in. */
export interface OidcSettings {
  /** As its tokens name it, to the letter. */
  issuer: string;
  /** Whom its tokens must be meant for. */
  audience: string;
  /** Where its keys are; null where its discovery document says so. */
  jwksUrl: string | null;
  /** What tokens may be signed by. */
  algorithms: readonly string[];
  /** How far its clock may be from ours. */
  clockToleranceSeconds: number;
  groupsClaim: string;
  /** What new actors are named by; null for the usual claims. */
  nameClaim: string | null;
}

const longestIssuer = 255; // it is part of a key in the database
const usualAlgorithms = ["RS256", "PS256", "ES256", "EdDSA"];
/** By key pairs only: whoever may verify could sign, too, where the key is a shared one. */
const soundAlgorithm = /^((RS|PS|ES)(256|384|512)|EdDSA|Ed25519)$/;

/** A URL without password and fragment, to be read by nobody on the way. */
function providerUrlOf(env: Environment, variable: string, suits = (_text: string) => true): string | null {
  const text = env[variable]?.trim();
  if (!text) return null;
  const url = /^https?:\/\/[\x21-\x7e]+$/.test(text) && URL.canParse(text) ? new URL(text) : null;
  const isPlain = url?.username === "" && url.password === "" && !text.includes("#");
  if (!url || !isPlain || !isConfidential(url) || !suits(text)) {
    const expected =
      "an https URL (http on a loopback address only) without user, fragment and, for an issuer, query (at most 255 characters)";
    refuse(variable, expected, text.replace(/\/\/.*@/, "//…@"));
  }
  return text;
}

const partsOfOidc = [
  "OIDC_AUDIENCE",
  "OIDC_JWKS_URL",
  "OIDC_ALGORITHMS",
  "OIDC_CLOCK_TOLERANCE_SECONDS",
  "OIDC_GROUPS_CLAIM",
  "OIDC_NAME_CLAIM",
];

export function oidcOf(env: Environment): OidcSettings | null {
  const issuer = providerUrlOf(
    env,
    "OIDC_ISSUER",
    (text) => !text.includes("?") && text.length <= longestIssuer,
  );
  if (issuer === null) {
    const part = partsOfOidc.find((variable) => env[variable]?.trim());
    if (part) throw new ConfigError(`OIDC_ISSUER: needed with ${part}`);
    return null;
  }
  const audience = env.OIDC_AUDIENCE?.trim();
  if (!audience)
    throw new ConfigError("OIDC_AUDIENCE: needed with OIDC_ISSUER: whom tokens must be meant for");
  const algorithms = listOf(
    env,
    "OIDC_ALGORITHMS",
    "algorithms of key pairs such as RS256, PS256, ES256 or EdDSA, between commas",
    (text) => (soundAlgorithm.test(text) ? text : null),
  );
  return {
    issuer,
    audience,
    jwksUrl: providerUrlOf(env, "OIDC_JWKS_URL"),
    algorithms: algorithms.length > 0 ? algorithms : usualAlgorithms,
    clockToleranceSeconds: numberOf(env, "OIDC_CLOCK_TOLERANCE_SECONDS", 30, 0, 300),
    groupsClaim: env.OIDC_GROUPS_CLAIM?.trim() || "groups",
    nameClaim: env.OIDC_NAME_CLAIM?.trim() || null,
  };
}
