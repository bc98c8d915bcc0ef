import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  type ValueNode,
} from "graphql";
import {
  costOfMutation,
  costOfObject,
  costOfOperation,
  costOfWalk,
  namesObjects,
  objectsOnPage,
  placeOf,
  usualListLength,
  usualPageOf,
} from "./cost.rules.ts";
import type { Variables } from "./variables.ts";

/** A number, or what it becomes once the variables are known. */
type Amount = number | ((variables: Variables) => number);

/** What a selection costs besides its lists, and what each object of these does. */
interface Bill {
  once: Amount;
  each: Amount;
}

/** What a valid operation costs with these variables. To make it takes a walk through the document; to ask it, next to nothing. */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): (variables: Variables) => number {
  const amount = new Appraiser(schema, document, operation).amount();
  return typeof amount === "number" ? () => amount : amount;
}

class Appraiser {
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  private readonly defaults: Variables;
  private readonly bills = new Map<SelectionSetNode, Map<GraphQLObjectType, Bill>>();

  constructor(
    private readonly schema: GraphQLSchema,
    { definitions }: DocumentNode,
    private readonly operation: OperationDefinitionNode,
  ) {
    const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
    this.fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    const variables = operation.variableDefinitions ?? [];
    this.defaults = Object.fromEntries(
      variables.map(({ variable, defaultValue }) => [
        variable.name.value,
        defaultValue && plain(defaultValue),
      ]),
    );
  }

  amount(): Amount {
    const root = this.schema.getRootType(this.operation.operation);
    if (!root) return costOfOperation;
    return plus(costOfOperation, whole(this.billOf(this.operation.selectionSet, root), usualListLength));
  }

  /** Of an interface, the dearest of its types. */
  private costIn(set: SelectionSetNode, type: GraphQLCompositeType, listed: Amount): Amount {
    if (!isAbstractType(type)) return whole(this.billOf(set, type), listed);
    const possible = this.schema.getPossibleTypes(type);
    return most(possible.map((one) => whole(this.billOf(set, one), listed)));
  }

  private billOf(set: SelectionSetNode, type: GraphQLObjectType): Bill {
    const known = this.bills.get(set) ?? new Map<GraphQLObjectType, Bill>();
    this.bills.set(set, known);
    const bill = known.get(type) ?? this.sumOf(set, type);
    known.set(type, bill);
    return bill;
  }

  private sumOf(set: SelectionSetNode, type: GraphQLObjectType): Bill {
    const bills = set.selections.map((selection) => {
      const condition = this.condition(selection.directives ?? []);
      const { once, each } = this.billFor(selection, type);
      return { once: times(condition, once), each: times(condition, each) };
    });
    return bills.reduce(
      (sum, { once, each }) => ({ once: plus(sum.once, once), each: plus(sum.each, each) }),
      nothing,
    );
  }

  private billFor(selection: SelectionNode, type: GraphQLObjectType): Bill {
    if (selection.kind === Kind.FIELD) return this.billForField(selection, type);
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? this.fragments.get(selection.name.value) : selection;
    if (!fragment) return nothing;
    const condition = fragment.typeCondition && this.schema.getType(fragment.typeCondition.name.value);
    const applies =
      !condition ||
      condition === type ||
      (isAbstractType(condition) && this.schema.isSubType(condition, type));
    return applies ? this.billOf(fragment.selectionSet, type) : nothing;
  }

  private billForField(node: FieldNode, type: GraphQLObjectType): Bill {
    const field = this.fieldOf(node.name.value, type);
    if (!field || !node.selectionSet) return nothing;
    const inner = getNamedType(field.type) as GraphQLCompositeType;
    const place = placeOf(type.name, field);
    const page = this.pageOf(node, place, field);
    const extra = plus(costOfWalk(place), type === this.schema.getMutationType() ? costOfMutation : 0);
    const object = (listed: Amount) => plus(costOfObject, this.costIn(node.selectionSet!, inner, listed));
    if (!isListType(getNullableType(field.type)))
      return { once: plus(extra, object(page ?? usualListLength)), each: 0 };
    // How long a list is, its own arguments say; where they do not, the field around it.
    const each = object(usualListLength);
    return page === null ? { once: extra, each } : { once: plus(extra, times(page, each)), each: 0 };
  }

