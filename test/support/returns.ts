import type { Person } from "./access.ts";
import { attempt, type Governed, policyOf, verdictFields } from "./governed.ts";
import type { World } from "./world.ts";

const fields = `modelVersion { number stage } archived { number stage } stageChanges { from to comment isAutomatic modelVersion { number } } ${verdictFields}`;

/** A rollback by the administrator, or by somebody else. */
export function rollback({ world }: Governed, input: object, who: Person | World = world) {
  return attempt(who, "rollback", { reason: "it fails", ...input }, fields);
}

let made = 0;

/** A model whose versions have come to Production one after another, each in place of the one before; the policy is set after. */
export async function line(governed: Governed, versions: number, policy?: object): Promise<string> {
  const { registry, ann } = governed;
  const model = `risk.line${++made}`;
  await registry.model(model);
  for (let number = 1; number <= versions; number++) {
    await ann.version(model);
    await registry.promote(`${model}/${number}`, "Production", { archiveExisting: true });
  }
  if (policy) await policyOf(governed, model, policy);
  return model;
}

/** Numbers of the model's versions that stand in Production, the lowest first. */
export async function standing({ world }: Governed, model: string): Promise<number[]> {
  const { model: found } = await world.ask(
    `query ($name: String!) { model(name: $name) { inStage(stage: "Production") { number } } }`,
    { name: model },
  );
  return found.inStage.map(({ number }: { number: number }) => number).sort((a: number, b: number) => a - b);
}
