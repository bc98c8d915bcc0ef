import { Field, ID, InterfaceType } from "type-graphql";
import { formatId, type Kind } from "./ids.ts";

/** What has an id of its own. A noun's primary key is its number in the one id space of the graph. */
@InterfaceType("Node", { description: "Anything with an id of its own, fetched again by `node(id)`." })
export abstract class Node {
  /** A getter in each noun: rows become instances without a constructor. */
  abstract get nodeKind(): Kind;
  abstract nodeId: number;

  @Field(() => ID, { description: "Opaque and stable: a kind prefix and a number, such as mv_42." })
  get id(): string {
    return formatId(this.nodeKind, this.nodeId);
  }
}

/**
 * A row as the database gave it, made an instance of its class: methods and getters included. The row itself becomes
 * the instance; a copy costs ten times as much, with every row of every list.
 */
export function instanceOf<T extends object>(type: new () => T, row: object): T {
  return Object.setPrototypeOf(row, type.prototype) as T;
}
