import type { FieldNode, FragmentDefinitionNode, GraphQLResolveInfo, SelectionNode } from "graphql";

type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/** Both executors hand the same array to each call for one place of a question: what is found is kept by it. */
const found = new WeakMap<readonly FieldNode[], ReadonlySet<string>>();

/** Names of the fields asked of a connection's nodes, through `nodes` or `edges`; those that are skipped, too. */
export function fieldsOfNodes({ fieldNodes, fragments }: GraphQLResolveInfo): ReadonlySet<string> {
  const known = found.get(fieldNodes);
  if (known) return known;
  const inside = (nodes: readonly FieldNode[], name?: string) => {
    const fields = nodes.flatMap(({ selectionSet }) => opened(selectionSet?.selections ?? [], fragments));
    return name === undefined ? fields : fields.filter((field) => field.name.value === name);
  };
  const nodes = [...inside(fieldNodes, "nodes"), ...inside(inside(fieldNodes, "edges"), "node")];
  const names = new Set(inside(nodes).map((field) => field.name.value));
  found.set(fieldNodes, names);
  return names;
}

/** The fields of a selection, fragments opened; each fragment once, or nested ones would multiply. */
function opened(
  selections: readonly SelectionNode[],
  fragments: Fragments,
  seen = new Set<string>(),
): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === "Field") return [selection];
    if (selection.kind === "InlineFragment")
      return opened(selection.selectionSet.selections, fragments, seen);
    const name = selection.name.value;
    if (seen.has(name)) return [];
    seen.add(name);
    return opened(fragments[name]?.selectionSet.selections ?? [], fragments, seen);
  });
}
