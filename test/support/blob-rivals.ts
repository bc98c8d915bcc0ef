import type { DatabaseSettings } from "../../src/config.ts";
import { type OtherProcess, otherProcess } from "./processes.ts";

export interface RivalTally {
  uploads: number;
  references: number;
  purged: number;
  collections: number;
  blobs: number;
  orphans: number;
  /** Lines for people: what was referred to and not there. */
  dangling: string[];
}

interface RivalWish {
  settings: DatabaseSettings;
  folder: string;
  rounds: number;
  /** The mutant: what is locked is not looked at again, and some time passes between the look and the lock. */
  isHasty?: boolean;
}

/** Uploads few contents again and again, lets go of whatever it finds, and collects without any grace; then looks. */
const script = `
  await import("reflect-metadata");
  const { createHash, randomInt } = await import("node:crypto");
  const { Readable } = await import("node:stream");
  const { Database } = await built("db/database.js");
  const { sql } = await built("db/sql.js");
  const { entities } = await built("wiring/entities.js");
  const { wire } = await built("wiring/rooms.js");
  const { administrator } = await built("access/authenticate.js");
  const { Request } = await built("kernel/request.js");
  const { formatId } = await built("kernel/ids.js");
  const { LocalStore } = await built("objects/local-store.js");
  const { measure } = await built("objects/hashing.js");
  const { UploadTransfers } = await built("registry/upload-transfers.js");
  const { filesOfUpload } = await built("registry/upload.query.js");

  let hasStruck = !input.isHasty;
  if (input.isHasty) {
    const { Transaction } = await built("db/transaction.js");
    const { lock, query } = Transaction.prototype;
    Transaction.prototype.lock = async function (statement) {
      const isLook = statement.sql.startsWith("SELECT id FROM stored_blob WHERE");
      if (isLook) await new Promise((rested) => setTimeout(rested, randomInt(20)));
      return lock.call(this, statement);
    };
    Transaction.prototype.query = function (statement) {
      const [kept, rest] = statement.sql.split(/ AND NOT \\(/);
      if (!kept.startsWith("SELECT id FROM stored_blob b") || !rest) return query.call(this, statement);
      hasStruck = true;
      return query.call(this, { sql: kept, values: statement.values.slice(0, kept.split("?").length - 1) });
    };
  }

  const db = await Database.open(input.settings, entities);
  const store = await LocalStore.open(input.folder, () => "http://127.0.0.1");
  const bytes = { store, urlSeconds: 900, graceSeconds: 0, scrub: null, onFault: (error) => { throw error; } };
  const { registry, collection } = wire(db, Date.now, bytes);
  const { services, verifier } = registry;
  const transfers = new UploadTransfers(db, store, Date.now, 900);
  const tally = { uploads: 0, references: 0, purged: 0, collections: 0, blobs: 0, orphans: 0, dangling: [] };
  const contents = [0, 1, 2].map((at) => Buffer.from("content " + at));

  async function upload() {
    const content = contents[randomInt(contents.length)];
    const sha256 = createHash("sha256").update(content).digest("hex");
    const made = await services.registration.register(administrator, { model: "m" + randomInt(8), createModel: true });
    const files = [{ path: "a", sizeBytes: content.length, sha256 }];
    const version = formatId("MODEL_VERSION", made.version);
    const { upload } = await services.uploads.create(administrator, { version, files });
    for (const file of await filesOfUpload(db.read, upload)) {
      if (file.storageKey === null) { tally.references++; continue; }
      tally.uploads++;
      await transfers.of(new Request("rival", administrator), file);
      const grant = { kind: "whole", key: file.storageKey, expiresAt: Date.now() + 60_000 };
      await store.arrivals.take({ ...file, ...grant }, Readable.from([content]));
    }
    await services.uploads.complete(administrator, { upload: formatId("UPLOAD", upload) });
    const missing = await verifier.settle(upload).then(() => null, (error) => error);
    if (missing && !/nothing is there|lost these bytes/.test(missing.message)) throw missing;
    if (missing) return void tally.dangling.push("upload " + upload + " refers to what is gone");
    if ((await kept(sql\`a.versionId = \${made.version}\`)).length === 0) await mustBePurged(made.version);
  }

  const kept = (where) => db.read.query(
    sql\`SELECT a.id, a.versionId, a.sha256, a.blobId, b.state, b.storageKey FROM artifact a
        LEFT JOIN stored_blob b ON b.id = a.blobId WHERE a.blobId IS NOT NULL AND \${where} ORDER BY a.id\`);

  async function mustBePurged(version) {
    const [row] = await db.read.query(sql\`SELECT purgedAt FROM artifact WHERE versionId = \${version}\`);
    if (!row?.purgedAt) tally.dangling.push("version " + version + " was acknowledged and has nothing");
  }

  async function purge() {
    const rows = await kept(sql\`1 = 1\`);
    if (rows.length === 0) return;
    const { versionId } = rows[randomInt(rows.length)];
    tally.purged += await db.write((tx) => tx.run(
      sql\`UPDATE artifact SET blobId = NULL, purgedAt = 1 WHERE versionId = \${versionId} AND blobId IS NOT NULL\`));
  }

  /** What is wrong now may have been let go since it was read; what still refers to the same blob has not. */
  async function look() {
    for (const one of await kept(sql\`1 = 1\`)) {
      const found = one.state === "LIVE" ? await measure(store, one.storageKey).catch(() => null) : null;
      if (found?.sha256 === one.sha256) continue;
      const [still] = await kept(sql\`a.id = \${one.id}\`);
      const isMoved = still?.storageKey !== one.storageKey;
      if (still && !(isMoved && still.state === "LIVE")) tally.dangling.push(JSON.stringify({ one, still }));
    }
  }

  async function collect() {
    tally.collections++;
    tally.blobs += (await collection.collector.collect()).blobs;
    tally.orphans += (await collection.orphans.sweep()).objects;
  }

  tell("ready");
  await toldTo("go");
  let round = 0;
  async function lane() {
    while (round++ < input.rounds) {
      const deed = [upload, upload, purge, purge, purge, collect][randomInt(6)];
      await deed();
      if (deed === collect && round % 3 === 0) await look();
    }
  }
  await Promise.all([lane(), lane(), lane(), lane()]);
  await look();
  if (!hasStruck) throw new Error("the statement that the mutant cuts has another form now");
  await db.close();
  tell(tally);
  process.disconnect();
`;

/** Two processes of the operating system on one database and one store, each against the other. */
export async function blobRivals(wish: RivalWish): Promise<RivalTally[]> {
  const rivals: OtherProcess[] = [otherProcess(script, wish), otherProcess(script, wish)];
  for (const one of rivals) await one.heard();
  for (const one of rivals) one.say("go");
  return Promise.all(rivals.map(async (one) => (await one.heard()) as RivalTally));
}
