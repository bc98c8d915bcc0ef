import { type BoundedBytes, HeaderError } from "./bounded-bytes.ts";
import type { FactsDraft } from "./facts-draft.ts";
import { JsonWalk } from "./json-walk.ts";

/** Layers and objects that hold or name code: a Lambda's function is bytecode that Keras runs. */
const codeClasses = new Set(["Lambda", "__lambda__"]);
/** Where Keras finds what a config names; anything else it imports. */
const knownModules = /^(keras|tf_keras|keras_hub|keras_nlp|keras_cv|tensorflow\.keras)(\.[\w.]+)?$/;

/** The config of a Keras model: JSON that names classes to make. */
export async function readKerasConfig(config: BoundedBytes, draft: FactsDraft): Promise<void> {
  const walk = new JsonWalk(await config.read(0, config.sizeBytes));
  let layers = 0;
  for (let step = walk.next(); step !== "END"; step = walk.next()) {
    if (walk.isLong) await walk.breathe();
    if (step !== "VALUE" || typeof walk.value !== "string") continue;
    const { key, value } = walk;
    if (key === "class_name") {
      layers++;
      if (codeClasses.has(value)) draft.suspect(`a ${value} layer or object: code inside`);
    } else if (key === "module" && !knownModules.test(value)) {
      draft.suspect(`the config names the module ${value}`);
    } else if (key === "registered_name" && value.includes(">")) {
      draft.doubt(`needs code of its own: ${value}`);
    }
  }
  if (layers === 0) throw new HeaderError("no config of a Keras model");
  draft.say("objects", layers);
}
