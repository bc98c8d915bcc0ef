import { type Environment, listOf, refuse } from "./reading.ts";

/** A param or tag of which the value names the data or the code that something was made from. */
export interface InferenceSettings {
  key: string;
  names: "dataset" | "commit";
}

const variable = "STEMMA_INFER_EDGES";
const usual = "training_data_hash=dataset, dataset_version=dataset, git_commit=commit";

function ruleOf(text: string): string | null {
  const key = text.replace(/\s*=\s*(dataset|commit)$/, "");
  return key !== text && /^[^\p{Cc}]{1,255}$/u.test(key) ? text : null;
}

/** Which keys edges are inferred from; none where it is switched off. */
export function inferenceOf(env: Environment): InferenceSettings[] {
  const text = env[variable]?.trim() || usual;
  if (text === "off") return [];
  const expected = `"off", or params and tags such as ${usual}, between commas`;
  const rules = listOf({ [variable]: text }, variable, expected, ruleOf).map((rule) => {
    const cut = rule.lastIndexOf("=");
    return { key: rule.slice(0, cut).trim(), names: rule.slice(cut + 1).trim() } as InferenceSettings;
  });
  const keys = rules.map(({ key }) => key);
  const repeated = keys.find((key, at) => keys.indexOf(key) < at);
  if (repeated !== undefined) refuse(variable, "each key once", repeated);
  return rules;
}
