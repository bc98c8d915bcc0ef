import { Readable } from "node:stream";
import { expect } from "vitest";
import type { ObjectStore } from "../../src/objects/object-store.ts";

const announced = { key: "a/b", sizeBytes: 10, sha256: "00".repeat(32), contentType: "text/plain" };

async function all(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

/** Everything that is asked of this store fails with AWAY, and tells none of these texts. */
export async function expectAway(store: ObjectStore, secrets: string[]): Promise<void> {
  const ticket = await store.open(announced);
  const asked: Record<string, () => Promise<unknown>> = {
    check: () => store.check(),
    write: () => store.write("a/b", Readable.from([Buffer.from("a")]), "text/plain"),
    commitParts: () => store.freeParts!.commit({ key: "a/b", ticket: "direct:a" }, [{ number: 1, etag: "" }]),
    stat: () => store.stat("a/b"),
    read: () => store.read("a/b"),
    remove: () => store.remove("a/b"),
    list: () => all(store.list("a")),
    sweep: () => store.sweep(Date.now()),
    commit: () => store.commit({ ...announced, ticket }),
    abort: () => store.abort({ ...announced, ticket }),
  };
  for (const [verb, ask] of Object.entries(asked)) {
    const error = await ask().then(
      () => new Error("it worked"),
      (error: Error) => error,
    );
    expect({ verb, error }).toMatchObject({ verb, error: { name: "ObjectStoreError", trouble: "AWAY" } });
    for (const secret of [...secrets, announced.key]) expect(error.message).not.toContain(secret);
    expect(error.cause).toBeUndefined();
  }
}
