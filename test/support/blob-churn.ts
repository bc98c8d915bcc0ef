import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { administrator } from "../../src/access/authenticate.ts";
import { sql } from "../../src/db/sql.ts";
import { StemmaError } from "../../src/kernel/errors.ts";
import { UploadState } from "../../src/registry/upload.entity.ts";
import { type Ground, type Rig, rigOn, type SomeFile, stranger } from "./blob-rig.ts";
import { dangling, leaked } from "./stored-truth.ts";
import { Crash, Points, struckDatabase, struckStore } from "./strikes.ts";
import { sha256Of } from "./uploads.ts";

const contentCount = 4;
const minute = 60_000;

const deeds = ["push", "refer", "begin", "garble", "finish", "abort", "purge", "collect", "sweep"] as const;
type Deed = (typeof deeds)[number];

export interface Step {
  deed: Deed | "wait";
  /** Which bytes, version or upload, modulo how many there are. */
  which: number;
  strike: { after: number; by: "crash" | Deed; which: number } | null;
}

const which = fc.nat({ max: 9 });
const strike = fc.record({
  after: fc.integer({ min: 1, max: 12 }),
  by: fc.oneof(
    { weight: 2, arbitrary: fc.constant("crash" as const) },
    { weight: 3, arbitrary: fc.constantFrom(...deeds) },
  ),
  which,
});

const usual = fc.record({
  deed: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...deeds) },
    { weight: 3, arbitrary: fc.constantFrom("purge" as const, "collect" as const, "wait" as const) },
  ),
  which,
  strike: fc.option(strike, { freq: 2 }),
});

/** Somebody takes up bytes just when they are found to be nobody's: seldom by chance, and where it matters most. */
const contended = fc.record({
  deed: fc.constant("collect" as const),
  which,
  strike: fc.record({
    after: fc.integer({ min: 1, max: 3 }),
    by: fc.constantFrom("push" as const, "refer" as const, "finish" as const),
    which,
  }),
});

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: usual },
  {
    weight: 1,
    arbitrary: fc.record({ deed: fc.constant("purge" as const), which, strike: fc.constant(null) }),
  },
  { weight: 1, arbitrary: contended },
);

interface Version {
  node: number;
  files: SomeFile[];
  upload: number | null;
  /** Some of what was sent was wrong, and that has not been told yet. */
  isGarbled: boolean;
}

/**
 * What a registry must still have, kept beside it: versions with their files, and uploads under way. Does step after
 * step, each of which may be struck, and looks after each collection.
 */
export class BlobChurn {
  readonly points = new Points();
  readonly done: Record<string, number> = {};
  private readonly calm: Rig;
  private struck: Rig;
  private contents: Buffer[] = [];
  private held: Version[] = [];
  private open: Version[] = [];

  constructor(
    private readonly ground: Ground & { advance: (millis: number) => void },
    private readonly rig: (ground: Ground) => Rig = rigOn,
  ) {
    this.calm = rig(ground);
    this.struck = this.started();
  }

  /** All of these steps, from nothing, and then the end of everything. Throws what is wrong. */
  async run(steps: readonly Step[]): Promise<void> {
    await this.clear();
    for (const one of steps) {
      await this.take(one);
      if (one.deed === "collect" || one.deed === "sweep") await this.look();
    }
    await this.end();
  }

