import { HeaderError } from "./bounded-bytes.ts";
import type { FactsDraft } from "./facts-draft.ts";

const mostTags = 20_000;
/** Elements of a PMML file that are no model: https://dmg.org/pmml/v4-4-1/GeneralStructure.html */
const surroundings = new Set(
  "Header MiningBuildTask DataDictionary TransformationDictionary Extension".split(" "),
);
const markup =
  /<(?:!--(?<comment>)|!\[CDATA\[(?<cdata>)|\?(?<instruction>)|!(?<declaration>[A-Za-z]+)|\/(?<close>)|(?<open>[A-Za-z_][\w.-]*(?::[\w.-]+)?))/g;
const endOf = { comment: "-->", cdata: "]]>", instruction: "?>", close: ">" } as const;

interface Tag {
  name: string;
  depth: number;
  attributes: string;
}

/**
 * The first tags of a text of XML. A DOCTYPE, which could define entities, ends it: it is told of, never followed.
 * Throws HeaderError for what is no XML.
 */
function* tagsOf(text: string, draft: FactsDraft): Generator<Tag> {
  let depth = 0;
  let at = 0;
  for (let count = 0; count < mostTags; count++) {
    markup.lastIndex = at;
    const found = markup.exec(text);
    if (found === null) return;
    const groups = found.groups!;
    if (groups.declaration !== undefined) {
      draft.suspect(`a ${groups.declaration}, which could define entities, at character ${found.index}`);
      return;
    }
    if (groups.open !== undefined) {
      const end = endOfTag(text, markup.lastIndex);
      if (end < 0) return;
      const attributes = text.slice(markup.lastIndex, end);
      yield { name: groups.open.replace(/^.*:/, ""), depth, attributes };
      if (!attributes.endsWith("/")) depth++;
      at = end + 1;
      continue;
    }
    const kind = (["comment", "cdata", "instruction", "close"] as const).find(
      (name) => groups[name] !== undefined,
    )!;
    const end = text.indexOf(endOf[kind], markup.lastIndex);
    if (end < 0) return;
    if (kind === "close" && --depth < 0) throw new HeaderError(`no XML at character ${found.index}`);
    at = end + endOf[kind].length;
  }
}

/** Place of the `>` that is in no quotes. */
function endOfTag(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const letter = text[at];
    if (letter === ">") return at;
    if (letter === '"' || letter === "'") at = text.indexOf(letter, at + 1);
    if (at < 0) return -1;
  }
  return -1;
}

/** What a text of XML is: PMML with its version and models, or something else. */
export function readXml(text: string, draft: FactsDraft): void {
  draft.format = "xml";
  for (const { name, depth, attributes } of tagsOf(text, draft)) {
    if (depth === 0) {
      draft.say("root", name);
      if (name !== "PMML") return;
      draft.format = "pmml";
      draft.say("version", attributeOf("version", attributes));
    } else if (depth === 1 && !surroundings.has(name)) {
      draft.say("model", name);
      draft.say("function", attributeOf("functionName", attributes));
    } else if (name === "Application") draft.say("application", attributeOf("name", attributes));
  }
}

function attributeOf(name: string, attributes: string): string {
  const found = new RegExp(`\\s${name}\\s{0,9}=\\s{0,9}(?:"([^"]{0,400})|'([^']{0,400}))`).exec(attributes);
  return found?.[1] ?? found?.[2] ?? "";
}
