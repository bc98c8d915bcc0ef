import type { BoundedBytes } from "./bounded-bytes.ts";
import type { FactsDraft } from "./facts-draft.ts";

/** Beside a SavedModel of Keras: JSON of each layer inside of messages. A Lambda's function is code. */
const lambda = /"class_name":\s{0,9}"Lambda"/;
const mostBytes = 6 * 1024 * 1024;

export async function readKerasMetadata(bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  const text = (await bytes.first(mostBytes)).toString("latin1");
  if (lambda.test(text)) draft.suspect("a Lambda layer: code inside");
  else if (bytes.sizeBytes > mostBytes) draft.doubt(`the first ${mostBytes} bytes are looked at`);
}
