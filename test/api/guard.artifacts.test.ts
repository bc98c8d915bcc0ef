import { beforeAll, describe, expect, it } from "vitest";
import { type Cast, cast, type Person, person } from "../support/access.ts";
import { endingOf } from "../support/endings.ts";
import { type Registry, registryOf } from "../support/registry.ts";
import { announced, fileOf, put, type SentFile, sendAll, senderOf } from "../support/uploads.ts";
import { type Asker, startWorld, type World } from "../support/world.ts";

let world: World;
let registry: Registry;
/** Their roles are on `risk.*`; the outsider's on `other.*`. */
let people: Cast;
/** Sealed in risk.scorer/1. */
const weights = fileOf("model/quiet.bin", 500);
/** On its way to it, beside the bundle. */
const report = fileOf("quiet-report.html", 50);
const ids: Record<"artifact" | "upload" | "version", string> = { artifact: "", upload: "", version: "" };
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  registry = registryOf(world);
  people = await cast(world);
  ids.version = await freshVersion("risk.scorer");
  const sender = senderOf(world);
  await sender.push(ids.version, [weights]);
  ids.upload = (await sender.create(ids.version, [report], { isEvidence: true })).upload.id;
  const { modelVersion } = await world.ask(`{ modelVersion(ref: "risk.scorer/1") { artifacts { id } } }`);
  ids.artifact = modelVersion.artifacts[0].id;
  return world.close;
});

async function freshVersion(model = `risk.fresh-${++made}`): Promise<string> {
  await registry.model(model);
  return (await registry.version(model)).id;
}

const artifact = "id path sha256 sizeBytes downloadUrl modelVersion { id } createdBy { name }";
const upload = "id state modelVersion { id } files { path sha256 url parts { url } }";

/** Every way to the files of risk.scorer/1; `asks` leads to what is there. */
const ways: [name: string, asks: () => string][] = [
  ["an artifact's id", () => `node(id: "${ids.artifact}") { id ... on Artifact { ${artifact} } }`],
  ["ids", () => `nodes(ids: ["${ids.artifact}", "${ids.upload}"]) { id ... on Artifact { ${artifact} } }`],
  ["a version's files", () => `modelVersion(ref: "risk.scorer/1") { artifacts { ${artifact} } }`],
  [
    "a version's files after a path",
    () => `modelVersion(ref: "${ids.version}") { artifacts(after: "a", isEvidence: false) { ${artifact} } }`,
  ],
  [
    "a bundle",
    () => `modelVersion(ref: "${ids.version}") { digest bundle { digest files { ${artifact} } } }`,
  ],
  ["versions", () => `modelVersions { nodes { id digest artifacts { ${artifact} } bundle { sizeBytes } } }`],
  ["models", () => `models { nodes { latestVersion { id artifacts { ${artifact} } } } }`],
  ["events", () => `registryEvents(first: 100) { nodes { payload body subject { id } } }`],
];

const waysToUploads: [name: string, asks: () => string][] = [
  ["an upload's id", () => `node(id: "${ids.upload}") { id ... on Upload { ${upload} } }`],
  ["upload", () => `upload(id: "${ids.upload}") { ${upload} }`],
];

/** Whether an answer tells anything of risk.scorer's files. */
async function tells(asker: Asker, asks: string): Promise<boolean> {
  const { data, errors } = await asker.graphql(`{ found: ${asks} }`);
  expect(errors).toBeUndefined();
  const text = JSON.stringify(data);
  const { sha256 } = announced(weights);
  return [...Object.values(ids).map((id) => `"${id}"`), "quiet", sha256].some((word) => text.includes(word));
}

describe("files that one may not read are not found by", () => {
  it.each(ways)("%s", async (_, asks) => {
    for (const who of ["viewer", "limited", "approver", "contributor"] as const)
      expect(await tells(people[who], asks()), who).toBe(true);
    for (const who of ["outsider", "nobody"] as const)
      expect(await tells(people[who], asks()), who).toBe(false);
  });

  it.each(waysToUploads)("%s, where they are on their way", async (_, asks) => {
    for (const who of ["contributor", "maintainer", "admin"] as const)
      expect(await tells(people[who], asks()), who).toBe(true);
    for (const who of ["viewer", "limited", "approver", "outsider", "nobody"] as const)
      expect((await people[who].ask(`{ found: ${asks()} }`)).found, who).toBeNull();
  });
});

