import { createHash } from "node:crypto";
import { askOnce, requestBytes } from "./load.ts";

export const benchToken = "a-token-for-the-bench-of-at-least-32-characters";
export const modelCount = 50;
export const versionsPerModel = 20;
export const alias = "champion";

const stages = ["Staging", "Production", "Archived"];

/** All that is seeded stands under this. */
export const benchPrefix = "bench";

export const modelName = (index: number) => `${benchPrefix}.model-${String(index).padStart(2, "0")}`;

export function graphqlRequest(query: string, variables: object, token = benchToken): Buffer {
  const headers = { authorization: `Bearer ${token}` };
  return requestBytes("POST", "/graphql", headers, JSON.stringify({ query, variables }));
}

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
export async function ask(port: number, query: string, variables: object): Promise<any> {
  const { status, body } = await askOnce(port, graphqlRequest(query, variables));
  const { data, errors } = JSON.parse(body);
  const refusals = Object.values(data ?? {}).flatMap(
    (payload) => (payload as { userErrors?: [] })?.userErrors ?? [],
  );
  if (errors || refusals.length > 0) throw new Error(`${status}: ${body.slice(0, 2_000)}`);
  return data;
}

const createModel = `mutation ($input: CreateModelInput!) { createModel(input: $input) { userErrors { message } } }`;
const register = `mutation ($input: RegisterModelVersionInput!) {
  registerModelVersion(input: $input) { userErrors { message } } }`;
const setAlias = `mutation ($input: SetAliasInput!) { setAlias(input: $input) { userErrors { message } } }`;
const transition = `mutation ($input: TransitionModelVersionInput!) {
  transitionModelVersion(input: $input) { userErrors { message } } }`;

const createUpload = `mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
  upload { id files { path url headers { name value } } } userErrors { message } } }`;
const completeUpload = `mutation ($input: CompleteUploadInput!) { completeUpload(input: $input) { userErrors { message } } }`;

/** What a version consists of: three small files. */
async function seedBundle(port: number, version: string): Promise<void> {
  const files = ["config.json", "model/weights.bin", "tokenizer.json"].map((path) => {
    const bytes = Buffer.from(`${path} of ${version}`);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { path, sizeBytes: bytes.length, sha256, bytes };
  });
  const announced = files.map(({ bytes: _, ...file }) => file);
  const { upload } = (await ask(port, createUpload, { input: { version, files: announced } })).createUpload;
  for (const { path, url, headers } of upload.files) {
    const { bytes } = files.find((file) => file.path === path)!;
    const named = Object.fromEntries(
      headers.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    const { status } = await fetch(url, { method: "PUT", headers: named, body: new Uint8Array(bytes) });
    if (status >= 300) throw new Error(`${path}: ${status}`);
  }
  await ask(port, completeUpload, { input: { upload: upload.id } });
}

async function seedModel(port: number, index: number): Promise<void> {
  const model = modelName(index);
  await ask(port, createModel, {
    input: { name: model, description: `What ${model} is for.`, owner: "bench@example.org" },
  });
  for (let number = 1; number <= versionsPerModel; number++) {
    await ask(port, register, {
      input: {
        model,
        source: `s3://bucket/${model}/${number}`,
        description: `Trained again, for the ${number}th time, on what had come in since.`,
        framework: "sklearn",
        params: [
          { key: "max_depth", value: String(number) },
          { key: "learning_rate", value: "0.05" },
        ],
      },
    });
  }
  await seedBundle(port, `${model}/${versionsPerModel - 1}`);
  for (const [at, to] of stages.entries()) {
    await ask(port, transition, { input: { version: `${model}/${versionsPerModel - at}`, to } });
  }
  await ask(port, setAlias, { input: { model, alias, version: versionsPerModel - 1 } });
  await ask(port, setAlias, { input: { model, alias: "stable", version: versionsPerModel - 1 } });
}

/** A registry as its users would have made it: through the API. */
export async function seedRegistry(port: number): Promise<void> {
  const waiting = Array.from({ length: modelCount }, (_, index) => index);
  const work = async () => {
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) await seedModel(port, index);
  };
  await Promise.all(Array.from({ length: 8 }, work));
}
