import { overLimit } from "../kernel/errors.ts";

const mostOrders = 10;

/** An order and those that follow it. Throws LIMIT where they are too many. */
export function ordersOf<Order extends { thenBy?: Order | null }>(first: Order): Order[] {
  const orders: Order[] = [];
  for (let order: Order | null | undefined = first; order; order = order.thenBy) {
    orders.push(order);
    if (orders.length > mostOrders)
      throw overLimit(`orderBy: more than ${mostOrders} in a row`, "orderBy.thenBy");
  }
  return orders;
}
