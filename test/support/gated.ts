// Versions on their way into Production: into one without a policy, or past gates and by somebody's approval.

/** The registry as one caller speaks to it: what a mutation that must be done answers. */
export interface Speaker {
  // biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
  mutate(mutation: string, input: object, selection: string): Promise<any>;
}

/** Who takes part: all of them people, none of them an administrator. */
export interface Hands {
  /** Registers, confirms cards, asks and moves. */
  maintainer: Speaker;
  reviewer: Speaker;
}

/** What the gated ones must pass: what the shipped preset asks for, an approval by somebody else among it, and a threshold. */
export const gatedPolicy = {
  stage: "Production",
  preset: "GUARDED",
  gates: [
    { kind: "METRIC", metric: "auc", compare: { op: "GE", value: 0.8 } },
    { kind: "SIGNATURE" },
    { kind: "LINEAGE" },
    { kind: "CARD" },
  ],
};

/** In sections, as versions that come later begin with it. */
const card = { intendedUse: "To tell one from the other." };
const columns = (...names: string[]) => names.map((name) => ({ name, type: "double" }));

/** A model whose versions begin with the card of the first one, and the experiment of their runs. */
export async function startLine({ maintainer }: Hands, administrator: Speaker, model: string): Promise<void> {
  await administrator.mutate("createExperiment", { name: model, scope: model }, "experiment { id }");
  await administrator.mutate("createModel", { name: model }, "model { id }");
  await confirmCard({ maintainer }, await readyVersion({ maintainer }, model));
}

/** Passes all gates but one: nobody has confirmed its card. */
export async function readyVersion(
  { maintainer }: Pick<Hands, "maintainer">,
  model: string,
): Promise<string> {
  const { run } = await maintainer.mutate(
    "createRun",
    {
      experiment: model,
      commit: { repository: "trainer", sha: "0123456789abcdef0123456789abcdef01234567" },
      datasets: [{ name: `${model}.data`, digest: "1", role: "train" }],
      params: [{ key: "depth", value: "7" }],
    },
    "run { runId }",
  );
  const { modelVersion } = await maintainer.mutate(
    "registerModelVersion",
    {
      model,
      runId: run.runId,
      metrics: [{ key: "auc", value: 0.9 }],
      signature: { inputs: columns("amount", "age"), outputs: columns("risk") },
    },
    "modelVersion { number }",
  );
  return `${model}/${modelVersion.number}`;
}

/** What a person confirms says the same as before, so that approvals stay good. */
export async function confirmCard({ maintainer }: Pick<Hands, "maintainer">, version: string): Promise<void> {
  await maintainer.mutate("setModelCard", { version, card }, "card { id }");
}

async function askFor({ maintainer }: Hands, version: string): Promise<string> {
  const wish = { version, to: "Production" };
  return (await maintainer.mutate("requestTransition", wish, "transitionRequest { id }")).transitionRequest
    .id;
}

/** One call that moves a version into Production: as whom, and what it says. */
export interface Call {
  by: keyof Hands;
  mutation: "transitionModelVersion" | "reviewTransition";
  input: object;
}

const transitionOf = (version: string): Call => ({
  by: "maintainer",
  mutation: "transitionModelVersion",
  input: { version, to: "Production" },
});

/** What each call is asked for, and what it answers when it has moved the version. */
export const answers: Record<Call["mutation"], { fields: string; moved: object }> = {
  transitionModelVersion: {
    fields: "modelVersion { stage } userErrors { code }",
    moved: { modelVersion: { stage: "Production" }, userErrors: [] },
  },
  reviewTransition: {
    fields: "transitionRequest { status } userErrors { code }",
    moved: { transitionRequest: { status: "APPLIED" }, userErrors: [] },
  },
};

/** The last call of each way into Production, everything before it being done. */
export const ways = {
  /** No policy: whoever may move versions moves them. */
  async plain(hands: Hands, model: string): Promise<Call> {
    const version = await readyVersion(hands, model);
    await confirmCard(hands, version);
    return transitionOf(version);
  },
  /** The request is approved, and a gate that failed then passes now. */
  async approved(hands: Hands, model: string): Promise<Call> {
    const version = await readyVersion(hands, model);
    const request = await askFor(hands, version);
    await hands.reviewer.mutate("reviewTransition", { request, decision: "APPROVE" }, "approval { id }");
    await confirmCard(hands, version);
    return transitionOf(version);
  },
  /** The approval that was still missing, which applies the request. */
  async lastApproval(hands: Hands, model: string): Promise<Call> {
    const version = await readyVersion(hands, model);
    await confirmCard(hands, version);
    const request = await askFor(hands, version);
    return { by: "reviewer", mutation: "reviewTransition", input: { request, decision: "APPROVE" } };
  },
};

export type Way = keyof typeof ways;

/** A document for this mutation, as both tests and the bench ask it. */
export function documentOf(mutation: string, fields: string): string {
  const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  return `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} } }`;
}
