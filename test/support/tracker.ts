import { type Refusal, type Registry, registryOf } from "./registry.ts";
import type { Asker } from "./world.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
type Data = any;

const answers: Record<string, string> = {
  Run: "run { id runId name status startedAt endedAt deletedAt }",
  Experiment: "experiment { id experimentId name scope deletedAt tags { key value } }",
  Dataset: "datasetVersion { id digest digestAlgorithm source schema profile dataset { id name scope } }",
  Commit: "commit { id repository sha branch message committedAt attributedTo parents { id sha } }",
  LoggedFiles: "fileCount",
  LoggedModel: "loggedModel { id modelId name status deletedAt }",
};

const nouns = Object.keys(answers).sort((a, b) => b.length - a.length);
const nounOf = (mutation: string) => nouns.find((noun) => mutation.includes(noun))!;

/** Tracking as one caller speaks to it. */
export interface Tracker {
  /** The noun that a mutation answers, such as the run of `createRun`. Fails where it was refused. */
  done(mutation: string, input: object, selection?: string): Promise<Data>;
  /** The one refusal of a mutation. */
  refusal(mutation: string, input: object): Promise<Refusal>;
  /** A new run. */
  run(input?: object, selection?: string): Promise<Data>;
  /** The types of a subject's events, the first first. */
  eventsOf(id: string): Promise<string[]>;
}

export function trackerOf(asker: Asker): Tracker & Pick<Registry, "attempt"> {
  const { attempt } = registryOf(asker);
  const ask = (mutation: string, input: object, selection?: string) =>
    attempt(mutation, input, selection ?? answers[nounOf(mutation)]);
  const done: Tracker["done"] = async (mutation, input, selection) => {
    const { userErrors, ...nouns } = await ask(mutation, input, selection);
    if (userErrors.length > 0) throw new Error(`${mutation}: ${JSON.stringify(userErrors)}`);
    return Object.values(nouns)[0];
  };
  return {
    attempt: ask,
    done,
    run: (input = {}, selection) => done("createRun", input, selection && `run { ${selection} }`),
    async refusal(mutation, input) {
      const { userErrors, ...nouns } = await ask(mutation, input);
      if (userErrors.length !== 1 || Object.values(nouns)[0] !== null) {
        throw new Error(`${mutation} was refused ${userErrors.length} times`);
      }
      return userErrors[0];
    },
    async eventsOf(id) {
      const { registryEvents } = await asker.ask(
        `query ($id: ID!) { registryEvents(after: "start", first: 100, filter: { subject: $id }) { nodes { type } } }`,
        { id },
      );
      return registryEvents.nodes.map(({ type }: { type: string }) => type);
    },
  };
}
