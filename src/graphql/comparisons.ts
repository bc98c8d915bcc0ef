import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from "graphql";

/** Fields of one name in one place. */
interface Namesakes {
  count: number;
  inner: SelectionSetNode[];
}

/**
 * How much validation has to do to find out whether fields of one name in one place can be merged: a step for each
 * selection, and one for each pair of such fields, there and again in each place around. Counts little further than
 * `most`.
 */
export function comparisonsIn({ definitions }: DocumentNode, most: number, deepest: number): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of definitions)
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  let steps = 0;

  /** By the names they are answered under; each fragment is opened once in a place. */
  const fieldsIn = (sets: readonly SelectionSetNode[]): Map<string, Namesakes> => {
    const found = new Map<string, Namesakes>();
    const opened = new Set<string>();
    const look = ({ selections }: SelectionSetNode): void => {
      steps += selections.length;
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) add(selection);
        else if (selection.kind === Kind.INLINE_FRAGMENT) look(selection.selectionSet);
        else open(selection.name.value);
      }
    };
    const open = (name: string): void => {
      const fragment = fragments.get(name);
      if (!fragment || opened.has(name)) return;
      opened.add(name);
      look(fragment.selectionSet);
    };
    const add = ({ alias, name, selectionSet }: FieldNode): void => {
      const key = (alias ?? name).value;
      const namesakes = found.get(key) ?? { count: 0, inner: [] };
      found.set(key, namesakes);
      namesakes.count++;
      if (selectionSet) namesakes.inner.push(selectionSet);
    };
    sets.forEach(look);
    return found;
  };

  const compare = (sets: readonly SelectionSetNode[], depth: number): void => {
    for (const { count, inner } of fieldsIn(sets).values()) {
      steps += ((count * (count - 1)) / 2) * depth;
      if (steps > most) return;
      // Rings of fragments have no end; they are refused for that.
      if (inner.length > 0 && depth < deepest) compare(inner, depth + 1);
    }
  };
  for (const one of definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION || one.kind === Kind.OPERATION_DEFINITION)
      compare([one.selectionSet], 1);
    if (steps > most) break;
  }
  return steps;
}
