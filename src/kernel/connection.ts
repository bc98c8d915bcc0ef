import { type ClassType, Field, Int, ObjectType, registerEnumType } from "type-graphql";

@ObjectType({ description: "Where a page lies in its list.", simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether more follows this page." })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: "Whether something comes before this page." })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "Cursor of the first edge; null on an empty page." })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "Cursor of the last edge; null on an empty page." })
  endCursor!: string | null;
}

/** One page of a list, as resolvers return it. */
export interface Page<T> {
  edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: PageInfo;
  /** Counts the whole list; called only when `totalCount` is selected. */
  count: () => Promise<number>;
}

/** The Relay connection and edge types of a node type: `ModelConnection`, `ModelEdge`. */
export function connectionType<T extends object>(
  name: string,
  node: () => ClassType<T> | object,
): ClassType<Page<T>> {
  @ObjectType(`${name}Edge`, {
    description: `One ${name} of a list, with its cursor.`,
    simpleResolvers: true,
  })
  class Edge {
    @Field(() => String, { description: "Place in the list, for after and before." })
    cursor!: string;

    @Field(() => node() as ClassType<T>, { description: `The ${name} itself.` })
    node!: T;
  }

  @ObjectType(`${name}Connection`, { description: `One page of a list of ${name}.` })
  class Connection {
    @Field(() => [Edge], { description: "The page, with a cursor for each entry.", simple: true })
    edges!: Edge[];

    @Field(() => [node() as ClassType<T>], { description: "The page, without cursors.", simple: true })
    nodes!: T[];

    @Field(() => PageInfo, { description: "Where this page lies.", simple: true })
    pageInfo!: PageInfo;

    count!: () => Promise<number>;

    @Field(() => Int, { description: "Length of the whole list; counted only when selected." })
    totalCount(): Promise<number> {
      return this.count();
    }
  }
  return Connection as unknown as ClassType<Page<T>>;
}

export enum OrderDirection {
  ASC = "ASC",
  DESC = "DESC",
}

registerEnumType(OrderDirection, {
  name: "OrderDirection",
  description: "Which end a list begins at.",
  valuesConfig: {
    ASC: { description: "Lowest, earliest or first in the alphabet first." },
    DESC: { description: "Highest, latest or last in the alphabet first." },
  },
});
