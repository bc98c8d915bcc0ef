import fc from "fast-check";
import { expect, it } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { type Sql, sql } from "../../src/db/sql.ts";
import type { Transaction } from "../../src/db/transaction.ts";
import { BlobCollector } from "../../src/objects/blob-collector.ts";
import { OrphanSweep } from "../../src/objects/orphan-sweep.ts";
import { blobReferences } from "../../src/registry/blob-references.query.ts";
import { BlobChurn, step } from "../support/blob-churn.ts";
import { blobGround } from "../support/blob-ground.ts";
import { type Ground, type Rig, rigOn } from "../support/blob-rig.ts";

type Mutant = (ground: Ground) => Rig;

const nothing = { objects: 0, bytes: 0 };
const never = sql`(1 = 0)`;

/** Does not look again once it has locked what it found. */
const hasty: Mutant = (ground) => {
  let isLocked = false;
  const write: Database["write"] = async (work) => {
    isLocked = true;
    return ground.db.write(work).finally(() => {
      isLocked = false;
    });
  };
  const db = Object.assign(Object.create(ground.db), { write });
  const toBlob = (id: Sql) => (isLocked ? never : blobReferences.toBlob(id));
  const references = { ...blobReferences, toBlob };
  const { store, clock, graceSeconds } = ground;
  const collector = new BlobCollector(db, store, references, clock, graceSeconds * 1_000);
  const rig = rigOn(ground);
  return { ...rig, collection: { ...rig.collection, collector } };
};

/** Takes what uploads have sent so far for orphans. */
const greedy: Mutant = (ground) => {
  const { db, store, clock } = ground;
  const references = {
    ...blobReferences,
    namedAmong: () => sql`SELECT storageKey FROM stored_blob WHERE ${never}`,
  };
  const rig = rigOn(ground);
  return {
    ...rig,
    collection: { ...rig.collection, orphans: new OrphanSweep(db, store, references, clock, 0) },
  };
};

/** Never sweeps. */
const messy: Mutant = (ground) => {
  const rig = rigOn(ground);
  return {
    ...rig,
    collection: {
      ...rig.collection,
      orphans: Object.assign(Object.create(rig.collection.orphans), { sweep: async () => nothing }),
    },
  };
};

/** Refers to condemned bytes without reviving them. */
const cold: Mutant = (ground) => {
  const write: Database["write"] = (work, options) =>
    ground.db.write((tx) => {
      const isRevival = ({ sql }: Sql) => /^UPDATE stored_blob SET state = \? +WHERE/.test(sql);
      const run: Transaction["run"] = async (statement) => (isRevival(statement) ? 0 : tx.run(statement));
      return work(Object.assign(Object.create(tx), { run }));
    }, options);
  return rigOn({ ...ground, db: Object.assign(Object.create(ground.db), { write }) });
};

const steps = fc.array(step, { minLength: 100, maxLength: 100 });

/** How many commands it took to tell the mutant, and how; a sound one is told by nothing. */
async function toldAfter(mutant: Mutant, runs: number): Promise<string | null> {
  const churn = new BlobChurn(await blobGround(), mutant);
  const property = fc.asyncProperty(steps, (some) => churn.run(some));
  const { failed, errorInstance } = await fc.check(property, { numRuns: runs, endOnFailure: true });
  const total = Object.values(churn.done).reduce((sum, count) => sum + count, 0);
  console.info(`${mutant.name}: ${failed ? "told" : "not told"} within ${total} commands`);
  return failed ? String(errorInstance) : null;
}

it.each([
  ["does not look again under the lock", hasty, /CONDEMNED|DELETING|not there|holds nothing/],
  ["takes what uploads have sent for orphans", greedy, /holds nothing|not as announced|nothing is there/],
  ["never sweeps orphans", messy, /leaked: object/],
  ["refers to condemned bytes without reviving them", cold, /CONDEMNED/],
])(
  "tells a collector that %s",
  async (_, mutant, how) => {
    expect(await toldAfter(mutant, 100)).toMatch(how);
  },
  3_600_000,
);
