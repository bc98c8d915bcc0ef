import { CardFormat, type StoredCard } from "./card.entity.ts";
import { markdownOfContent } from "./card-markdown.mapping.ts";
import { yamlOfContent } from "./card-yaml.mapping.ts";

/** A card as Markdown: the text it came as, or what it says, written as that. */
export function markdownTextOf(format: CardFormat, { source, content }: StoredCard): string {
  return format === CardFormat.MARKDOWN && source !== null ? source : markdownOfContent(content);
}

/** The same as model_card.yaml. */
export function yamlTextOf(format: CardFormat, { source, content }: StoredCard): string {
  return format === CardFormat.YAML && source !== null ? source : yamlOfContent(content);
}
