import { beforeAll, describe, expect, it } from "vitest";
import { type Person, person } from "../support/access.ts";
import { type Ending, endingOf } from "../support/endings.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { rowCounts } from "../support/row-counts.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  return world.close;
});

/** A reader of risk.* who may move versions into these stages; into every one where none is named. */
async function mover(...stages: string[]): Promise<Person> {
  const rights =
    stages.length > 0 ? stages.map((stage) => `stage:transition:${stage}`) : ["stage:transition"];
  const name = `MOVER_${++made}`;
  await registry.mutate("defineRole", { name, permissions: ["registry:read", ...rights] });
  return person(world, name, { grants: [[name, "risk.*"]] });
}

/** A new model with a version in each of these stages. */
async function modelIn(...stages: string[]): Promise<string> {
  const name = `risk.model-${++made}`;
  await registry.model(name);
  for (const [at, stage] of stages.entries()) {
    await registry.version(name);
    if (stage !== "None") await registry.promote(`${name}/${at + 1}`, stage);
  }
  return name;
}

async function stagesOf(model: string): Promise<string[]> {
  const asked = `query ($model: String!) { model(name: $model) { versions(orderBy: { field: NUMBER, direction: ASC }) { nodes { stage } } } }`;
  const { nodes } = (await world.ask(asked, { model })).model.versions;
  return nodes.map(({ stage }: { stage: string }) => stage);
}

const move = (who: Person, version: string, to: string, more: object = {}): Promise<Ending> =>
  endingOf(who, "transitionModelVersion", { version, to, ...more });

const done = { code: "done", message: "" };

/** A refusal for want of the right to a stage, after which everything is as it was. */
async function forbidden(
  who: Person,
  model: string,
  stage: string,
  work: () => Promise<Ending>,
): Promise<void> {
  const before = [await stagesOf(model), await rowCounts(world.settings)];
  expect(await work()).toEqual({
    code: "FORBIDDEN",
    message: `${who.name} may not do this: it needs stage:transition:${stage} on ${model}`,
  });
  expect([await stagesOf(model), await rowCounts(world.settings)]).toEqual(before);
}

describe("a move takes the right", () => {
  it("to the stage it leads to, however that is spelled", async () => {
    const toStaging = await mover("Staging");
    for (const to of ["Staging", "staging", "STAGING"]) {
      const model = await modelIn("None");
      expect(await move(toStaging, `${model}/1`, to)).toEqual(done);
    }
    const model = await modelIn("None");
    for (const to of ["Production", "production", "Archived", "None"]) {
      const stage = `${to[0]!.toUpperCase()}${to.slice(1)}`;
      await forbidden(toStaging, model, stage, () => move(toStaging, `${model}/1`, to));
    }
  });

  it("which a right to one stage gives for no stage of a like name, and one to all for each", async () => {
    const lookalikes = await mover("Productions", "Prod", "*");
    const model = await modelIn("None");
    await forbidden(lookalikes, model, "Production", () => move(lookalikes, `${model}/1`, "Production"));
    const toAll = await mover();
    for (const to of ["Staging", "Production", "Archived", "None"]) {
      expect(await move(toAll, `${model}/1`, to)).toEqual(done);
    }
  });

  it("in whatever case the right names the stage", async () => {
    const model = await modelIn("None");
    expect(await move(await mover("PRODUCTION"), `${model}/1`, "production")).toEqual(done);
  });

  it("to the stage it leaves, too, where versions in that serve", async () => {
    const model = await modelIn("Production");
    const toStaging = await mover("Staging");
    await forbidden(toStaging, model, "Production", () => move(toStaging, `${model}/1`, "Staging"));
    const toBoth = await mover("Staging", "Production");
    expect(await move(toBoth, `${model}/1`, "Staging")).toEqual(done);
    const toProduction = await mover("Production");
    expect(await move(toProduction, `${model}/1`, "Production")).toEqual(done);
    await forbidden(toProduction, model, "Staging", () => move(toProduction, `${model}/1`, "Staging"));
  });

  it("to where it stands, although nothing moves", async () => {
    const model = await modelIn("Production");
    const toStaging = await mover("Staging");
    await forbidden(toStaging, model, "Production", () => move(toStaging, `${model}/1`, "Production"));
    expect(await move(await mover("Production"), `${model}/1`, "Production")).toEqual(done);
  });

  it("of what it archives: to that stage and, where they serve, to theirs", async () => {
    const more = { archiveExisting: true };
    const inProduction = await modelIn("Production", "None");
    const toProduction = await mover("Production");
    await forbidden(toProduction, inProduction, "Archived", () =>
      move(toProduction, `${inProduction}/2`, "Production", more),
    );
    const toBoth = await mover("Production", "Archived");
    expect(await move(toBoth, `${inProduction}/2`, "Production", more)).toEqual(done);
    expect(await stagesOf(inProduction)).toEqual(["Archived", "Production"]);
    const inStaging = await modelIn("Staging", "None");
    const toStaging = await mover("Staging");
    await forbidden(toStaging, inStaging, "Archived", () =>
      move(toStaging, `${inStaging}/2`, "Staging", more),
    );
    expect(await move(await mover("Staging", "Archived"), `${inStaging}/2`, "Staging", more)).toEqual(done);
  });

  it("and none of those where nothing is there to archive", async () => {
    const model = await modelIn("Staging", "None");
    expect(
      await move(await mover("Production"), `${model}/2`, "Production", { archiveExisting: true }),
    ).toEqual(done);
  });

  it("before the verdict is told, and before where it stands", async () => {
    const model = await modelIn("Archived", "None");
    const toStaging = await mover("Staging");
    await forbidden(toStaging, model, "Archived", () =>
      move(toStaging, `${model}/2`, "Archived", { archiveExisting: true, expectedStage: "Production" }),
    );
  });

  it("on the name that the model has now", async () => {
    const model = await modelIn("None");
    const toAll = await mover();
    const { modelVersion } = await world.ask(`query ($ref: VersionRef!) { modelVersion(ref: $ref) { id } }`, {
      ref: `${model}/1`,
    });
    await registry.mutate("renameModel", { model, name: `other.model-${made}` });
    expect(await move(toAll, modelVersion.id, "Staging")).toEqual({
      code: "NOT_FOUND",
      message: `model version ${modelVersion.id} not found`,
    });
  });
});