describe("without artifact:download", () => {
  it("files have names, and no address", async () => {
    for (const who of ["viewer", "limited", "approver", "contributor", "maintainer"] as const) {
      const { modelVersion } = await people[who].ask(`{ modelVersion(ref: "risk.scorer/1") {
        viewerCanDownload artifacts { path downloadUrl } bundle { files { downloadUrl } } } }`);
      const { viewerCanDownload, artifacts, bundle } = modelVersion;
      expect([who, viewerCanDownload]).toEqual([who, !["viewer", "limited"].includes(who)]);
      for (const { downloadUrl } of [...artifacts, ...bundle.files])
        expect([who, downloadUrl !== null]).toEqual([who, viewerCanDownload]);
    }
  });
});

const refusals = "userErrors { code message }";

describe("without artifact:upload", () => {
  const attempts = (upload: string, version: string): [string, object][] => [
    ["createUpload", { version, files: [announced(fileOf("a"))] }],
    ["createUpload", { version, files: [announced(fileOf("a"))], isEvidence: true }],
    ["completeUpload", { upload }],
    ["abortUpload", { upload }],
  ];

  it.each(["viewer", "limited", "approver"] as const)("a %s sends nothing", async (who) => {
    const { eventHead } = await world.ask("{ eventHead }");
    for (const [mutation, input] of attempts(ids.upload, ids.version)) {
      const { code, message } = await endingOf(people[who], mutation, input);
      expect([mutation, code]).toEqual([mutation, "FORBIDDEN"]);
      expect(message).toContain("artifact:upload");
    }
    const { modelVersion } = await people[who].ask(
      `{ modelVersion(ref: "${ids.version}") { viewerCanUpload } }`,
    );
    expect(modelVersion.viewerCanUpload).toBe(false);
    expect(await world.ask("{ eventHead }")).toEqual({ eventHead });
  });

  it.each(["outsider", "nobody"] as const)("to a version that is hidden from %s, too", async (who) => {
    const gone = await freshVersion();
    const { upload: ended } = await senderOf(world).create(gone, [fileOf("a")]);
    await registry.mutate("deleteModelVersion", { version: gone });
    const none = ["up_4000000", "mv_4000000"] as const;
    const nothing = attempts(none[0].replace("up", ids.upload.split("_")[0]!), none[1]);
    const hidden = [attempts(ids.upload, ids.version), attempts(ended.id, gone)];
    for (const tried of hidden) {
      for (const [at, [mutation, input]] of tried.entries()) {
        const { code, message } = await endingOf(people[who], mutation, input);
        expect([mutation, code]).toEqual([mutation, "NOT_FOUND"]);
        const unknown = await endingOf(people[who], ...nothing[at]!);
        const nameless = (text: string) => text.replace(/\d+/g, "n");
        expect(nameless(message)).toBe(nameless(unknown.message));
      }
    }
  });
});

describe("bytes that one may not download", () => {
  /** What is told of one file that somebody announces for a new version of another scope. */
  async function toldOf(who: Asker, file: SentFile, more: object = {}) {
    const version = await freshVersion(`other.fresh-${++made}`);
    const files = [{ ...announced(file), path: "copy.bin", ...more }];
    const { upload, userErrors } = await senderOf(who).announce(version, files);
    expect(userErrors).toEqual([]);
    return { version, upload, told: upload.files[0] };
  }
  const shapeOf = ({ url, ...told }: { url: string; sha256: string }) => ({
    ...told,
    sha256: told.sha256.length,
    url: url.replaceAll(told.sha256, "").replace(/=[^&]*|[\w-]{16,}/g, "").length > 0,
  });

  it("are to be sent, and nobody learns whether they are stored", async () => {
    const { told, upload } = await toldOf(people.outsider, weights);
    expect(told).toMatchObject({ alreadyStored: false, isMissing: true, message: null });
    const elsewhere = await toldOf(people.outsider, fileOf("x", weights.bytes.length));
    expect(shapeOf(told)).toEqual(shapeOf(elsewhere.told));
    const [known, unknown] = [
      await senderOf(people.outsider).complete(upload.id),
      await senderOf(people.outsider).complete(elsewhere.upload.id),
    ];
    expect(known.userErrors).toMatchObject([{ code: "INVALID" }]);
    expect(known.userErrors).toEqual(unknown.userErrors);
  });

  it("are to be sent by who may read of them, too", async () => {
    const grants: [string, string][] = [
      ["VIEWER", "risk.*"],
      ["CONTRIBUTOR", "other.*"],
    ];
    const reader = await person(world, "reads, and sends elsewhere", { grants });
    expect((await toldOf(reader, weights)).told).toMatchObject({ alreadyStored: false, isMissing: true });
  });

  it("are his who sends them, and stay stored once", async () => {
    const { version, upload } = await toldOf(people.outsider, weights);
    await put(upload.files[0], weights.bytes);
    const { modelVersion } = await senderOf(people.outsider).complete(upload.id);
    expect(modelVersion.status).toBe("READY");
    const { found } = await people.outsider.ask(
      `{ found: modelVersion(ref: "${version}") { artifacts { downloadUrl } } }`,
    );
    const response = await fetch(found.artifacts[0].downloadUrl);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(weights.bytes);
    await registry.mutate("deleteModelVersion", { version });
  });
});

