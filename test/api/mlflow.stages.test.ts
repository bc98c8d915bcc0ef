import { beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../support/access.ts";
import { type Governed, policyOf, review, startGoverned } from "../support/governed.ts";
import { type Mlflow, mlflowOf } from "../support/mlflow.ts";

let governed: Governed;
let mlflow: Mlflow;

beforeAll(async () => {
  governed = await startGoverned();
  mlflow = mlflowOf(governed.world);
  return governed.world.close;
});

const as = ({ token }: Person) => mlflowOf({ url: governed.world.url, token });

async function versions(name: string, count: number) {
  await mlflow.post("registered-models/create", { name });
  for (let made = 0; made < count; made++)
    await mlflow.post("model-versions/create", { name, source: "s3://bucket/model" });
}

const move = (name: string, version: number, stage: string, more: object = {}, by = mlflow) =>
  by.post("model-versions/transition-stage", { name, version: String(version), stage, ...more });

async function latest(name: string, stages?: string[]) {
  const { body } = await mlflow.post("registered-models/get-latest-versions", { name, stages });
  const found: { current_stage: string; version: string }[] = body.model_versions ?? [];
  return Object.fromEntries(found.map((one) => [one.current_stage, one.version]));
}

describe("a stage of MLflow", () => {
  it("is told in any case, and answered as it is called", async () => {
    await versions("cased", 1);
    expect((await move("cased", 1, "sTaGiNg")).body.model_version.current_stage).toBe("Staging");
    expect((await move("cased", 1, "archived")).body.model_version.current_stage).toBe("Archived");
    expect((await move("cased", 1, "NONE")).body.model_version.current_stage).toBe("None");
  });

  it("may hold several versions, of which a move clears it where that is asked for", async () => {
    await versions("shared", 4);
    for (const number of [1, 2]) await move("shared", number, "Production");
    await move("shared", 3, "Staging");
    expect(await latest("shared")).toEqual({ None: "4", Staging: "3", Production: "2" });
    await move("shared", 3, "Production", { archive_existing_versions: true });
    expect(await latest("shared")).toEqual({ None: "4", Production: "3", Archived: "2" });
    expect(await latest("shared", ["production", "None"])).toEqual({ None: "4", Production: "3" });
    const asked = { name: "shared", stages: ["Archived", "Staging"] };
    const { body } = await mlflow.get("registered-models/get-latest-versions", asked);
    expect(body.model_versions).toMatchObject([{ version: "2", current_stage: "Archived" }]);
  });

  it("is refused in MLflow's words where there is none, and for clearing where nothing is in use", async () => {
    await versions("refused", 1);
    const unknown =
      "Invalid Model Version stage: nope. Value must be one of None, Staging, Production, Archived.";
    const answers = [
      await move("refused", 1, "nope"),
      await mlflow.post("registered-models/get-latest-versions", { name: "refused", stages: ["nope"] }),
      await move("refused", 1, "None", { archive_existing_versions: true }),
      await move("refused", 7, "Staging"),
      await move("refused", 1, "Staging", { archive_existing_versions: "yes" }),
    ];
    expect(answers.map(({ status, body }) => [status, body.message])).toEqual([
      [400, unknown],
      [400, unknown],
      [
        400,
        expect.stringContaining(
          "because 'None' is not an Active stage. Valid stages are ['Staging', 'Production']",
        ),
      ],
      [404, "Model Version (name=refused, version=7) not found"],
      [400, expect.stringContaining("Invalid value \"yes\" for parameter 'archive_existing_versions'")],
    ]);
  });

  it("is entered with the approvals that its policy asks for: the refusal names the request it filed", async () => {
    const name = "risk.approved";
    await versions(name, 1);
    await policyOf(governed, name, { approvalsNeeded: 1 });
    const first = await move(name, 1, "Production", {}, as(governed.mia));
    expect(first).toMatchObject({ status: 403, body: { error_code: "PERMISSION_DENIED" } });
    const [request] = /trq_[0-9]+/.exec(first.body.message)!;
    const again = await move(name, 1, "Production", {}, as(governed.mia));
    expect([again.status, again.body.message]).toEqual([403, expect.stringContaining(request)]);
    expect(
      await governed.world.ask(`{ modelVersion(ref: "${name}/1") { requests { id requestedBy { name } } } }`),
    ).toEqual({ modelVersion: { requests: [{ id: request, requestedBy: { name: "mia" } }] } });
    await review(governed.rob, request);
    const moved = await move(name, 1, "Production", {}, as(governed.mia));
    expect(moved.body.model_version).toMatchObject({ current_stage: "Production" });
  });

  it("is asked for by who may only ask, where its policy lets others decide", async () => {
    const name = "risk.asked";
    await versions(name, 1);
    await policyOf(governed, name, { approvalsNeeded: 1 });
    const { status, body } = await move(name, 1, "Production", {}, as(governed.ann));
    expect([status, body.message]).toEqual([
      403,
      expect.stringMatching(/transition request trq_[0-9]+ was filed/),
    ]);
    const open = await move(name, 1, "Staging", {}, as(governed.ann));
    expect([open.status, open.body.message]).toEqual([403, expect.not.stringContaining("trq_")]);
  });

  it("files one request for many that ask at once", async () => {
    const name = "risk.rivals";
    await versions(name, 1);
    await policyOf(governed, name, { approvalsNeeded: 1 });
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => move(name, 1, "Production", {}, as(governed.mia))),
    );
    const named = new Set(answers.map(({ body }) => /trq_[0-9]+/.exec(body.message)?.[0]));
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([403]);
    expect(named.size).toBe(1);
  });

  it("asks nobody where approvals would not help", async () => {
    const name = "risk.gated";
    await versions(name, 1);
    await policyOf(governed, name, { promoterRoles: ["ADMIN"] });
    const { status, body } = await move(name, 1, "Production", {}, as(governed.mia));
    expect([status, body.error_code]).toEqual([403, "PERMISSION_DENIED"]);
    expect(body.message).not.toContain("trq_");
    await policyOf(governed, name, {
      gates: [{ kind: "METRIC", metric: "auc", compare: { op: "GE", value: 0.9 } }],
    });
    const gated = await move(name, 1, "Production", {}, as(governed.mia));
    expect([gated.status, gated.body.message]).toEqual([403, expect.stringContaining("auc")]);
    expect(gated.body.message).not.toContain("trq_");
  });
});
