import { excessOfJson } from "../kernel/json-bounds.ts";

type Mapping = Record<string, unknown>;

/** What a model's own description (`MLmodel`) says of it. */
export interface ModelFacts {
  framework?: string;
  format?: string;
  signature?: unknown;
}

/** The flavour that every other one brings along, so it says nothing where there is another. */
const anyFlavour = "python_function";

/** Framework, format and signature from an `MLmodel` file, or from an entry of `mlflow.log-model.history`. */
export function modelFactsOf(description: unknown): ModelFacts {
  const { flavors, signature: written } = mappingOf(description);
  const facts: ModelFacts = {};
  const flavours = mappingOf(flavors);
  const framework = Object.keys(flavours).find((name) => name !== anyFlavour) ?? Object.keys(flavours)[0];
  if (framework !== undefined) {
    facts.framework = framework;
    const flavour = mappingOf(flavours[framework]);
    const format = flavour.serialization_format ?? flavour.model_format ?? flavour.save_format;
    if (typeof format === "string") facts.format = format;
  }
  const signature = signatureOf(mappingOf(written));
  if (signature) facts.signature = signature;
  return facts;
}

/**
 * MLflow writes each part of a signature, a list, as JSON in a text. Where one of them is something else there is none: half
 * of it would look like a model that takes nothing.
 */
function signatureOf(written: Mapping): Mapping | undefined {
  const signature: Mapping = {};
  for (const part of ["inputs", "outputs", "params"]) {
    const told = written[part] ?? null;
    const value = typeof told === "string" ? parsed(told) : told;
    if (value === null) continue;
    if (!Array.isArray(value)) return undefined;
    signature[part] = value;
  }
  return Object.keys(signature).length > 0 ? signature : undefined;
}

/** Undefined where the text is no JSON, or would take long to read. */
function parsed(text: string): unknown {
  if (excessOfJson(Buffer.from(text))) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value where it is a mapping, an empty one in place of anything else. */
export function mappingOf(value: unknown): Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
}