  private async take({ deed, which, strike }: Step): Promise<void> {
    this.count(deed);
    if (deed === "wait") return this.ground.advance(which * minute * 3);
    if (strike?.by === "crash") this.points.arm(strike.after, { kind: "crash" });
    else if (strike) {
      const { by, which } = strike;
      const rival = async () => {
        this.count(by);
        await this.does(this.calm, by, which);
      };
      this.points.arm(strike.after, { kind: "rival", deed: rival });
    }
    try {
      await this.does(this.struck, deed, which);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    this.points.disarm();
    if (!this.points.isDead) return;
    this.points.isDead = false;
    this.struck = this.started();
  }

  private async does(rig: Rig, deed: Deed, which: number): Promise<void> {
    switch (deed) {
      case "push":
      case "refer":
      case "garble":
      case "begin":
        return this.upload(rig, deed, which);
      case "finish":
      case "abort": {
        const version = this.open[which % Math.max(this.open.length, 1)];
        return version ? this.goOn(rig, deed, version) : this.upload(rig, "push", which);
      }
      case "purge": {
        const version = this.held[which % Math.max(this.held.length, 1)];
        return version ? this.purge(rig, version) : this.upload(rig, "refer", which);
      }
      case "collect":
        return void (await rig.collection.collector.collect());
      case "sweep":
        return void (await rig.collection.orphans.sweep());
    }
  }

  private async upload(rig: Rig, deed: "push" | "refer" | "garble" | "begin", which: number): Promise<void> {
    const node = await rig.version(`churn-${which % 3}`);
    const files = [{ path: "a", bytes: this.contents[which % contentCount]! }];
    if (which % 2) files.push({ path: "b", bytes: this.contents[(which * 3 + 1) % contentCount]! });
    const version: Version = { node, files, upload: null, isGarbled: false };
    await this.settled(version, async () => {
      const upload = await rig.open(deed === "push" ? stranger : administrator, node, files);
      if (deed === "begin" && which % 3 === 0) return;
      version.isGarbled = deed === "garble";
      await rig.send(upload, files, version.isGarbled);
      if (deed !== "begin") await this.complete(rig, version, upload);
    });
  }

  private async goOn(rig: Rig, deed: "finish" | "abort", version: Version): Promise<void> {
    const { upload, files, node } = version;
    const isMine = () => this.open.includes(version);
    await this.settled(version, async () => {
      try {
        if (deed === "abort") return await rig.abort(upload!);
        await rig.send(upload!, files);
        await this.complete(rig, version, upload!);
      } catch (error) {
        // A rival has ended it meanwhile, or verifies it.
        const state = (await this.calm.uploadsOf(node)).at(-1)!.state;
        const isOver = !isMine() || state !== UploadState.OPEN;
        if (!(error instanceof StemmaError && error.code === "CONFLICT" && isOver)) throw error;
      }
    });
  }

  /** Whoever sent something wrong is told so once, and may send it again. */
  private async complete(rig: Rig, version: Version, upload: number): Promise<void> {
    try {
      await rig.complete(upload);
    } catch (error) {
      if (!(version.isGarbled && error instanceof StemmaError && error.code === "INVALID")) throw error;
      version.isGarbled = false;
    }
  }

  private async purge(rig: Rig, version: Version): Promise<void> {
    try {
      await rig.purge(version.node);
    } finally {
      const rows = await this.ground.db.read.query(
        sql`SELECT 1 AS found FROM artifact WHERE versionId = ${version.node} AND blobId IS NOT NULL LIMIT 1`,
      );
      if (rows.length === 0) this.held = this.held.filter((one) => one !== version);
    }
  }

  /** Does something about a version's upload, and notes what became of it: a crash may have come before or after. */
  private async settled(version: Version, work: () => Promise<void>): Promise<void> {
    const without = (list: Version[]) => list.filter((one) => one !== version);
    try {
      await work();
    } finally {
      const upload = (await this.calm.uploadsOf(version.node)).at(-1);
      version.upload = upload?.id ?? null;
      const wasHeld = this.held.includes(version);
      this.open = without(this.open);
      if (upload?.state === UploadState.COMPLETED && !wasHeld) this.held.push(version);
      else if (upload && upload.state !== UploadState.ABORTED && !wasHeld) this.open.push(version);
    }
  }

  private async look(): Promise<void> {
    const { read } = this.ground.db;
    const wrong = await dangling(read, this.ground.store);
    if (wrong.length > 0) throw new Error(`dangling: ${wrong.join("; ")}`);
    const rows = await read.query<{ versionId: number; path: string; sha256: string }>(
      sql`SELECT versionId, path, sha256 FROM artifact WHERE blobId IS NOT NULL`,
    );
    const kept = rows.map(({ versionId, path, sha256 }) => `${versionId} ${path} ${sha256}`).sort();
    const wanted = this.held.flatMap(({ node, files }) =>
      files.map(({ path, bytes }) => `${node} ${path} ${sha256Of(bytes)}`),
    );
    if (kept.join() !== wanted.sort().join()) throw new Error(`kept ${kept.join()}; wanted ${wanted.join()}`);
  }

  /** Whatever is under way ends; then nothing is left but what is held, and at last nothing at all. */
  private async end(): Promise<void> {
    const { ground, calm } = this;
    ground.advance(10 * minute);
    for (let turn = 0; turn < 2; turn++) {
      for (const version of [...this.open]) await this.goOn(calm, "finish", version);
    }
    if (this.open.length > 0) throw new Error(`${this.open.length} uploads cannot be ended`);
    await this.collectAll();
    for (const version of [...this.held]) await this.purge(calm, version);
    await this.collectAll();
    const rows = await ground.db.read.query(sql`SELECT id FROM stored_blob`);
    if (rows.length > 0) throw new Error(`leaked: ${rows.length} rows`);
  }

  private async collectAll(): Promise<void> {
    const { advance, db, store, graceSeconds } = this.ground;
    const { collector, orphans } = this.calm.collection;
    for (let turn = 0; turn < 2; turn++) {
      advance(graceSeconds * 1_000 + minute);
      await collector.collect();
    }
    await orphans.sweep();
    await this.look();
    const left = await leaked(db.read, store);
    if (left.length > 0) throw new Error(`leaked: ${left.join("; ")}`);
  }

  /** As on an empty store, whatever a run before it left. */
  private async clear(): Promise<void> {
    const { db, store } = this.ground;
    await db.write(async (tx) => {
      for (const table of [sql`upload_file`, sql`upload`, sql`artifact`, sql`stored_blob`])
        await tx.run(sql`DELETE FROM ${table}`);
    });
    for await (const { key } of store.list("")) await store.remove(key);
    this.contents = Array.from({ length: contentCount }, (_, at) => randomBytes(at * 50));
    [this.held, this.open] = [[], []];
  }

  private started(): Rig {
    const { points, ground } = this;
    return this.rig({
      ...ground,
      db: struckDatabase(ground.db, points),
      store: struckStore(ground.store, points),
    });
  }

  private count(what: string): void {
    this.done[what] = (this.done[what] ?? 0) + 1;
  }
}