describe("a dry run", () => {
  it("takes no more than reading", async () => {
    const reader = await person(world, "reader", { grants: [["VIEWER", "risk.*"]] });
    const model = await modelIn("Production", "None");
    const input = { version: `${model}/2`, to: "Production", archiveExisting: true, dryRun: true };
    const { verdict, archived } = await reader.mutate("transitionModelVersion", input);
    expect(verdict).toMatchObject({ allowed: true, effects: [{}, {}].map(() => expect.any(String)) });
    expect(archived).toMatchObject([{ number: 1, stage: "Production" }]);
    await forbidden(reader, model, "Production", () => move(reader, `${model}/2`, "Production"));
  });

  it("finds nothing for whoever may move versions there and read none", async () => {
    await registry.mutate("defineRole", { name: "BLIND", permissions: ["stage:transition"] });
    const blind = await person(world, "blind", { grants: [["BLIND", "risk.*"]] });
    const model = await modelIn("None");
    expect(await move(blind, `${model}/1`, "Staging", { dryRun: true })).toMatchObject({ code: "NOT_FOUND" });
    expect(await move(blind, `${model}/1`, "Staging")).toEqual(done);
    expect(await stagesOf(model)).toEqual(["Staging"]);
  });
});

describe("viewerCanTransition", () => {
  it("tells what a move would be allowed, for each version and stage", async () => {
    const model = await modelIn("None", "Staging", "Production");
    const stages = ["None", "Staging", "Production", "Archived"];
    const who = [
      await mover(),
      await mover("Staging"),
      await mover("Production"),
      await mover("Archived", "Production"),
    ];
    for (const one of who) {
      for (const number of [1, 2, 3]) {
        const fields = stages
          .map((stage) => `${stage}: viewerCanTransition(to: "${stage.toLowerCase()}")`)
          .join(" ");
        const { modelVersion } = await one.ask(
          `{ modelVersion(ref: "${model}/${number}") { stage ${fields} } }`,
        );
        for (const stage of stages) {
          const { code } = await move(one, `${model}/${number}`, stage);
          expect([one.name, number, stage, modelVersion[stage]]).toEqual([
            one.name,
            number,
            stage,
            code === "done",
          ]);
          if (code === "done") await registry.promote(`${model}/${number}`, modelVersion.stage);
        }
      }
    }
  });

  it("refuses a stage that there is none of", async () => {
    const model = await modelIn("None");
    const { errors } = await world.graphql(
      `{ modelVersion(ref: "${model}/1") { viewerCanTransition(to: "Limbo") } }`,
    );
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", argumentPath: ["to"] } }]);
  });
});
