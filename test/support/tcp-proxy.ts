import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** Where a connection breaks: on the way there, or when the answer comes. */
export type Cut = "before it arrives" | "before it is answered";

/** Stands between a client and a server, and breaks a connection when told. */
export interface TcpProxy {
  readonly port: number;
  /** How many bytes have gone by so far: to the server, and back to the client. */
  readonly carried: { there: number; back: number };
  /** Breaks the connection, once, over which the client next sends a piece like this. */
  cutNext(piece: RegExp, where: Cut): void;
}

/** A proxy to this port, gone when the test ends. */
export async function proxyTo(port: number): Promise<TcpProxy> {
  let armed: { piece: RegExp; where: Cut } | null = null;
  const open = new Set<Socket>();
  const carried = { there: 0, back: 0 };
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    let isAnswerDropped = false;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.setNoDelay();
      socket.on("close", () => open.delete(socket));
      socket.on("close", cut);
      socket.on("error", cut);
    }
    client.on("data", (data) => {
      if (armed?.piece.test(data.toString("latin1"))) {
        const { where } = armed;
        armed = null;
        if (where === "before it arrives") return cut();
        isAnswerDropped = true;
      }
      carried.there += data.length;
      upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (isAnswerDropped) return cut();
      carried.back += data.length;
      client.write(data);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    carried,
    cutNext(piece, where) {
      armed = { piece, where };
    },
  };
}
