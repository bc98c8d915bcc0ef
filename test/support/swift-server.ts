import { randomBytes } from "node:crypto";
import { accessSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startPrivate } from "./private-server.ts";
import { type S3Server, s3Domain, s3ServerAt } from "./s3-server.ts";

const launcher = fileURLToPath(new URL("swift-server.py", import.meta.url));
/** Debian's own Python, whichever other comes first on the PATH. */
const python = "/usr/bin/python3";

const howToInstall =
  "these tests need OpenStack Swift: run `apt-get install --no-install-recommends python3-swift`";

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Says why tests of S3 are left out on this machine; null where they run. With CI=true they run, and fail without. */
export function whyNoSwift(): string | null {
  const has = isThere(python) && isThere("/usr/lib/python3/dist-packages/swift/proxy/server.py");
  return has || process.env.CI === "true" ? null : howToInstall;
}

/** OpenStack Swift, which speaks S3 and verifies signatures. Ready in half a second. */
export async function startSwift(): Promise<S3Server> {
  const credentials = { accessKeyId: "test:tester", secretAccessKey: randomBytes(20).toString("hex") };
  const server = await startPrivate({
    name: "swift",
    program: python,
    argumentsOf: (folder) => [
      launcher,
      folder,
      credentials.accessKeyId,
      credentials.secretAccessKey,
      s3Domain,
    ],
    told: /^(\d+)$/m,
  }).catch((cause) => {
    throw new Error(howToInstall, { cause });
  });
  return s3ServerAt(`http://127.0.0.1:${server.said}`, credentials, server);
}
