import { beforeAll, describe, expect, it } from "vitest";
import { person } from "../support/access.ts";
import { type Mlflow, type MlflowAnswer, mlflowOf } from "../support/mlflow.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let ada: Mlflow;
let ben: Mlflow;

beforeAll(async () => {
  world = await startWorld();
  const maintainer = async (name: string) => {
    const { token } = await person(world, name, { grants: [["MAINTAINER", "risk.*"]] });
    return mlflowOf({ url: world.url, token });
  };
  ada = await maintainer("ada");
  ben = await maintainer("ben");
  return world.close;
});

type Told = { type: string; actor: { name: string } };
const events = "nodes { type actor { name } }";
const byWhom = ({ nodes }: { nodes: Told[] }) => nodes.map(({ type, actor }) => `${type} by ${actor.name}`);

/** What the journal tells of what these asked for, each of which must be answered. */
async function eventsOf(...asked: (() => Promise<MlflowAnswer>)[]): Promise<string[]> {
  const { eventHead: after } = await world.ask("{ eventHead }");
  for (const ask of asked) expect(await ask()).toMatchObject({ status: 200 });
  const { registryEvents } = await world.ask(
    `query ($after: EventCursor) { registryEvents(after: $after, first: 100) { ${events} } }`,
    { after },
  );
  return byWhom(registryEvents);
}

describe("an event of what was asked for by MLflow's API", () => {
  it("names whose token was shown, for models, versions, tags, aliases and stages", async () => {
    const name = "risk.credit";
    const one = { name, version: "1" };
    const came = await eventsOf(
      () => ada.post("registered-models/create", { name }),
      () => ben.post("model-versions/create", { name, source: "s3://bucket/model" }),
      () => ada.post("registered-models/set-tag", { name, key: "team", value: "risk" }),
      () => ben.post("model-versions/set-tag", { ...one, key: "n", value: "one" }),
      () => ada.post("registered-models/alias", { ...one, alias: "champion" }),
      () => ben.post("model-versions/transition-stage", { ...one, stage: "Staging" }),
      () => ada.patch("model-versions/update", { ...one, description: "better" }),
      () => ben.patch("registered-models/update", { name, description: "better" }),
    );
    expect(came).toEqual([
      "model.created by ada",
      "version.registered by ben",
      "model.tagged by ada",
      "version.tagged by ben",
      "alias.set by ada",
      "stage.changed by ben",
      "version.updated by ada",
      "model.updated by ben",
    ]);
    const { model, modelVersion } = await world.ask(
      `query ($name: String!, $ref: VersionRef!) {
        model(name: $name) { history { ${events} } }
        modelVersion(ref: $ref) { history { ${events} } }
      }`,
      { name, ref: `${name}/1` },
    );
    expect(byWhom(model.history)).toEqual(came);
    expect(byWhom(modelVersion.history)).toEqual([
      "version.registered by ben",
      "version.tagged by ben",
      "stage.changed by ben",
      "version.updated by ada",
    ]);
  });

  it("names whose token was shown, for what takes things away", async () => {
    const name = "risk.gone";
    await eventsOf(
      () => ada.post("registered-models/create", { name }),
      () => ada.post("model-versions/create", { name, source: "s3://bucket/model" }),
      () => ada.post("registered-models/alias", { name, version: "1", alias: "champion" }),
      () => ada.post("model-versions/create", { name, source: "s3://bucket/other" }),
    );
    const came = await eventsOf(
      () => ben.delete("registered-models/alias", { name, alias: "champion" }),
      () => ben.delete("model-versions/delete", { name, version: "1" }),
      () => ada.post("registered-models/rename", { name, new_name: "risk.renamed" }),
      () => ben.delete("registered-models/delete", { name: "risk.renamed" }),
    );
    expect(came).toEqual([
      "alias.deleted by ben",
      "version.deleted by ben",
      "model.renamed by ada",
      "model.deleted by ben",
    ]);
  });

  it("names whose token was shown, for runs and logged models", async () => {
    const { createExperiment } = await world.ask(
      `mutation { createExperiment(input: { name: "work", scope: "risk" }) { experiment { experimentId } } }`,
    );
    const { experimentId: experiment_id } = createExperiment.experiment;
    let run_id = "";
    const came = await eventsOf(
      async () => {
        const made = await ada.post("runs/create", { experiment_id });
        run_id = made.body.run.info.run_id;
        return made;
      },
      () => ben.post("logged-models", { experiment_id, source_run_id: run_id }),
      () => ben.post("runs/update", { run_id, status: "FINISHED" }),
      () => ada.post("experiments/set-experiment-tag", { experiment_id, key: "team", value: "risk" }),
    );
    expect(came).toEqual([
      "run.created by ada",
      "logged_model.created by ben",
      "run.finished by ben",
      "experiment.updated by ada",
    ]);
  });
});
