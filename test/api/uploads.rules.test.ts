import { beforeAll, describe, expect, it } from "vitest";
import { changeRows } from "../support/access.ts";
import { codes } from "../support/governed.ts";
import { inLanes, type Registry, registryOf } from "../support/registry.ts";
import { announced, fileOf, type Sender, sendAll, senderOf } from "../support/uploads.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
/** Another server on the same database and folder. */
let twin: World;
let registry: Registry;
let sender: Sender;
let made = 0;

beforeAll(async () => {
  world = await startWorld();
  twin = await startWorld({ settings: world.settings });
  registry = registryOf(world);
  sender = senderOf(world);
  return async () => {
    await twin.close();
    await world.close();
  };
});

async function freshVersion(): Promise<string> {
  const model = `ruled-${++made}`;
  await registry.model(model);
  await registry.version(model);
  return `${model}/1`;
}

const facts = `status statusMessage digest evidenceDigest bundle { fileCount digest files { path } }
  artifacts { path isEvidence role uri downloadUrl verifiedAt } card { markdown isFresh status }
  history(first: 50) { nodes { type payload actor { name } } }`;
const read = async (version: string) =>
  (await world.ask(`query ($ref: VersionRef!) { modelVersion(ref: $ref) { ${facts} } }`, { ref: version }))
    .modelVersion;

const eventsOf = async (version: string): Promise<[string, Record<string, unknown>][]> =>
  (await read(version)).history.nodes.map(({ type, payload }: { type: string; payload: object }) => [
    type,
    payload,
  ]);

const promote = (version: string, to: string, more: object = {}) =>
  registry.attempt("transitionModelVersion", { version, to, ...more });

describe("evidence", () => {
  it("comes beside a sealed bundle, also for a live version, and never changes the digest", async () => {
    const version = await freshVersion();
    await sender.push(version, [fileOf("a")]);
    const sealed = await read(version);
    await registry.promote(version, "Production");
    await sender.push(version, [fileOf("report.html", 10), fileOf("scan.json", 0)], { isEvidence: true });
    const { digest, evidenceDigest, bundle, artifacts } = await read(version);
    expect({ digest, evidenceDigest, bundle }).toEqual({
      ...{ digest: sealed.digest, evidenceDigest: sealed.evidenceDigest, bundle: sealed.bundle },
    });
    const kinds = artifacts.map(({ path, isEvidence }: Record<string, unknown>) => [path, isEvidence]);
    expect(kinds).toEqual([
      ["a", false],
      ["report.html", true],
      ["scan.json", true],
    ]);
  });

  it("comes before there is a bundle, too, in several uploads at once, and leaves the version as it was", async () => {
    const version = await freshVersion();
    const files = [fileOf("a"), fileOf("b")];
    const begun = await Promise.all(
      files.map((file) => sender.create(version, [file], { isEvidence: true })),
    );
    expect(begun.flatMap(codes)).toEqual([]);
    for (const [at, { upload }] of begun.entries()) await sendAll(upload, [files[at]!]);
    for (const { upload } of begun) expect((await sender.complete(upload.id)).upload.state).toBe("COMPLETED");
    expect(await read(version)).toMatchObject({ status: "READY", digest: null, bundle: null });
  });

  it("takes no path that is taken", async () => {
    const version = await freshVersion();
    await sender.push(version, [fileOf("a")]);
    const { userErrors } = await sender.create(version, [fileOf("a")], { isEvidence: true });
    expect(userErrors).toMatchObject([{ code: "ALREADY_EXISTS", path: ["input", "files"] }]);
  });

  it("makes nothing READY that waits for its bundle, nor a card", async () => {
    const version = await freshVersion();
    await sender.create(version, [fileOf("a")]);
    const cards = ["", "# Fine\n"].map((text, at) => ({
      ...{ path: `card-${at}.md`, bytes: Buffer.from(text), role: "MODEL_CARD" },
    }));
    for (const card of cards) await sender.push(version, [card], { isEvidence: true });
    expect(await read(version)).toMatchObject({ status: "PENDING", card: null });
    expect(codes(await promote(version, "Production"))).toEqual(["REFUSED_BY_POLICY"]);
  });
});