describe("bytes that one may download elsewhere", () => {
  let both: Person;
  beforeAll(async () => {
    const grants: [string, string][] = [
      ["APPROVER", "risk.*"],
      ["CONTRIBUTOR", "other.*"],
    ];
    both = await person(world, "downloads, and sends elsewhere", { grants });
  });

  it("need not be sent", async () => {
    const version = await freshVersion(`other.copy-${++made}`);
    const { upload } = await senderOf(both).create(version, [{ ...weights, path: "copy.bin" }]);
    expect(upload.files).toMatchObject([{ alreadyStored: true, isMissing: false, url: null, parts: [] }]);
    expect((await senderOf(both).complete(upload.id)).modelVersion.status).toBe("READY");
  });

  it("are to be sent where another size is told of them", async () => {
    const version = await freshVersion(`other.copy-${++made}`);
    const files = [{ ...announced(weights), sizeBytes: weights.bytes.length + 1 }];
    const { upload } = await senderOf(both).announce(version, files);
    expect(upload.files).toMatchObject([{ alreadyStored: false, isMissing: true }]);
  });

  it("are to be sent to a version of which the digest is all that one knows", async () => {
    const version = await freshVersion(`other.copy-${++made}`);
    const { upload } = await senderOf(both).create(version, [report]);
    expect(upload.files).toMatchObject([{ alreadyStored: false, isMissing: true }]);
  });
});

describe("of an upload that somebody has begun,", () => {
  async function begun(name: string) {
    const sender = await person(world, name, { grants: [["CONTRIBUTOR", "risk.*"]] });
    const file = fileOf("a");
    const version = await freshVersion();
    const { upload } = await senderOf(sender).create(version, [file]);
    await sendAll(upload, [file]);
    return { sender, upload: upload.id as string, version };
  }
  const complete = `mutation ($upload: ID!) { completeUpload(input: { upload: $upload }) { upload { id } ${refusals} } }`;

  async function expectStranger(asker: Asker, upload: string) {
    for (const question of [complete, `query ($upload: ID!) { upload(id: $upload) { files { url } } }`]) {
      const { status, data, errors } = await asker.graphql(question, { upload });
      expect([status, data, errors![0]!.extensions.code]).toEqual([401, undefined, "UNAUTHENTICATED"]);
    }
  }

  it("a revoked token completes nothing, and others go on", async () => {
    const { sender, upload } = await begun("to be revoked");
    await registry.mutate("revokeToken", { token: sender.tokenId });
    await expectStranger(sender, upload);
    expect((await senderOf(people.contributor).complete(upload)).upload.state).toBe("COMPLETED");
  });

  it("a deactivated actor completes nothing", async () => {
    const { sender, upload } = await begun("to be deactivated");
    await registry.mutate("deactivateActor", { actor: sender.name });
    await expectStranger(sender, upload);
    await expectStranger(people.expired, upload);
  });

  it("who has lost the role is told of no upload anymore", async () => {
    const { sender, upload, version } = await begun("to be demoted");
    const { actor } = await world.ask(
      `query ($name: String!) { actor(actor: $name) { grants { nodes { id } } } }`,
      { name: sender.name },
    );
    await registry.mutate("revokeRole", { grant: actor.grants.nodes[0].id });
    expect(await endingOf(sender, "completeUpload", { upload })).toMatchObject({ code: "NOT_FOUND" });
    expect(await senderOf(sender).upload(upload)).toBeNull();
    expect((await senderOf(world).upload(upload)).modelVersion.id).toBe(version);
  });
});
