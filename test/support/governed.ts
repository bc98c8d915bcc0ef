import { type Person, person } from "./access.ts";
import { type Registry, registryOf } from "./registry.ts";
import { startWorld, type World } from "./world.ts";

/** A registry in which people may do different things on `risk.*`. */
export interface Governed {
  world: World;
  registry: Registry;
  /** Registers and asks. */
  ann: Person;
  /** Moves. */
  mia: Person;
  /** Review. */
  rob: Person;
  rita: Person;
}

export async function startGoverned(): Promise<Governed> {
  const world = await startWorld();
  const on = (role: string) => ({ grants: [[role, "risk.*"]] as [string, string][] });
  return {
    world,
    registry: registryOf(world),
    ann: await person(world, "ann", on("CONTRIBUTOR")),
    mia: await person(world, "mia", on("MAINTAINER")),
    rob: await person(world, "rob", on("APPROVER")),
    rita: await person(world, "rita", on("APPROVER")),
  };
}

export const requestFields = `id status from to reason archiveExisting isAfterReview requestedBy { name } modelVersion { number stage }
  approvals { decision isStale reviewer { name } comment policyRevision evidenceDigest } viewerCanReview`;

export const verdictFields =
  "verdict { allowed policyRevision effects checks { name passed says expected actual } }";

/** A mutation's payload with these fields, and its refusals. */
export async function attempt(
  who: Person | Governed["world"],
  mutation: string,
  input: object,
  fields: string,
) {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const { data, errors } = await who.graphql(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} userErrors { code message path } } }`,
    { input },
  );
  if (errors) return { denied: errors[0]!.extensions.code as string, message: errors[0]!.message };
  return data[mutation];
}

export function ask(who: Person, version: string, to = "Production", more: object = {}) {
  const fields = `transitionRequest { ${requestFields} } ${verdictFields}`;
  return attempt(who, "requestTransition", { version, to, ...more }, fields);
}

export function review(who: Person, request: string, decision = "APPROVE", more: object = {}) {
  const fields = `approval { id decision isStale } transitionRequest { ${requestFields} } ${verdictFields}`;
  return attempt(who, "reviewTransition", { request, decision, ...more }, fields);
}

export function transition(who: Person | World, version: string, to = "Production", more: object = {}) {
  const fields = `modelVersion { stage } stageChange { isBreakGlass policyRevision request { id } approvals { reviewer { name } } } archived { number } ${verdictFields}`;
  return attempt(who, "transitionModelVersion", { version, to, ...more }, fields);
}

/** Sets the policy of a model or a pattern for Production. */
export async function policyOf({ registry }: Pick<Governed, "registry">, model: string, policy: object) {
  await registry.mutate("setPolicy", { model, stage: "Production", ...policy }, "policy { revision }");
}

/** Numbers of a model's versions that the administrator finds to violate their policy, the highest first. */
export async function violating({ world }: Governed, model: string, more: object = {}): Promise<number[]> {
  const { modelVersions } = await world.ask(
    `query ($filter: ModelVersionFilter) { modelVersions(first: 100, filter: $filter, orderBy: { field: NUMBER }) { nodes { number } } }`,
    { filter: { violatesPolicy: true, model: { eq: model }, ...more } },
  );
  return modelVersions.nodes.map(({ number }: { number: number }) => number);
}

let made = 0;

/** A version that ann registered, of a new model whose Production has this policy. */
export async function candidateOf({ registry, ann }: Governed, policy: object = { approvalsNeeded: 1 }) {
  const model = `risk.m${++made}`;
  await registry.model(model);
  await policyOf({ registry }, model, policy);
  await ann.version(model, { params: [{ key: "lr", value: "0.1" }] });
  return { model, version: `${model}/1` };
}

/** Of the refusals that a mutation answered. */
export function codes({ userErrors }: { userErrors: { code: string }[] }): string[] {
  return userErrors.map(({ code }) => code);
}
