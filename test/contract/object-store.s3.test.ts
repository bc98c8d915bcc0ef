import { freePartsContract } from "../support/free-parts-contract.ts";
import { objectStoreContract } from "../support/object-store-contract.ts";
import { describeS3 } from "../support/s3-servers.ts";
import { streamedContract } from "../support/streamed-contract.ts";

describeS3("S3", (_, server) => {
  for (const contract of [objectStoreContract, streamedContract, freePartsContract]) {
    contract("the S3 store in a folder of a bucket", async () => {
      const bucket = await server().bucket();
      const open = () => server().store(bucket, { prefix: "some/where/" });
      return { store: open(), again: async () => open(), close: async () => {} };
    });
  }
});