describe("the history of a version", () => {
  it("tells of each upload, what was announced, and what became of it", async () => {
    const version = await freshVersion();
    const file = fileOf("a", 7, { role: "WEIGHTS" });
    const first = (await sender.create(version, [file])).upload.id;
    await sender.abort(first);
    const second = (await sender.push(version, [file])).upload.id;
    const report = fileOf("report.html", 9);
    const third = (await sender.push(version, [report], { isEvidence: true })).upload.id;
    const { digest } = await read(version);
    const { sha256 } = announced(file);
    const opened = { version: 1, fileCount: 1, sizeBytes: 7, digest, isEvidence: false };
    const sealed = [{ path: "a", role: "WEIGHTS", sizeBytes: 7, sha256 }];
    const attached = [{ path: "report.html", role: "OTHER", sizeBytes: 9, sha256: announced(report).sha256 }];
    const [registered, ...told] = await eventsOf(version);
    expect(registered![0]).toBe("version.registered");
    const isEvidence = { isEvidence: true, sizeBytes: 9, digest: expect.not.stringMatching(digest) };
    expect(told).toMatchObject([
      ["upload.opened", { ...opened, upload: first }],
      ["upload.aborted", { version: 1, upload: first }],
      ["upload.opened", { ...opened, upload: second }],
      ["bundle.sealed", { version: 1, upload: second, digest, sizeBytes: 7, files: sealed }],
      ["upload.opened", { ...opened, upload: third, ...isEvidence }],
      ["evidence.attached", { version: 1, upload: third, sizeBytes: 9, files: attached }],
    ]);
  });

  it("holds more than a hundred files by their number and digest", async () => {
    const version = await freshVersion();
    const files = Array.from({ length: 101 }, (_, at) => elsewhere(`f${at}`));
    const { upload } = await sender.announce(version, files);
    await sender.complete(upload.id);
    const [type, payload] = (await eventsOf(version)).at(-1)!;
    expect(type).toBe("bundle.sealed");
    expect(payload).toMatchObject({ filesCount: 101, filesDigest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(payload).not.toHaveProperty("files");
  });
});

/** A file of which the bytes are nobody's business. */
const elsewhere = (path: string) => ({ ...announced(fileOf(path, 3)), uri: `s3://bucket/${path}` });

describe("a version takes no bundle", () => {
  const refused = async (version: string) => {
    const { userErrors, upload } = await sender.create(version, [fileOf("a")]);
    expect(upload).toBeNull();
    expect(userErrors).toMatchObject([{ code: "CONFLICT", path: ["input", "version"] }]);
    return userErrors[0].message as string;
  };

  it("while it is live, nor once it was", async () => {
    const version = await freshVersion();
    await registry.promote(version, "Production");
    expect(await refused(version)).toContain("live");
    await registry.promote(version, "Archived");
    expect(await refused(version)).toContain("live");
  });

  it("while somebody asks to move it; it does once the request is withdrawn", async () => {
    const version = await freshVersion();
    const policy = { model: version.split("/")[0], stage: "Production", approvalsNeeded: 1 };
    await registry.mutate("setPolicy", policy, "policy { revision }");
    const wish = { version, to: "Production" };
    const { transitionRequest } = await registry.mutate(
      "requestTransition",
      wish,
      "transitionRequest { id }",
    );
    expect(await refused(version)).toContain(transitionRequest.id);
    const evidence = await sender.create(version, [fileOf("report.html")], { isEvidence: true });
    expect(evidence.userErrors).toEqual([]);
    const withdrawn = { request: transitionRequest.id };
    await registry.mutate("withdrawTransition", withdrawn, "transitionRequest { status }");
    expect((await sender.push(version, [fileOf("a")])).modelVersion.status).toBe("READY");
  });

  it.each(["FAILED", "PENDING"])("where it came as %s: nothing makes it READY", async (status) => {
    const model = `came-${++made}`;
    const versions = [{ model, number: 1, externalId: model, createdAt: "2025-01-02T00:00:00Z", status }];
    const models = [{ name: model, createdAt: "2025-01-01T00:00:00Z" }];
    await registry.mutate("importHistory", { batch: { source: "test", models, versions } }, "imported");
    expect(await refused(`${model}/1`)).toContain(status);
    expect(await read(`${model}/1`)).toMatchObject({ status });
  });
});

describe("a version that waits for its files", () => {
  it("enters no live stage, and says why; it does once they are complete", async () => {
    const version = await freshVersion();
    const files = [fileOf("a")];
    const { upload } = await sender.create(version, files);
    const checks = async () =>
      (await promote(version, "Production", { dryRun: true })).verdict.checks.filter(
        ({ passed }: { passed: boolean }) => !passed,
      );
    expect(await checks()).toMatchObject([{ name: "ready", says: expect.stringContaining("PENDING") }]);
    expect(codes(await promote(version, "Production"))).toEqual(["REFUSED_BY_POLICY"]);
    await registry.promote(version, "Staging");
    // Nor does the stage become live around it.
    const stages = [
      ...[{ name: "None" }, { name: "Staging", isLive: true }, { name: "Production", isLive: true }],
      { name: "Archived", isRetired: true },
    ];
    expect((await registry.refusal("defineStages", { stages })).message).toContain(
      "in Staging: isLive cannot become true before they leave it",
    );
    await sendAll(upload, files);
    await sender.complete(upload.id);
    expect(await checks()).toEqual([]);
    expect(codes(await promote(version, "Production"))).toEqual([]);
  });

  it("ends its uploads when it is deleted", async () => {
    const version = await freshVersion();
    const [bundle, evidence] = [
      await sender.create(version, [fileOf("a")]),
      await sender.create(version, [fileOf("b")], { isEvidence: true }),
    ];
    await registry.mutate("deleteModelVersion", { version });
    for (const { upload } of [bundle, evidence]) {
      expect(await sender.upload(upload.id)).toMatchObject({ state: "ABORTED" });
      expect(codes(await sender.complete(upload.id))).toEqual(["NOT_FOUND"]);
    }
  });
});

describe("an upload that a server was verifying when it died", () => {
  it("is left to it while its lease runs, and then completed by whoever asks", async () => {
    const version = await freshVersion();
    const files = [fileOf("a")];
    const { upload } = await sender.create(version, files);
    await sendAll(upload, files);
    const leased = (until: number) =>
      changeRows(
        world,
        `UPDATE upload SET state = 'VERIFYING', completedById = createdById, leasedUntil = ${until}
         WHERE id = ${Number(upload.id.split("_")[1])}`,
      );
    await leased(Date.now() + 600_000);
    const waiting = await sender.complete(upload.id);
    expect([waiting.userErrors, waiting.upload.state]).toEqual([[], "VERIFYING"]);
    expect(codes(await sender.abort(upload.id))).toEqual(["CONFLICT"]);
    expect((await sender.create(version, files)).upload).toMatchObject({ id: upload.id, state: "VERIFYING" });
    await leased(Date.now() - 1);
    expect((await senderOf(twin).complete(upload.id)).upload.state).toBe("COMPLETED");
    expect((await read(version)).bundle.fileCount).toBe(1);
  });
});

describe("two who complete one upload at once", () => {
  const rounds = Array.from({ length: 10 }, (_, at) => at + 1);
  const seals = async (version: string) =>
    (await eventsOf(version)).filter(([type]) => type === "bundle.sealed").length;

  async function sent(): Promise<{ version: string; upload: string }> {
    const version = await freshVersion();
    const files = [fileOf("a", 10_000), fileOf("b")];
    const { upload } = await sender.create(version, files);
    await sendAll(upload, files);
    return { version, upload: upload.id };
  }

  it.each(rounds)("at one server both hear that it is done (round %i)", async () => {
    const { version, upload } = await sent();
    const answers = await inLanes(2, 2, () => sender.complete(upload));
    expect(answers.flatMap(codes)).toEqual([]);
    expect(answers.map((answer) => answer.upload.state)).toEqual(["COMPLETED", "COMPLETED"]);
    expect([(await read(version)).bundle.fileCount, await seals(version)]).toEqual([2, 1]);
  });

  it.each(rounds)("at two servers make one bundle and one event (round %i)", async () => {
    const { version, upload } = await sent();
    const answers = await Promise.all([sender, senderOf(twin)].map((one) => one.complete(upload)));
    expect(answers.flatMap(codes)).toEqual([]);
    expect(answers.map((answer) => answer.upload.state)).toContain("COMPLETED");
    expect([(await read(version)).bundle.fileCount, await seals(version)]).toEqual([2, 1]);
  });
});

describe("an upload of many files", () => {
  const manyFiles = (count: number) => {
    const sha256 = announced(fileOf("a")).sha256;
    return Array.from({ length: count }, (_, at) => ({
      ...{ path: `shard-${at}`, sizeBytes: 1, sha256, uri: `s3://b/${at}` },
    }));
  };

  it("may have 10,000, and a version no more", async () => {
    const version = await freshVersion();
    const { upload, userErrors } = await sender.announce(version, manyFiles(10_000));
    expect(userErrors).toEqual([]);
    expect((await sender.complete(upload.id)).upload.state).toBe("COMPLETED");
    expect((await read(version)).bundle.fileCount).toBe(10_000);
    const beyond = await sender.create(version, [fileOf("report.html")], { isEvidence: true });
    expect(beyond.userErrors).toMatchObject([{ code: "LIMIT", path: ["input", "files"] }]);
  });

  it("may not have 10,001", async () => {
    const { userErrors } = await sender.announce(await freshVersion(), manyFiles(10_001));
    expect(userErrors).toMatchObject([{ code: "LIMIT", path: ["input", "files"] }]);
  });
});
