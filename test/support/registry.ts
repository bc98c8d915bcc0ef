import type { Asker, World } from "./world.ts";

export { inLanes } from "./lanes.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
type Data = any;

export interface Refusal {
  code: string;
  message: string;
  path: string[] | null;
}

/** What a mutation answers where the test does not say. */
const answers: Record<string, string> = {
  recordLineage: "addedNodes addedEdges",
  setAlias: "alias { name modelVersion { number } } model { id }",
  setWeightedAliases: "aliases { name weight modelVersion { number } } model { id }",
  protectAlias: "aliasProtection { id model alias stages revision deletedAt }",
  unprotectAlias: "aliasProtection { id model alias stages revision deletedAt }",
  defineStages: "stages { name position isLive isRetired synonyms allowedMoves } stageSet { id revision }",
  deleteAlias: "alias { name } model { id aliases { name } }",
  createActor: "actor { id name }",
  createToken: "token { id expiresAt } secret",
  rotateToken: "token { id expiresAt } secret",
  revokeToken: "token { id revokedAt }",
  deactivateActor: "actor { id deactivatedAt }",
  reactivateActor: "actor { id deactivatedAt }",
  defineRole: "role { id name revision permissions { name } }",
  deleteRole: "role { id deletedAt }",
  grantRole: "grant { id role scope revokedAt }",
  revokeRole: "grant { id role scope revokedAt }",
  recordValidation: "validation { id validator }",
  setModelCard: "card { id revision status digest isFresh }",
  transitionModelVersion:
    "modelVersion { id number stage revision } archived { id number stage } stageChange { cursor from to comment } verdict { allowed effects checks { name passed says } }",
};
const modelFields = "id name description owner revision createdAt updatedAt deletedAt";
const versionFields = "id number stage semanticVersion revision createdAt updatedAt deletedAt";

function answerOf(mutation: string): string {
  const known = answers[mutation];
  if (known) return known;
  return /Version/.test(mutation) ? `modelVersion { ${versionFields} }` : `model { ${modelFields} }`;
}

/** The registry as one caller speaks to it. */
export interface Registry {
  /** A mutation's payload, refusals included. */
  attempt(mutation: string, input: object, selection?: string): Promise<Data>;
  /** The payload of a mutation that must be done. */
  mutate(mutation: string, input: object, selection?: string): Promise<Data>;
  /** The one refusal of a mutation that must not be done. */
  refusal(mutation: string, input: object, selection?: string): Promise<Refusal>;
  /** A new model. */
  model(name: string, more?: object): Promise<Data>;
  /** The next version of a model. */
  version(model: string, more?: object): Promise<Data>;
  /** Moves a version; the whole payload. */
  promote(version: string, to: string, more?: object): Promise<Data>;
  /** Another person with this role everywhere, made by this caller, who must speak to a world of its own. */
  colleague(name: string, role: string): Promise<Registry>;
}

export function registryOf({ ask, as }: Pick<Asker, "ask"> & Partial<Pick<World, "as">>): Registry {
  const attempt: Registry["attempt"] = async (mutation, input, selection = answerOf(mutation)) => {
    const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} userErrors { code message path } } }`;
    return (await ask(query, { input }))[mutation];
  };
  const mutate: Registry["mutate"] = async (mutation, input, selection) => {
    const payload = await attempt(mutation, input, selection);
    if (payload.userErrors.length > 0) throw new Error(`${mutation}: ${JSON.stringify(payload.userErrors)}`);
    return payload;
  };
  return {
    attempt,
    mutate,
    async refusal(mutation, input, selection) {
      const { userErrors } = await attempt(mutation, input, selection);
      if (userErrors.length !== 1) throw new Error(`${mutation} was refused ${userErrors.length} times`);
      return userErrors[0];
    },
    async model(name, more) {
      return (await mutate("createModel", { name, ...more })).model;
    },
    async version(model, more) {
      return (await mutate("registerModelVersion", { model, ...more })).modelVersion;
    },
    promote: (version, to, more) => mutate("transitionModelVersion", { version, to, ...more }),
    async colleague(name, role) {
      await mutate("createActor", { name, kind: "PERSON" });
      await mutate("grantRole", { actor: name, role, scope: "*" });
      return registryOf(as!((await mutate("createToken", { actor: name, name: "for tests" })).secret));
    },
  };
}