  private fieldOf(name: string, type: GraphQLObjectType): GraphQLField<unknown, unknown> | undefined {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    return name === TypeMetaFieldDef.name ? TypeMetaFieldDef : type.getFields()[name];
  }

  /** How many objects the arguments ask for; null where the field has no arguments that do. */
  private pageOf(node: FieldNode, place: string, field: GraphQLField<unknown, unknown>): Amount | null {
    const named = namesObjects(field);
    if (named) {
      return this.read(node, [named], ([list]) => (Array.isArray(list) ? list.length : usualListLength));
    }
    const usual = usualPageOf(place, field);
    if (usual === null) return null;
    return this.read(
      node,
      ["first", "last"],
      ([first, last]) => objectsOnPage(first) ?? objectsOnPage(last) ?? usual,
    );
  }

  /** 1 where the selection is included, 0 where not. */
  private condition(directives: readonly DirectiveNode[]): Amount {
    const conditions = directives.map((directive) =>
      this.read(directive, ["if"], ([value]) =>
        Number(directive.name.value === "skip" ? value !== true : value !== false),
      ),
    );
    return conditions.reduce(times, 1);
  }

  /** A number read from arguments: now where they are plain, else as soon as the variables are known. */
  private read(
    node: FieldNode | DirectiveNode,
    names: readonly string[],
    count: (values: unknown[]) => number,
  ): Amount {
    const given = names.map(
      (name) => node.arguments?.find((argument) => argument.name.value === name)?.value,
    );
    const valuesWith = (variables: Variables) =>
      given.map((value) =>
        value?.kind === Kind.VARIABLE ? this.valueOf(value.name.value, variables) : plain(value),
      );
    if (given.every((value) => value?.kind !== Kind.VARIABLE)) return count(valuesWith({}));
    return (variables) => count(valuesWith(variables));
  }

  private valueOf(variable: string, variables: Variables): unknown {
    return Object.hasOwn(variables, variable) ? variables[variable] : this.defaults[variable];
  }
}

const nothing: Bill = { once: 0, each: 0 };

/** As far as sizes and conditions go: numbers, booleans, and how long a list is. */
function plain(value: ValueNode | undefined): unknown {
  if (value?.kind === Kind.INT) return Number(value.value);
  if (value?.kind === Kind.BOOLEAN) return value.value;
  return value?.kind === Kind.LIST ? value.values : null;
}

function whole({ once, each }: Bill, listed: Amount): Amount {
  return plus(once, times(listed, each));
}

function plus(one: Amount, other: Amount): Amount {
  if (typeof one === "number" && typeof other === "number") return one + other;
  if (one === 0) return other;
  if (other === 0) return one;
  return (variables) => worth(one, variables) + worth(other, variables);
}

function times(one: Amount, other: Amount): Amount {
  if (typeof one === "number" && typeof other === "number") return one * other;
  if (one === 0 || other === 0) return 0;
  if (one === 1) return other;
  if (other === 1) return one;
  return (variables) => worth(one, variables) * worth(other, variables);
}

function most(amounts: readonly Amount[]): Amount {
  const known = Math.max(0, ...amounts.filter((amount) => typeof amount === "number"));
  const unknown = amounts.filter((amount) => typeof amount !== "number");
  if (unknown.length === 0) return known;
  return (variables) => Math.max(known, ...unknown.map((amount) => worth(amount, variables)));
}

function worth(amount: Amount, variables: Variables): number {
  return typeof amount === "number" ? amount : amount(variables);
}
