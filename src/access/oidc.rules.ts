// What a provider's token says, and what is wrong with one. Sentences never repeat what came.
import { errors, type JWTHeaderParameters, type JWTPayload } from "jose";
import { callableNameOf, nameOf, nfc } from "../kernel/names.ts";
import type { Identity } from "./actor.service.ts";
import { unauthenticated } from "./authenticate.ts";

const mostCharacters = 16 * 1024;
const mostGroups = 500;
const longestName = 255; // as names.ts has it
const usualNameClaims = ["preferred_username", "email", "name"];

/** Whether it has the form of a signed JWT; one that is not signed, too, so that it is told why it is refused. */
export function isJwt(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);
}

/** Throws UNAUTHENTICATED for a token that is not worth being read. */
export function mustBeReadable(token: string): void {
  if (token.length > mostCharacters) {
    throw unauthenticated(`a token is limited to ${mostCharacters / 1024} KiB`);
  }
}

/** Throws UNAUTHENTICATED for a token, verified otherwise, that says of itself that it is for another use or of another time. */
export function mustBeForUse(header: JWTHeaderParameters, { iat }: JWTPayload, latest: number): void {
  const type = header.typ?.toLowerCase().replace(/^application\//, "") ?? "jwt";
  // A provider signs more than what lets in, such as notices of a logout.
  if (type !== "jwt" && type !== "at+jwt")
    throw unauthenticated("this token is of a type that lets nobody in");
  if (iat !== undefined && iat * 1000 > latest) throw unauthenticated("this token was issued in the future");
}

/** Claims that `jose` names when it refuses them. */
const wrongClaims: Readonly<Record<string, string>> = {
  iss: "this token is of another issuer",
  aud: "this token is meant for another audience",
  nbf: "this token is not valid yet",
  exp: "this token does not say when it expires",
  iat: "this token does not say rightly when it was issued",
  sub: "this token does not say whose it is",
};

/** What is wrong with a token, from what `jose` threw. */
export function refusalOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "this token has expired";
  if (error instanceof errors.JWTClaimValidationFailed)
    return wrongClaims[error.claim] ?? "a claim of this token is not as it must be";
  if (error instanceof errors.JOSEAlgNotAllowed)
    return "this token is signed by an algorithm that is not allowed here";
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return "this token is not signed by its issuer, or was changed since";
  if (error instanceof errors.JWKSNoMatchingKey)
    return "this token is signed by a key that its issuer does not publish";
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return "this token does not say which key of its issuer signed it";
  return "this token cannot be read as a JWT";
}

/** Who it is of. Throws UNAUTHENTICATED where that could be mistaken for somebody else. */
export function identityOf(issuer: string, { sub = "" }: JWTPayload): Identity {
  const subject = fitting(() => nameOf("sub", sub));
  // As createActor keeps it, who is made known before his first login; so none is equal to another by being normalised.
  if (subject !== sub) {
    throw unauthenticated(
      `the subject of this token is no text of 1–${longestName} characters in NFC without spaces at either end`,
    );
  }
  return { issuer, subject };
}

/** The groups it names, in a settled order. Throws UNAUTHENTICATED where they are no names or too many. */
export function groupsOf(claims: JWTPayload, claim: string): string[] {
  const told = claims[claim] ?? [];
  const names: unknown[] = Array.isArray(told) ? told : [told];
  if (names.length > mostGroups) {
    throw unauthenticated(`this token names more than ${mostGroups} groups`);
  }
  if (!names.every((name) => typeof name === "string")) {
    throw unauthenticated("the groups of this token are no list of names");
  }
  // Roles are granted to names; what is none can hold no role.
  const groups = names.map((name) => fitting(() => nameOf("group", name)));
  return [...new Set(groups.filter((group) => group !== null))].sort();
}

/** A name for a new actor, by the claim of the settings or the usual ones; by the subject where they hold none. */
export function nameFor(claims: JWTPayload, claim: string | null): string {
  const sources = [...(claim === null ? usualNameClaims : [claim]), "sub"];
  for (const source of sources) {
    const text = claims[source];
    const name = typeof text === "string" ? madeToFit(text) : null;
    if (name !== null) return name;
  }
  return "somebody";
}

/** The name, or the same with a number after it: `ana`, `ana (2)`. */
export function numbered(name: string, count: number): string {
  if (count === 1) return name;
  const suffix = ` (${count})`;
  return cut(name, longestName - suffix.length) + suffix;
}

function madeToFit(text: string): string | null {
  // Normalising may make three of one character, or one of four.
  const short = nfc(text.slice(0, 4 * longestName)).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
  return fitting(() => callableNameOf("name", cut(short, longestName), "ACTOR"));
}

function cut(text: string, longest: number): string {
  return [...text].slice(0, longest).join("").trim();
}

function fitting(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
