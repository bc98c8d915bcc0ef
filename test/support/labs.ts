import { type Cast, cast } from "./access.ts";
import { trackerOf } from "./tracker.ts";
import { type Asker, startWorld, type World } from "./world.ts";

/** What one lab has recorded: public ids, and the ids that callers may choose. */
export interface Lab {
  experiment: string;
  run: { id: string; runId: string };
  /** A run that is nested in the run of the other lab. */
  child: { id: string; runId: string };
  loggedModel: { id: string; modelId: string };
  dataset: string;
  datasetVersion: string;
}

/** Two labs that work together: each runs on the other's data and nests a run in the other's. Who may read one may not read the other. */
export interface Labs {
  world: World;
  risk: Lab;
  other: Lab;
  /** A commit that both executed. */
  commit: { id: string; sha: string };
  /** All but the outsider have their roles on `risk.*`; the outsider's are on `other.*`. */
  people: Cast;
}

export const sha = "c0ffee".padEnd(40, "0");

/** Everything is called `risk …` or `other …`, in the scopes `risk.lab` and `other.lab`. */
export async function startLabs(): Promise<Labs> {
  const world = await startWorld();
  const tracker = trackerOf(world);
  const found = async (lab: string) => {
    const scope = `${lab}.lab`;
    const { id } = await tracker.done("createExperiment", { name: `${lab} lab`, scope });
    const data = await tracker.done("recordDataset", { name: `${lab} data`, digest: `${lab} 1`, scope });
    return {
      experiment: id as string,
      dataset: data.dataset.id as string,
      datasetVersion: data.id as string,
    };
  };
  const [risk, other] = [await found("risk"), await found("other")];
  const bothData = ["risk", "other"].map((lab) => ({ name: `${lab} data`, digest: `${lab} 1`, role: lab }));
  const runOf = (lab: string, more: object) =>
    tracker.run({ experiment: `${lab} lab`, datasets: bothData, commit: { sha }, ...more });
  const modelOf = (runId: string, name: string) =>
    tracker.done("createLoggedModel", { name, runId, params: [{ key: "lr", value: "0.1" }] });
  const riskRun = await runOf("risk", { name: "risk run" });
  const otherRun = await runOf("other", { name: "other run" });
  const riskChild = await runOf("risk", { name: "risk child", parentRunId: otherRun.runId });
  const otherChild = await runOf("other", { name: "other child", parentRunId: riskRun.runId });
  const riskModel = await modelOf(riskRun.runId, "risk model");
  const otherModel = await modelOf(otherRun.runId, "other model");
  const { commit } = await world.ask(`{ commit(sha: "${sha}") { id sha } }`);
  return {
    world,
    risk: { ...risk, run: riskRun, child: riskChild, loggedModel: riskModel },
    other: { ...other, run: otherRun, child: otherChild, loggedModel: otherModel },
    commit,
    people: await cast(world),
  };
}

/** What a mutation comes to: "done", or the code of what refuses it. */
export async function outcomeOf(asker: Asker, mutation: string, input: object): Promise<string> {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  const { data, errors } = await asker.graphql(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code } } }`,
    { input },
  );
  if (errors) return errors[0]!.extensions.code;
  return data[mutation].userErrors[0]?.code ?? "done";
}
