import { setImmediate as othersTurn } from "node:timers/promises";
import { type BoundedBytes, HeaderError, inMemory, LimitError } from "./bounded-bytes.ts";
import type { FactsDraft } from "./facts-draft.ts";
import { hasHiddenAttributes, textsOf } from "./hdf5-attributes.ts";
import { Hdf5File } from "./hdf5-file.ts";
import { linksOf } from "./hdf5-links.ts";
import { datatypeOf, type Hdf5Message, messagesAt, shapeOf } from "./hdf5-objects.ts";
import { readKerasConfig } from "./keras-config.ts";

const [dataspace, datatype, externalFiles] = [0x01, 0x03, 0x07];
const mostObjects = 20_000;
const longestPath = 1_000;

/** Lists datasets; where Keras wrote the file, its config is looked through, too. */
export async function readHdf5(bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  const file = await Hdf5File.open(bytes);
  draft.say("superblock", file.version);
  const seen = new Set<number>();
  const open = [{ path: "", at: file.rootAt }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (seen.has(next.at)) continue;
    seen.add(next.at);
    if (seen.size > mostObjects) throw new LimitError(`more than ${mostObjects} objects`);
    await othersTurn();
    const messages = await messagesAt(file, next.at);
    if (next.path === "") await readKerasAttributes(file, messages, draft);
    tellDataset(file, next.path, messages, draft);
    const links = await linksOf(file, messages);
    for (const name of links.outside) draft.suspect(`"${next.path}/${name}" is in another file`);
    if (links.isCut) draft.doubt(`"${next.path || "/"}" holds objects that are not listed`);
    const inOrder = links.objects.reverse();
    for (const { name, at } of inOrder) {
      const path = next.path === "" ? name : `${next.path}/${name}`;
      if (path.length > longestPath) throw new HeaderError(`a path longer than ${longestPath}`);
      open.push({ path, at });
    }
    if (open.length > mostObjects) throw new LimitError(`more than ${mostObjects} objects`);
  }
}

function tellDataset(
  file: Hdf5File,
  path: string,
  messages: readonly Hdf5Message[],
  draft: FactsDraft,
): void {
  const space = messages.find(({ type }) => type === dataspace);
  const kind = messages.find(({ type }) => type === datatype);
  if (messages.some(({ type }) => type === externalFiles))
    draft.suspect(`dataset "${path}" takes its bytes from other files`);
  if (!space || !kind) return;
  const shape = shapeOf(space.data, file.lengthBytes);
  if (!shape.every(Number.isSafeInteger)) throw new HeaderError(`"${path}": a dimension that cannot be`);
  draft.tensor(path, kind.isShared ? "shared" : datatypeOf(kind.data), shape);
}

/** `keras_version`, `backend` and `model_config` of whole models, `layer_names` aside. */
async function readKerasAttributes(
  file: Hdf5File,
  messages: readonly Hdf5Message[],
  draft: FactsDraft,
): Promise<void> {
  if (hasHiddenAttributes(file, messages)) draft.doubt("attributes that are not listed");
  const texts = await textsOf(file, messages);
  for (const name of ["keras_version", "backend"]) {
    const text = texts.get(name);
    if (text) draft.say(name, text.toString("utf8", 0, 400));
  }
  const config = texts.get("model_config");
  if (!config) return;
  try {
    await readKerasConfig(inMemory(config), draft);
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error;
    draft.doubt(`model_config: ${error.message}`);
  }
}
