import type { Example } from "./example.ts";

/** Mutations about how long files are kept. */
export const retentionExamples: Example[] = [
  {
    mutation: "setRetention",
    input: async (_, own) => ({ model: own, preset: "STANDARD" }),
    events: ["retention.set"],
    again: "nothing",
  },
  {
    mutation: "setRetention",
    when: "that takes it back",
    input: async (registry, own) => {
      await registry.mutate("setRetention", { model: own, preset: "STANDARD" }, "retention { id }");
      return { model: own };
    },
    events: ["retention.deleted"],
    again: "nothing",
  },
  {
    mutation: "setLegalHold",
    input: async (registry, own) => {
      await registry.model(own);
      return { model: own, isHeld: true, reason: `the case of ${own}` };
    },
    events: ["hold.set"],
    again: "nothing",
  },
  {
    mutation: "setLegalHold",
    when: "that ends one on a version",
    input: async (registry, own) => {
      await registry.model(own);
      const { id: version } = await registry.version(own);
      await registry.mutate("setLegalHold", { version, isHeld: true, reason: "a case" });
      return { version, isHeld: false, reason: `the case of ${own} is closed` };
    },
    events: ["hold.released"],
    again: "nothing",
  },
];
