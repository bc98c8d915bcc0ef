import { type BoundedBytes, HeaderError } from "./bounded-bytes.ts";
import { ByteCursor } from "./byte-cursor.ts";
import type { FactsDraft } from "./facts-draft.ts";
import { eachField, mustBeLong, type ProtobufField, readText } from "./protobuf-walk.ts";

// SavedModel > MetaGraphDef > GraphDef > NodeDef; field numbers: tensorflow/core/protobuf/saved_model.proto,
// meta_graph.proto and tensorflow/core/framework/graph.proto, function.proto, node_def.proto.

/** Operators that run Python, or read, write or map files of their own choice. */
const dangerousOps = new Set(
  (
    "PyFunc PyFuncStateless EagerPyFunc ReadFile WriteFile MatchingFiles WholeFileReader WholeFileReaderV2 " +
    "ImmutableConst SaveDataset SaveDatasetV2 LoadDataset DatasetToTFRecord DatasetToTFRecordV2 " +
    "DebugIdentity DebugIdentityV2 DebugIdentityV3 GeneratorDataset RpcCall RpcServerStart"
  ).split(" "),
);
const mostOps = 10_000;

/** A SavedModel is a program: what is not suspect in it is still run. */
export async function readSavedModel(bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  draft.content = "CODE";
  draft.doubt(null);
  const cursor = new ByteCursor(bytes);
  const ops = new Set<string>();
  let graphs = 0;
  await eachField(cursor, cursor.end, async (field) => {
    if (field.number === 1) draft.say("schema_version", field.value);
    if (field.number !== 2) return;
    graphs++;
    await readMetaGraph(cursor, field, draft, ops);
  });
  if (graphs === 0) throw new HeaderError("a SavedModel without a graph");
  draft.say("operators", ops.size);
}

async function readMetaGraph(
  cursor: ByteCursor,
  metaGraph: ProtobufField,
  draft: FactsDraft,
  ops: Set<string>,
): Promise<void> {
  await eachField(cursor, mustBeLong(metaGraph).end, async (field) => {
    if (field.number === 1) await readMetaInfo(cursor, field, draft);
    else if (field.number === 2) await readGraph(cursor, field, draft, ops);
  });
}

async function readMetaInfo(cursor: ByteCursor, info: ProtobufField, draft: FactsDraft): Promise<void> {
  await eachField(cursor, mustBeLong(info).end, async (field) => {
    if (field.number === 4) draft.say("tag", await readText(cursor, field));
    else if (field.number === 5) draft.say("tensorflow_version", await readText(cursor, field));
  });
}

/** Nodes, and a library of functions that have nodes, too. */
async function readGraph(
  cursor: ByteCursor,
  graph: ProtobufField,
  draft: FactsDraft,
  ops: Set<string>,
): Promise<void> {
  const functions = (field: ProtobufField) =>
    eachField(cursor, mustBeLong(field).end, (node) => {
      if (node.number === 3) return readNode(cursor, node, draft, ops);
    });
  await eachField(cursor, mustBeLong(graph).end, (field) => {
    if (field.number === 1) return readNode(cursor, field, draft, ops);
    if (field.number === 2)
      return eachField(cursor, mustBeLong(field).end, (entry) => {
        if (entry.number === 1) return functions(entry);
      });
  });
}

async function readNode(
  cursor: ByteCursor,
  node: ProtobufField,
  draft: FactsDraft,
  ops: Set<string>,
): Promise<void> {
  await eachField(cursor, mustBeLong(node).end, async (field) => {
    if (field.number !== 2) return;
    const op = await readText(cursor, field);
    if (dangerousOps.has(op)) draft.suspect(`operator ${op}`);
    if (ops.size < mostOps) ops.add(op);
  });
}
