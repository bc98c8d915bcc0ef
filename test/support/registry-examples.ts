import { type Example, facts, hex, tag } from "./example.ts";
import type { Registry } from "./registry.ts";

async function modelOf(registry: Registry, own: string): Promise<string> {
  return (await registry.model(own)).id;
}

async function versionOf(registry: Registry, own: string): Promise<string> {
  return (await registry.version(await modelOf(registry, own))).id;
}

/** Mutations of models, versions, aliases and stages. */
export const registryExamples: Example[] = [
  {
    mutation: "createModel",
    input: async (_, own) => ({ name: own, owner: "ann", tags: [tag] }),
    events: ["model.created"],
    again: "ALREADY_EXISTS",
  },
  {
    mutation: "updateModel",
    input: async (registry, own) => ({
      model: await modelOf(registry, own),
      description: "new",
      owner: "bob",
    }),
    events: ["model.updated"],
    again: "nothing",
  },
  {
    mutation: "renameModel",
    input: async (registry, own) => ({ model: await modelOf(registry, own), name: `${own} renamed` }),
    events: ["model.renamed"],
    again: "nothing",
  },
  {
    mutation: "deleteModel",
    input: async (registry, own) => ({ model: await modelOf(registry, own) }),
    events: ["model.deleted"],
    again: "NOT_FOUND",
  },
  {
    mutation: "restoreModel",
    input: async (registry, own) => {
      const model = await modelOf(registry, own);
      await registry.mutate("deleteModel", { model });
      return { model };
    },
    events: ["model.restored"],
    again: "nothing",
  },
  {
    mutation: "setModelTags",
    input: async (registry, own) => ({ model: await modelOf(registry, own), set: [tag], delete: ["none"] }),
    events: ["model.tagged"],
    again: "nothing",
  },
  {
    mutation: "transferOwnership",
    input: async (registry, own) => {
      await registry.model(own, { owner: "ann" });
      return { model: own, to: "bob" };
    },
    events: ["model.transferred"],
    again: "nothing",
  },
  {
    mutation: "transferOwnership",
    when: "of all models of an owner",
    input: async (registry, own) => {
      for (const name of ["a", "b"]) await registry.model(`${own} ${name}`, { owner: own });
      return { from: own, to: "bob" };
    },
    events: ["model.transferred", "model.transferred"],
    again: "nothing",
  },
  {
    mutation: "registerModelVersion",
    input: async (registry, own) => ({ model: await modelOf(registry, own), tags: [tag], ...facts }),
    events: ["version.registered"],
    again: "the same",
  },
  {
    mutation: "registerModelVersion",
    when: "with all that comes into being along the way",
    input: async (_, own) => ({
      model: own,
      createModel: true,
      externalId: own,
      commit: { repository: own, sha: hex(own) },
      datasets: [{ name: own, digest: "1", role: "train" }],
    }),
    events: [
      "model.created",
      "commit.recorded",
      "dataset.created",
      "dataset_version.recorded",
      "version.registered",
    ],
    again: "ALREADY_EXISTS",
  },
  {
    mutation: "registerModelVersion",
    when: "after one that has a card",
    input: async (registry, own) => {
      const version = await versionOf(registry, own);
      await registry.mutate("setModelCard", { version, card: { intendedUse: own } });
      return { model: own };
    },
    events: ["version.registered", "card.updated"],
    again: "the same",
  },
  {
    mutation: "updateModelVersion",
    input: async (registry, own) => ({
      version: await versionOf(registry, own),
      description: "new",
      semanticVersion: "1.0.0",
      image: { uri: "registry.example/x" },
    }),
    events: ["version.updated"],
    again: "nothing",
  },
  {
    mutation: "deleteModelVersion",
    input: async (registry, own) => {
      const version = await versionOf(registry, own);
      await registry.mutate("setAlias", { model: own, alias: "a", version: 1 });
      return { version };
    },
    events: ["alias.deleted", "version.deleted"],
    again: "NOT_FOUND",
  },
  {
    mutation: "setModelVersionTags",
    input: async (registry, own) => ({ version: await versionOf(registry, own), set: [tag] }),
    events: ["version.tagged"],
    again: "nothing",
  },
  {
    mutation: "logModelVersionMetrics",
    input: async (registry, own) => ({ version: await versionOf(registry, own), metrics: facts.metrics }),
    events: ["version.measured"],
    again: "nothing",
  },
  {
    mutation: "recordValidation",
    input: async (registry, own) => {
      await modelOf(registry, own);
      const maker = await registry.colleague(own, "CONTRIBUTOR");
      return {
        version: (await maker.version(own)).id,
        validator: "Vera Vogel",
        organisation: "Audit Ltd",
        scope: "fairness by age group",
        reportUri: "https://audit.example/reports/7",
        reportDigest: `sha256:${hex(own)}`,
        expiresAt: "2030-01-01T00:00:00Z",
      };
    },
    events: ["validation.recorded"],
    again: "the same",
  },
  {
    mutation: "setAlias",
    input: async (registry, own) => {
      await versionOf(registry, own);
      return { model: own, alias: "champion", version: 1 };
    },
    events: ["alias.set"],
    again: "nothing",
  },
  {
    mutation: "deleteAlias",
    input: async (registry, own) => {
      await versionOf(registry, own);
      await registry.mutate("setAlias", { model: own, alias: "champion", version: 1 });
      return { model: own, alias: "champion" };
    },
    events: ["alias.deleted"],
    again: "NOT_FOUND",
  },
  {
    mutation: "setWeightedAliases",
    input: async (registry, own) => {
      await versionOf(registry, own);
      return { model: own, weights: [{ alias: "champion", version: 1, weight: 100 }] };
    },
    events: ["alias.set"],
    again: "nothing",
  },
  {
    mutation: "protectAlias",
    input: async (_, own) => ({ model: own, alias: "champion", stages: ["Production"] }),
    events: ["alias.protected"],
    again: "nothing",
  },
  {
    mutation: "unprotectAlias",
    input: async (registry, own) => {
      await registry.mutate("protectAlias", { model: own, alias: "champion" });
      return { model: own, alias: "champion" };
    },
    events: ["alias.unprotected"],
    again: "NOT_FOUND",
  },
  {
    mutation: "setModelCard",
    input: async (registry, own) => ({
      version: await versionOf(registry, own),
      card: {
        intendedUse: `for ${own}`,
        owner: "ann",
        fairnessMetrics: [{ name: "parity", value: 0.1, perGroup: [{ group: "a", value: 0.2 }] }],
        extra: { language: "no" },
      },
    }),
    events: ["card.updated"],
    again: "nothing",
  },
  {
    mutation: "setModelCard",
    when: "as Markdown",
    input: async (registry, own) => ({
      version: await versionOf(registry, own),
      markdown: `---\nlanguage: no\n---\n# ${own}\n\nText\n`,
      status: "IN_REVIEW",
    }),
    events: ["card.updated"],
    again: "nothing",
  },
  {
    mutation: "setModelCard",
    when: "as YAML",
    input: async (registry, own) => ({
      version: await versionOf(registry, own),
      yaml: `name: ${own}\nlimitations: none\n`,
    }),
    events: ["card.updated"],
    again: "nothing",
  },
  {
    mutation: "setModelCard",
    when: "that approves it",
    input: async (registry, own) => {
      const version = await versionOf(registry, own);
      await registry.mutate("setModelCard", { version, card: { details: own } });
      return { version, status: "APPROVED", expectedRevision: 1 };
    },
    events: ["card.updated"],
    again: "CONFLICT",
  },
  {
    mutation: "transitionModelVersion",
    input: async (registry, own) => ({
      version: await versionOf(registry, own),
      to: "Staging",
      comment: "go",
    }),
    events: ["stage.changed"],
    again: "nothing",
  },
  {
    mutation: "transitionModelVersion",
    when: "that archives two others",
    input: async (registry, own) => {
      await modelOf(registry, own);
      for (const number of [1, 2, 3]) {
        await registry.version(own);
        if (number < 3) await registry.promote(`${own}/${number}`, "Production");
      }
      return { version: `${own}/3`, to: "Production", archiveExisting: true };
    },
    events: ["stage.changed", "stage.changed", "stage.changed"],
    again: "nothing",
  },
  {
    mutation: "transitionModelVersion",
    when: "as a dry run",
    input: async (registry, own) => ({
      version: await versionOf(registry, own),
      to: "Staging",
      dryRun: true,
    }),
    events: [],
    again: "nothing",
  },
  {
    mutation: "defineStages",
    // A version in each, so that none of them can be taken away from the other tests.
    input: async (registry, own) => {
      await modelOf(registry, own);
      for (const [at, to] of ["None", "Staging", "Production", "Archived"].entries()) {
        await registry.version(own);
        await registry.promote(`${own}/${at + 1}`, to);
      }
      return {
        stages: [
          { name: "None" },
          { name: "Staging", synonyms: [hex(own).slice(0, 16)] },
          { name: "Production", isLive: true },
          { name: "Archived", isRetired: true },
        ],
      };
    },
    events: ["stages.defined"],
    again: "nothing",
  },
];
