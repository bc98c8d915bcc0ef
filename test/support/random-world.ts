import { readFileSync } from "node:fs";
import { buildSchema } from "graphql";
import type { Values } from "./random-question.ts";
import { registryOf } from "./registry.ts";
import { trackerOf } from "./tracker.ts";
import { fileOf, senderOf } from "./uploads.ts";
import type { World } from "./world.ts";

/** The schema as it is checked in, to make questions from. */
export const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));

/** Records a little of everything, and answers values to ask with: some name what is there, some what is not. */
export async function somethingToAskFor(world: World): Promise<Values> {
  const values: Record<string, unknown[]> = {
    Int: [1, 2, 3],
    Float: [0, 0.5, 2],
    Boolean: [true, false],
    BigInt: [0, 1, 5],
    String: ["rnd.fraud", "rnd.churn", "a", "Production", "train", "auc"],
    DateTime: ["2020-01-01T00:00:00Z", "2100-01-01T00:00:00.000Z"],
    EventCursor: ["start"],
    VersionRef: [
      "rnd.fraud/1",
      "rnd.fraud@champion",
      "rnd.churn@latest",
      "rnd.fraud/Production",
      "rnd.none/1",
      "?",
    ],
    ID: ["none"],
    JSON: ["text", 1, true],
    stage: ["Production", "None", "nowhere"],
    name: ["rnd.fraud", "rnd.churn", "Default", "loans", "nobody"],
    after: ["WyJ4Il0"],
    before: ["WyJ4Il0"],
  };
  const registry = registryOf(world);
  const tracker = trackerOf(world);
  const made = await tracker.done("createRun", {
    experiment: "Default",
    params: [{ key: "a", value: "1" }],
    datasets: [{ name: "loans", digest: "d1", role: "train" }],
    commit: { repository: "r", sha: "c".repeat(40) },
  });
  for (const model of ["rnd.fraud", "rnd.churn"]) {
    values.ID!.push((await registry.model(model, { owner: "a", tags: [{ key: "a", value: "b" }] })).id);
    for (let number = 1; number <= 3; number++) {
      const version = await registry.version(model, {
        runId: number === 1 ? made.runId : undefined,
        semanticVersion: `${number}.0.0`,
        metrics: [{ key: "auc", value: number / 4 }],
        signature: { inputs: [] },
      });
      values.ID!.push(version.id);
    }
  }
  const sender = senderOf(world);
  await sender.push("rnd.fraud/1", [fileOf("a"), fileOf("model/weights.bin")]);
  const { upload } = await sender.create("rnd.fraud/1", [fileOf("report.html")], { isEvidence: true });
  const { modelVersion } = await world.ask(`{ modelVersion(ref: "rnd.fraud/1") { artifacts { id } } }`);
  values.ID!.push(made.id, upload.id, ...modelVersion.artifacts.map(({ id }: { id: string }) => id));
  values.runId = [made.runId, "0".repeat(32)];
  values.sha = ["c".repeat(40), "ccccccc", "d".repeat(40)];
  await registry.promote("rnd.fraud/1", "Production");
  await registry.mutate("setAlias", { model: "rnd.fraud", alias: "champion", version: 1 });
  return values;
}
