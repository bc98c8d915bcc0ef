import type { Actor } from "../kernel/actor.ts";
import { invalid, StemmaError } from "../kernel/errors.ts";
import { nameOf, textOf } from "../kernel/names.ts";
import type { Validation } from "./validation.entity.ts";
import type { RecordValidationInput } from "./validation.inputs.ts";
import type { LockedVersion } from "./version.service.ts";

const longestScope = 1_000;
const longestUri = 2_000;
const schemes = ["https", "s3", "gs", "az", "azure", "abfs", "abfss", "wasb", "wasbs", "file"];
const uriForm = new RegExp(`^(${schemes.join("|")})://[^\\s\\p{C}]+$`, "u");
const digestForm = /^sha256:[0-9a-f]{64}$/;

/** What is recorded of a validation, checked. Throws INVALID. */
export function validationFactsOf(
  input: RecordValidationInput,
): Pick<Validation, "validator" | "organisation" | "scope" | "reportUri" | "reportDigest" | "expiresAt"> {
  const { reportUri, reportDigest } = input;
  if (!reportUri && !reportDigest) throw invalid("reportUri", "reportUri or reportDigest", reportUri ?? null);
  if (reportDigest && !digestForm.test(reportDigest))
    throw invalid("reportDigest", "sha256: and 64 hex digits in small letters", reportDigest);
  return {
    validator: nameOf("validator", input.validator),
    organisation: nameOf("organisation", input.organisation),
    scope: input.scope ? textOf("scope", input.scope, longestScope) : null,
    reportUri: reportUri ? uriOf(reportUri) : null,
    reportDigest: reportDigest || null,
    expiresAt: input.expiresAt ?? null,
  };
}

function uriOf(came: string): string {
  const uri = textOf("reportUri", came, longestUri);
  if (!uriForm.test(uri))
    throw invalid("reportUri", `an address such as https://… (${schemes.join(", ")})`, uri);
  // What is on record is read by many. Azure's addresses name the container before the @.
  if (uri.startsWith("https:") && /^[^/?#]*@/.test(uri.slice("https://".length)))
    throw invalid("reportUri", "an address without user and password", "one with them");
  return uri;
}

/** Throws REFUSED_BY_POLICY for who has a part in the version: nobody validates what is his own. */
export function mustBeIndependent(actor: Actor, { model, version }: LockedVersion): void {
  const named = `${model.name}/${version.number}`;
  if (version.createdById === actor.node) throw partial(`${actor.name} registered ${named}`);
  if (model.owner === actor.name) throw partial(`${actor.name} owns ${model.name}`);
}

function partial(why: string): StemmaError {
  return new StemmaError(
    "REFUSED_BY_POLICY",
    `version: ${why}; a validation is recorded by somebody independent of that`,
    ["version"],
  );
}
