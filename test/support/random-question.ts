import {
  astFromValue,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  print,
} from "graphql";

export interface Question {
  query: string;
  variables: Record<string, unknown>;
}

/** Values to ask with, by the name of the scalar; for String and ID also by the name of the argument. */
export type Values = Record<string, readonly unknown[]>;

const deepest = 4;

/** A valid question over the whole schema. `pick(n)` is a number from 0 to n − 1. */
export function randomQuestion(schema: GraphQLSchema, values: Values, pick: (n: number) => number): Question {
  return new Writer(schema, values, pick).question();
}

class Writer {
  private readonly variables: Record<string, unknown> = {};
  private readonly declared: string[] = [];
  private readonly fragments: string[] = [];
  private names = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly values: Values,
    private readonly pick: (n: number) => number,
  ) {}

  question(): Question {
    const selection = this.selection(this.schema.getQueryType()!, 0);
    const head = this.declared.length > 0 ? `query (${this.declared.join(", ")})` : "query";
    return { query: [`${head} ${selection}`, ...this.fragments].join("\n"), variables: this.variables };
  }

  private isOneIn(n: number): boolean {
    return this.pick(n) === 0;
  }

  private oneOf<T>(items: readonly T[]): T {
    return items[this.pick(items.length)]!;
  }

  private selection(type: GraphQLCompositeType, depth: number): string {
    const parts = this.isOneIn(6) ? ["__typename"] : [];
    if (isInterfaceType(type)) {
      parts.push("id");
      for (let count = 1 + this.pick(2); count > 0; count--) {
        const concrete = this.oneOf(this.schema.getPossibleTypes(type));
        parts.push(`... on ${concrete.name} ${this.selection(concrete, depth)}`);
      }
    } else {
      const fields = Object.values((type as GraphQLObjectType).getFields());
      const possible = fields.filter((field) => depth < deepest || isLeafType(getNamedType(field.type)));
      const count = possible.length === 0 ? 0 : 1 + this.pick(depth === 0 ? 2 : 4);
      for (let at = 0; at < count; at++)
        parts.push(this.wrapped(this.field(this.oneOf(possible), depth), type));
    }
    if (parts.length === 0) parts.push("__typename");
    return `{ ${parts.join(" ")} }`;
  }

  /** As it is, within an inline fragment, or within a named one. */
  private wrapped(part: string, type: GraphQLCompositeType): string {
    switch (this.pick(8)) {
      case 0:
        return `... on ${type.name}${this.directive()} { ${part} }`;
      case 1: {
        const name = `F${++this.names}`;
        this.fragments.push(`fragment ${name} on ${type.name} { ${part} }`);
        return `...${name}${this.directive()}`;
      }
      default:
        return part;
    }
  }

  private field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const given = field.args.filter((arg) => isRequiredArgument(arg) || this.isOneIn(3));
    const args = given.map((arg) => `${arg.name}: ${this.argument(arg)}`);
    const inner = getNamedType(field.type);
    // Two fields of one name must agree: each goes by a name of its own.
    const name = `x${++this.names}: ${field.name}`;
    const selected = isCompositeType(inner) ? this.selection(inner, depth + 1) : "";
    return `${name}${args.length > 0 ? `(${args.join(", ")})` : ""}${this.directive()} ${selected}`;
  }

  private directive(): string {
    if (!this.isOneIn(10)) return "";
    const isKept = this.pick(3) > 0;
    const [name, value] = this.isOneIn(2) ? ["include", isKept] : ["skip", !isKept];
    return ` @${name}(if: ${this.isOneIn(2) ? value : this.variable("Boolean!", value)})`;
  }

  private variable(type: string, value: unknown): string {
    const name = `v${++this.names}`;
    this.declared.push(`$${name}: ${type}`);
    this.variables[name] = value;
    return `$${name}`;
  }

  private argument(arg: GraphQLArgument): string {
    const value = this.value(arg.type, arg.name, 0);
    if (this.isOneIn(2)) return this.variable(String(arg.type), value);
    return print(astFromValue(value, arg.type)!);
  }

  private value(type: GraphQLInputType, name: string, depth: number): unknown {
    if (isNonNullType(type)) return this.value(type.ofType, name, depth);
    if (isListType(type)) {
      return Array.from({ length: this.pick(3) }, () => this.value(type.ofType, name, depth + 1));
    }
    if (isEnumType(type)) return this.oneOf(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isNonNullType(field.type) || (depth < 3 && this.isOneIn(4)),
      );
      return Object.fromEntries(
        fields.map((field) => [field.name, this.value(field.type, field.name, depth + 1)]),
      );
    }
    const known = this.values[name] ?? this.values[type.name];
    if (!known) throw new Error(`no values of ${type.name}`);
    return this.oneOf(known);
  }
}
