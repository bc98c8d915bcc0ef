import type { GraphLoaders } from "../graph/graph.loaders.ts";
import type { Root } from "../graph/traversal.ts";
import { notFound } from "../kernel/errors.ts";
import { formatId, type Kind, nodeOf } from "../kernel/ids.ts";
import type { Request } from "../kernel/request.ts";
import { NodeKind } from "./lineage.entity.ts";

/**
 * The nodes with these public ids. Throws INVALID for what is no id of a lineage node, NOT_FOUND for what is not there or
 * not for the caller to read.
 */
export async function rootsOf(
  nodes: GraphLoaders,
  request: Request,
  ids: readonly string[],
  field: string,
): Promise<Root[]> {
  const at = (index: number) => (ids.length > 1 ? `${field}.${index}` : field);
  const wanted = ids.map((id, index) => nodeOf(id, at(index), ...(Object.values(NodeKind) as Kind[])));
  const kinds = await nodes.readableKinds(request, [...new Set(wanted)]);
  return wanted.map((id, index) => {
    const kind = kinds.get(id);
    if (!kind || formatId(kind, id) !== ids[index]) throw notFound(ids[index]!, at(index));
    return { id, kind };
  });
}
