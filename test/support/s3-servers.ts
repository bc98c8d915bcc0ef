import { beforeAll, describe } from "vitest";
import type { S3Server } from "./s3-server.ts";
import { startSeaweed, whyNoSeaweed } from "./seaweed-server.ts";
import { startSwift, whyNoSwift } from "./swift-server.ts";

/** A server of S3, and what is to be expected of it beyond what every one does. */
export interface S3Kind {
  name: string;
  start(): Promise<S3Server>;
  /** Refuses a body of another SHA-256 than was signed, as AWS does. */
  holdsToSha256: boolean;
  /** Refuses further parts once an upload is completed, as AWS does. */
  forgetsCompleted: boolean;
  /** Why its tests are left out on this machine; null where they run. */
  why: string | null;
}

export const s3Kinds: readonly S3Kind[] = [
  {
    ...{ name: "Swift", start: startSwift, why: whyNoSwift() },
    ...{ holdsToSha256: false, forgetsCompleted: false },
  },
  {
    ...{ name: "SeaweedFS", start: startSeaweed, why: whyNoSeaweed() },
    ...{ holdsToSha256: true, forgetsCompleted: true },
  },
];

/** These tests against each kind of server that is here; `server` is there from the first `beforeAll` on. */
export function describeS3(what: string, tests: (kind: S3Kind, server: () => S3Server) => void): void {
  for (const kind of s3Kinds) {
    const { name, start, why } = kind;
    describe.skipIf(why !== null)(`${what}, on ${name}${why ? ` (left out: ${why})` : ""}`, () => {
      let server: S3Server;
      beforeAll(async () => {
        server = await start();
        return () => server.stop();
      });
      tests(kind, () => server);
    });
  }
}
