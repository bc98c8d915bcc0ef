import { afterAll, beforeAll, describe } from "vitest";
import { objectStoreContract } from "../support/object-store-contract.ts";
import { type SwiftServer, startSwift, whyNoSwift } from "../support/swift-server.ts";

const why = whyNoSwift();

describe.skipIf(why !== null)(`S3, as Swift speaks it${why ? ` (left out: ${why})` : ""}`, () => {
  let swift: SwiftServer;
  beforeAll(async () => {
    swift = await startSwift();
  });
  afterAll(() => swift.stop());

  objectStoreContract("the S3 store in a folder of a bucket", async () => {
    const bucket = await swift.bucket();
    const open = () => swift.store(bucket, { prefix: "some/where/" });
    return { store: open(), again: async () => open(), close: async () => {} };
  });
});
