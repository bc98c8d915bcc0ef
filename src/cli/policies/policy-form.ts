import { isAlias, isMap, isScalar, isSeq, type Scalar } from "yaml";

/** What may stand in one place of a policy file. */
export type Form =
  | { is: "text" | "number" | "whole number" | "flag" }
  | { is: "word"; among: readonly string[] }
  | { is: "list"; of: Form }
  | { is: "mapping"; of: Readonly<Record<string, Form>>; needs: readonly string[] };

const text: Form = { is: "text" };
const texts: Form = { is: "list", of: text };
const number: Form = { is: "number" };
const whole: Form = { is: "whole number" };
const flag: Form = { is: "flag" };
const word = (...among: string[]): Form => ({ is: "word", among });

const comparison: Form = {
  is: "mapping",
  needs: ["op"],
  of: { op: word("GE", "GT", "LE", "LT"), value: number, stage: text, alias: text, tolerance: number },
};

const gate: Form = {
  is: "mapping",
  needs: ["kind"],
  of: {
    kind: word(
      "METRIC",
      "DISPARITY",
      "PARAM",
      "TAG",
      "SIGNATURE",
      "COMPATIBLE_SIGNATURE",
      "FORMAT",
      "COMPLETENESS",
      "CARD",
      "LINEAGE",
      "EVALUATION",
      "VALIDATION",
      "BUNDLE",
      "DIGEST_VERIFIED",
      "NO_CODE",
    ),
    metric: text,
    dataset: text,
    split: text,
    slice: text,
    compare: comparison,
    roles: texts,
    key: text,
    value: text,
    formats: texts,
    withinDays: whole,
    compatibility: word("BACKWARD", "FORWARD", "FULL"),
  },
};

/** One policy of a file: what setPolicy takes, by the same names. */
export const policyForm: Form = {
  is: "mapping",
  needs: ["model", "stage"],
  of: {
    model: text,
    stage: text,
    preset: word("OPEN", "GUARDED"),
    approvalsNeeded: whole,
    isFourEyes: flag,
    approverRoles: texts,
    promoterRoles: texts,
    breakGlassRoles: texts,
    maxVersions: whole,
    onFull: word("REJECT", "ARCHIVE_EXISTING"),
    rollbackNeedsApproval: flag,
    rollbackAliases: texts,
    gates: { is: "list", of: gate },
  },
};

/** A place of a file that holds something else than it should. */
export class Unfit extends Error {
  constructor(
    readonly path: string,
    readonly expected: string,
    readonly came: string,
  ) {
    super(`${path === "" ? "" : `${path}: `}expected ${expected}; got ${came}`);
  }
}

const largestWhole = 2 ** 31 - 1; // of GraphQL's Int
const longestShown = 60;

function cut(came: string): string {
  return came.length > longestShown ? `${came.slice(0, longestShown)}… (${came.length} characters)` : came;
}

/** What stands there, short enough to repeat. */
export function cameFrom(node: unknown): string {
  if (isAlias(node)) return `the alias *${cut(node.source)}`;
  if (isMap(node)) return "a mapping";
  if (isSeq(node)) return "a list";
  if (!isScalar(node) || node.value === null) return "nothing";
  return cut(
    typeof node.value === "string" ? JSON.stringify(node.value) : (node.source ?? String(node.value)),
  );
}

function wanted(form: Form): string {
  switch (form.is) {
    case "word":
      return `one of ${form.among.join(", ")}`;
    case "flag":
      return "true or false";
    case "number":
      return "a finite number";
    case "list":
      return `a list, of which each is ${wanted(form.of)}`;
    case "mapping":
      return `a mapping of ${Object.keys(form.of).join(", ")}`;
    default:
      return `a ${form.is}`;
  }
}

/**
 * What a node of YAML says, if it has this form; throws Unfit that names the place. Goes no deeper than the form does,
 * and follows no alias, so nothing grows when it is read.
 */
export function readForm(node: unknown, form: Form, path = ""): unknown {
  if (isAlias(node)) {
    throw new Unfit(path, "no alias of YAML; a text that begins with * needs quotes", cameFrom(node));
  }
  if (form.is === "mapping" && isMap(node)) return mappingOf(node, form, path);
  if (form.is === "list" && isSeq(node)) {
    return node.items.map((item, at) => readForm(item, form.of, within(path, String(at))));
  }
  if (isScalar(node)) {
    const value = scalarOf(node, form);
    if (value !== undefined) return value;
  }
  throw new Unfit(path, wanted(form), cameFrom(node));
}

const within = (path: string, part: string) => (path === "" ? part : `${path}.${part}`);

function mappingOf(
  node: { items: { key: unknown; value: unknown }[] },
  { of, needs }: Extract<Form, { is: "mapping" }>,
  path: string,
): Record<string, unknown> {
  const found = new Map<string, unknown>();
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : null;
    const form = name !== null && Object.hasOwn(of, name) ? of[name] : undefined;
    if (name === null || !form)
      throw new Unfit(path, `only ${Object.keys(of).join(", ")}`, `the key ${cameFrom(key)}`);
    const place = within(path, name);
    if (found.has(name)) throw new Unfit(place, "it once", "it twice");
    // A key with nothing after it asks for nothing.
    const isEmpty = value === null || (isScalar(value) && value.value === null);
    found.set(name, isEmpty ? undefined : readForm(value, form, place));
  }
  for (const need of needs) {
    if (found.get(need) === undefined) throw new Unfit(within(path, need), wanted(of[need]!), "nothing");
  }
  return Object.fromEntries(found);
}

/** Undefined for a scalar of another kind. */
function scalarOf({ value }: Scalar, form: Form): unknown {
  switch (form.is) {
    case "text":
      return typeof value === "string" ? value : undefined;
    case "word": {
      const known = typeof value === "string" ? value.toUpperCase().replaceAll("-", "_") : "";
      return form.among.includes(known) ? known : undefined;
    }
    case "flag":
      return typeof value === "boolean" ? value : undefined;
    case "number":
      return Number.isFinite(value) ? value : undefined;
    case "whole number":
      return Number.isInteger(value) && Math.abs(value as number) <= largestWhole ? value : undefined;
    default:
      return undefined;
  }
}
