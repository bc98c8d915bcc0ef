import { randomInt } from "node:crypto";

const manners =
  "able amused bold bright calm clever curious eager fair gentle keen kind lively merry proud quick".split(
    " ",
  );
const beings = "ant bear crane deer eel fox goat hare ibis jay koi lynx mole newt owl pike".split(" ");

/** A name for one that comes without, such as bold-lynx-417: MLflow's clients count on there being one. */
export function inventedName(): string {
  const one = (words: readonly string[]) => words[randomInt(words.length)];
  return `${one(manners)}-${one(beings)}-${randomInt(1_000)}`;
}
