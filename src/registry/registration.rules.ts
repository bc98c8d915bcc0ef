import type { SemVer } from "semver";
import { invalid } from "../kernel/errors.ts";
import { nameOf, textOf } from "../kernel/names.ts";
import { jsonOf } from "../tracking/json.rules.ts";
import type { ImageInput, RegisterModelVersionInput } from "./version.inputs.ts";
import { type Ref, readFixedRef, semanticVersionOf } from "./version.rules.ts";

export const longestDescription = 5_000;
const longestUri = 4_000;
const mostParents = 100;

export function semanticOf(given: string): SemVer {
  const semantic = semanticVersionOf(given);
  if (!semantic) throw invalid("semanticVersion", "a semantic version such as 1.4.0", given);
  return semantic;
}

export function imageOf(image: ImageInput): { imageUri: string; imageDigest: string | null } {
  if (image.uri === "") throw invalid("image.uri", "the image's address", image.uri);
  return {
    imageUri: textOf("image.uri", image.uri, longestUri),
    imageDigest: image.digest ? nameOf("image.digest", image.digest) : null,
  };
}

/** What a version is said to be, by its registrant or by its files. */
export type Told = Pick<RegisterModelVersionInput, "framework" | "format" | "signature">;

/** With what `told` says where the caller said nothing; it is asked only then. */
export function completedBy(input: RegisterModelVersionInput, told: () => Told): RegisterModelVersionInput {
  const { framework, format, signature } = input;
  if ([framework, format, signature].every((given) => given != null)) return input;
  const facts = told();
  return {
    ...input,
    framework: framework ?? facts.framework,
    format: format ?? facts.format,
    signature: signature ?? facts.signature,
  };
}

/** The facts that stand in the version's own row, checked. Fixed from here on. */
export function factsOf(input: RegisterModelVersionInput) {
  const name = (field: "framework" | "format" | "externalId") =>
    input[field] ? nameOf(field, input[field]) : null;
  return {
    description: input.description ? textOf("description", input.description, longestDescription) : null,
    source: input.source ? textOf("source", input.source, longestUri) : null,
    framework: name("framework"),
    format: name("format"),
    externalId: name("externalId"),
    signature: jsonOf("signature", input.signature),
    ...(input.image ? imageOf(input.image) : { imageUri: null, imageDigest: null }),
  };
}

/** The versions it was derived from, by reference; `latest` is refused, as it names another one tomorrow. */
export function parentRefsOf(
  input: RegisterModelVersionInput,
): { ref: Ref; text: string; relation: string }[] {
  const parents = input.parents ?? [];
  if (parents.length > mostParents) throw invalid("parents", `at most ${mostParents}`, parents.length);
  return parents.map(({ version, relation }, index) => ({
    ref: readFixedRef(version, `parents.${index}.version`),
    text: version,
    relation: nameOf(`parents.${index}.relation`, relation, 64),
  }));
}
