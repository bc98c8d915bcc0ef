import { beforeAll, expect, it } from "vitest";
import { registryOf } from "../support/registry.ts";
import { fileOf, senderOf } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let model: { id: string };
let version: { id: string };
let evidence: { id: string };

beforeAll(async () => {
  world = await startWorld();
  const registry = registryOf(world);
  const sender = senderOf(world);
  model = await registry.model("drawn");
  version = await registry.version("drawn");
  await sender.push("drawn/1", [fileOf("weights.bin"), fileOf("config.json")]);
  await sender.push("drawn/1", [fileOf("scan.json")], { isEvidence: true });
  const asked = `{ modelVersion(ref: "drawn/1") { artifacts(isEvidence: true) { id path } } }`;
  evidence = (await world.ask(asked)).modelVersion.artifacts[0];
  return world.close;
});

const draw = async (root: string, kinds: string[] | null) =>
  (
    await world.ask(
      `query ($root: ID!, $kinds: [NodeKind!]) { lineage(root: $root, direction: BOTH, kinds: $kinds) {
        nodes { id kind label degree } edges { from to type } } }`,
      { root, kinds },
    )
  ).lineage;

it("a model's files and uploads are no members of it in its lineage", async () => {
  const { nodes } = await draw(model.id, null);
  expect(nodes).toEqual([{ id: version.id, kind: "MODEL_VERSION", label: "1", degree: 0 }]);
});

it("evidence in files is drawn beside its version where it is asked for, and the bundle is not", async () => {
  const { nodes, edges } = await draw(version.id, ["MODEL_VERSION", "ARTIFACT"]);
  expect(nodes).toMatchObject([
    { id: version.id },
    { id: evidence.id, kind: "ARTIFACT", label: "scan.json", degree: 1 },
  ]);
  expect(edges).toEqual([{ from: version.id, to: evidence.id, type: "EVIDENCE" }]);
});

it("a file is found by its id, and an upload by its own", async () => {
  const found = await world.ask(
    "query ($id: ID!) { node(id: $id) { id ... on Artifact { path modelVersion { id } } } }",
    { id: evidence.id },
  );
  expect(found.node).toEqual({ id: evidence.id, path: "scan.json", modelVersion: { id: version.id } });
});
