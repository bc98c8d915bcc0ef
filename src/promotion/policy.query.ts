import { among, type Reader, type Sql, sql } from "../db/sql.ts";
import { instanceOf } from "../kernel/node.ts";
import { covers } from "../kernel/scope.ts";
import { Policy, type PolicyBody, type PolicyRow } from "./policy.entity.ts";
import { mostSpecific, openPolicy, patternsOver } from "./policy.rules.ts";

const policyColumns = sql`p.id AS nodeId, p.pattern, p.stage, p.revision, p.body, p.updatedAt`;

type ReadRow = Omit<PolicyRow, "isOpen">;

/** At most as many as this; setting more is refused. */
export const mostPolicies = 1_000;

/** Those that were taken back are among them: see `isSet`. */
export async function policiesWhere(reader: Reader, where: Sql): Promise<Policy[]> {
  const rows = await reader.query<ReadRow>(
    sql`SELECT ${policyColumns} FROM policy p WHERE ${where} ORDER BY p.stage, p.pattern`,
  );
  return rows.map(policyOfRow);
}

export function policyOfRow({ body, ...row }: ReadRow): Policy {
  const asked = body === null ? openPolicy : { ...openPolicy, ...(JSON.parse(body) as Partial<PolicyBody>) };
  const why = body === null ? "taken back: a wider one holds" : `set for ${row.pattern}`;
  return instanceOf(Policy, { ...row, ...asked, isSet: body !== null, why });
}

/** What holds for a stage where nothing is set. */
export function openFor(stage: string): Policy {
  const why = "no policy is set for this stage: whoever may move versions moves them";
  return instanceOf(Policy, {
    nodeId: 0,
    pattern: "*",
    stage,
    revision: 0,
    updatedAt: null,
    isSet: false,
    ...openPolicy,
    why,
  });
}

/** Of these policies of one stage, the one that holds for a model, and why it does. */
export function holding(policies: readonly Policy[], model: string, stage: string): Policy {
  const covering = policies.filter(({ isSet, pattern }) => isSet && covers(pattern, model));
  const found = mostSpecific(covering);
  if (!found) return openFor(stage);
  const wider = covering.filter((other) => other !== found).map(({ pattern }) => pattern);
  const among = wider.length > 0 ? `, which is nearer than ${wider.join(", ")}` : "";
  return instanceOf(Policy, { ...found, why: `${found.pattern} covers ${model}${among}` });
}

/** The policy that a model's version must pass to enter a stage. */
export async function policyFor(reader: Reader, model: string, stage: string): Promise<Policy> {
  const covering = sql`p.stage = ${stage} AND ${among(sql`p.pattern`, patternsOver(model))}`;
  return holding(await policiesWhere(reader, covering), model, stage);
}

/** How many are set. */
export async function countPolicies(reader: Reader): Promise<number> {
  const [row] = await reader.query<{ total: number }>(
    sql`SELECT COUNT(*) AS total FROM policy WHERE body IS NOT NULL`,
  );
  return Number(row?.total);
}
