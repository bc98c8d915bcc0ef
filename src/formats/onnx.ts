import { type BoundedBytes, HeaderError } from "./bounded-bytes.ts";
import { ByteCursor } from "./byte-cursor.ts";
import type { FactsDraft } from "./facts-draft.ts";
import { trickOf } from "./path.rules.ts";
import { eachField, mustBeLong, type ProtobufField, readNumbers, readText } from "./protobuf-walk.ts";

// Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const dtypes = (
  "UNDEFINED FLOAT UINT8 INT8 UINT16 INT16 INT32 INT64 STRING BOOL FLOAT16 DOUBLE UINT32 UINT64 COMPLEX64 " +
  "COMPLEX128 BFLOAT16 FLOAT8E4M3FN FLOAT8E4M3FNUZ FLOAT8E5M2 FLOAT8E5M2FNUZ UINT4 INT4 FLOAT4E2M1 FLOAT8E8M0"
).split(" ");
/** What a runtime brings along. */
const knownDomains = /^(ai\.onnx(\.ml|\.training|\.preview(\.training)?)?|com\.microsoft(\.nchwc)?)?$/;
const mostDimensions = 32;
/** Graphs in attributes of nodes of graphs. */
const deepestGraphs = 16;
const mostDomains = 64;

interface Model {
  domainsUsed: Set<string>;
  domainsDefined: Set<string>;
  graphs: number;
}

/** HeaderError unless it has a graph. */
export async function readOnnx(bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  const cursor = new ByteCursor(bytes);
  const model: Model = { domainsUsed: new Set(), domainsDefined: new Set(), graphs: 0 };
  const finish = () => tellDomains(model, draft);
  try {
    await eachField(cursor, cursor.end, async (field) => {
      if (field.number === 1) draft.say("ir_version", field.value);
      else if (field.number === 2) draft.say("producer_name", await readText(cursor, field));
      else if (field.number === 3) draft.say("producer_version", await readText(cursor, field));
      else if (field.number === 5) draft.say("model_version", field.value);
      else if (field.number === 7) await readGraph(cursor, field, draft, model, 0);
      else if (field.number === 8) await readOpset(cursor, field, draft);
      else if (field.number === 14) await readProperty(cursor, field, (key, value) => draft.say(key, value));
      else if (field.number === 25) await readFunction(cursor, field, draft, model);
    });
  } finally {
    finish();
  }
  if (model.graphs === 0) throw new HeaderError("a model without a graph");
}

function tellDomains({ domainsUsed, domainsDefined }: Model, draft: FactsDraft): void {
  for (const domain of domainsUsed)
    if (!knownDomains.test(domain) && !domainsDefined.has(domain))
      draft.doubt(`operators of the domain "${domain}", which no runtime brings along`);
}

async function readOpset(cursor: ByteCursor, opset: ProtobufField, draft: FactsDraft): Promise<void> {
  let domain = "";
  let version = 0;
  await eachField(cursor, mustBeLong(opset).end, async (field) => {
    if (field.number === 1) domain = await readText(cursor, field);
    else if (field.number === 2) version = field.value;
  });
  draft.say(`opset ${domain || "ai.onnx"}`, version);
}

async function readProperty(
  cursor: ByteCursor,
  property: ProtobufField,
  take: (key: string, value: string) => void,
): Promise<void> {
  let [key, value] = ["", ""];
  await eachField(cursor, mustBeLong(property).end, async (field) => {
    if (field.number === 1) key = await readText(cursor, field);
    else if (field.number === 2) value = await readText(cursor, field);
  });
  take(key, value);
}

async function readFunction(
  cursor: ByteCursor,
  definition: ProtobufField,
  draft: FactsDraft,
  model: Model,
): Promise<void> {
  await eachField(cursor, mustBeLong(definition).end, async (field) => {
    if (field.number === 7) await readNode(cursor, field, draft, model, 0);
    else if (field.number === 10) addDomain(model.domainsDefined, await readText(cursor, field));
  });
}

async function readGraph(
  cursor: ByteCursor,
  graph: ProtobufField,
  draft: FactsDraft,
  model: Model,
  depth: number,
): Promise<void> {
  if (depth > deepestGraphs) throw new HeaderError(`graphs nested deeper than ${deepestGraphs}`);
  model.graphs++;
  await eachField(cursor, mustBeLong(graph).end, async (field) => {
    if (field.number === 1) await readNode(cursor, field, draft, model, depth);
    else if (field.number === 2 && depth === 0) draft.say("graph", await readText(cursor, field));
    else if (field.number === 5) await readTensor(cursor, field, draft, true);
    else if (field.number === 15) await readSparseTensor(cursor, field, draft);
  });
}

async function readNode(
  cursor: ByteCursor,
  node: ProtobufField,
  draft: FactsDraft,
  model: Model,
  depth: number,
): Promise<void> {
  await eachField(cursor, mustBeLong(node).end, (field) => {
    if (field.number === 5) return readAttribute(cursor, field, draft, model, depth);
    if (field.number === 7)
      return readText(cursor, field).then((domain) => addDomain(model.domainsUsed, domain));
  });
}

function addDomain(domains: Set<string>, domain: string): void {
  if (domains.size < mostDomains) domains.add(domain);
}

/** A tensor (5, 10), graph (6, 11) or sparse tensor (22, 23). */
async function readAttribute(
  cursor: ByteCursor,
  attribute: ProtobufField,
  draft: FactsDraft,
  model: Model,
  depth: number,
): Promise<void> {
  await eachField(cursor, mustBeLong(attribute).end, (field) => {
    if (field.number === 5 || field.number === 10) return readTensor(cursor, field, draft, false);
    if (field.number === 6 || field.number === 11) return readGraph(cursor, field, draft, model, depth + 1);
    if (field.number === 22 || field.number === 23) return readSparseTensor(cursor, field, draft);
  });
}

async function readSparseTensor(cursor: ByteCursor, sparse: ProtobufField, draft: FactsDraft): Promise<void> {
  await eachField(cursor, mustBeLong(sparse).end, (field) => {
    if (field.number === 1 || field.number === 2) return readTensor(cursor, field, draft, field.number === 1);
  });
}

async function readTensor(
  cursor: ByteCursor,
  tensor: ProtobufField,
  draft: FactsDraft,
  isListed: boolean,
): Promise<void> {
  const shape: number[] = [];
  let [name, dtype] = ["", 0];
  await eachField(cursor, mustBeLong(tensor).end, async (field) => {
    if (field.number === 1) shape.push(...(await readNumbers(cursor, field, mostDimensions)));
    else if (field.number === 2) dtype = field.value;
    else if (field.number === 8) name = await readText(cursor, field);
    else if (field.number === 13)
      await readProperty(cursor, field, (key, value) => tellPlace(key, value, draft));
    if (shape.length > mostDimensions) throw new HeaderError(`more than ${mostDimensions} dimensions`);
  });
  if (!shape.every(Number.isSafeInteger)) throw new HeaderError(`"${name}": a dimension that cannot be`);
  if (isListed) draft.tensor(name, dtypes[dtype] ?? String(dtype), shape);
}

/** Where the bytes of a tensor are, if not here: beside the model, says the format. */
function tellPlace(key: string, value: string, draft: FactsDraft): void {
  if (key !== "location") return;
  const trick = trickOf(value);
  if (trick === null) draft.note(`tensors in the file "${value}"`);
  else draft.suspect(`tensors in the file "${value}": ${trick}`);
}
