import type { Model } from "../registry/model.entity.ts";
import type { Tag } from "../tracking/fact.entity.ts";

/** What MLflow's RegisteredModel is made from. */
export interface ModelFacts {
  model: Model;
  tags: readonly Tag[];
  aliases: readonly { alias: string; number: number }[];
  /** Of each stage the version with the highest number, on the wire. */
  latest: readonly object[];
}

/** RegisteredModel of MLflow's protobuf; instants in epoch milliseconds. */
export function registeredModelOf({ model, tags, aliases, latest }: ModelFacts): object {
  return {
    name: model.name,
    creation_timestamp: model.createdAt,
    last_updated_timestamp: model.updatedAt,
    description: model.description ?? undefined,
    latest_versions: listOrNothing(latest),
    tags: listOrNothing(tags.map(({ key, value }) => ({ key, value }))),
    aliases: listOrNothing(aliases.map(({ alias, number }) => ({ alias, version: String(number) }))),
  };
}

/** An empty repeated field is left out. */
export function listOrNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}
