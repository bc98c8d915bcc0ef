import { runIdOf } from "./example.ts";
import { ask, attempt, type Governed, review, transition, verdictFields } from "./governed.ts";
import { trackerOf } from "./tracker.ts";
import { take } from "./world.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
type Data = any;

let made = 0;

/** The id of a run that nobody of `risk.*` may read. */
export async function hiddenRun(
  { world }: Pick<Governed, "world">,
  input: object,
  facts: object = {},
): Promise<string> {
  const tracker = trackerOf(world);
  const name = `vault ${++made}`;
  const runId = runIdOf(name);
  await tracker.done("createExperiment", { name, scope: "vault" });
  await tracker.run({ runId, experiment: name, ...input });
  await tracker.done("logRun", { runId, ...facts });
  return runId;
}

/** What was said of a version's move, way by way. */
export interface Told {
  /** Every answer whole. */
  answers: Record<string, Data>;
  /** The verdicts among them. */
  verdicts: Record<string, Data>;
}

const written = (version: string) => `{
  modelVersion(ref: "${version}") { model { name } transitions(first: 5) { nodes { to ${verdictFields} } } history(first: 50) { nodes { payload body } } }
  registryEvents(after: "start", first: 100, filter: { model: "${version.split("/")[0]}" }) { nodes { payload body } } }`;

const changes = `subscription ($model: String) { stageChanged(model: $model, after: "start") { to ${verdictFields} } }`;

/** Every way in which a verdict leaves the server, taken by people of `risk.*`; one approval is asked for. */
export async function everyWayOut(governed: Governed, version: string, isPassing: boolean): Promise<Told> {
  const { ann, mia, rob } = governed;
  const model = version.split("/")[0]!;
  const answers: Told["answers"] = {
    planned: await transition(mia, version, "Production", { dryRun: true }),
    refused: await transition(mia, version),
    askingPlanned: await ask(ann, version, "Production", { dryRun: true }),
    asked: await ask(ann, version),
  };
  const { id } = answers.asked.transitionRequest;
  const request = `{ transitionRequest(id: "${id}") { ${verdictFields} } }`;
  answers.read = (await mia.ask(request)).transitionRequest;
  const once = { idempotencyKey: `review of ${id}` };
  answers.reviewed = await review(rob, id, "APPROVE", once);
  answers.repeated = await review(rob, id, "APPROVE", once);
  if (isPassing) {
    const told = await take(mia.subscribe(changes, { model }), await movesOf(governed, model));
    answers.followed = told
      .map(({ data }) => data!.stageChanged)
      .find(({ verdict }: Data) => hasGate(verdict));
    const out = await transition(mia, version, "Archived");
    if (out.userErrors.length > 0) throw new Error(JSON.stringify(out.userErrors));
    const back = { model, reason: "it served well" };
    const fields = `stageChanges { ${verdictFields} } ${verdictFields}`;
    answers.returnPlanned = await attempt(mia, "rollback", { ...back, dryRun: true }, fields);
    answers.returned = await attempt(mia, "rollback", back, fields);
  }
  answers.written = await mia.ask(written(version));
  const kept = answers.written.modelVersion.transitions.nodes.find(({ verdict }: Data) => hasGate(verdict));
  const { planned, refused, askingPlanned, asked, read, reviewed, repeated, followed } = answers;
  const all = { planned, refused, askingPlanned, asked, read, reviewed, repeated, followed, kept };
  const verdicts = Object.entries(all).flatMap(([way, answer]) => (answer ? [[way, answer.verdict]] : []));
  return { answers, verdicts: Object.fromEntries(verdicts) };
}

function hasGate(verdict: Data): boolean {
  return verdict?.checks.some(({ name }: Data) => name === "approvals") ?? false;
}

async function movesOf({ world }: Governed, model: string): Promise<number> {
  const { model: found } = await world.ask(
    `{ model(name: "${model}") { versions(first: 100) { nodes { transitions { totalCount } } } } }`,
  );
  return found.versions.nodes.reduce((sum: number, one: Data) => sum + one.transitions.totalCount, 0);
}
