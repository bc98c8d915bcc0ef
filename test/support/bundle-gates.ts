import { type Gate, GateKind } from "../../src/promotion/policy.entity.ts";
import { ArtifactRole } from "../../src/registry/artifact.entity.ts";
import type { FileGroup } from "../../src/registry/artifact.query.ts";
import { day, now, type Row } from "./gate-facts.ts";

const bundle: Gate = { kind: GateKind.BUNDLE, roles: ["TOKENIZER", "WEIGHTS"] };
const digest: Gate = { kind: GateKind.DIGEST_VERIFIED, withinDays: 7 };
const noCode: Gate = { kind: GateKind.NO_CODE };
const known: Gate = { kind: GateKind.NO_CODE, value: "UNSCANNED" };

const elsewhere = { verifiedAt: null, scan: null };

function group(more: Partial<FileGroup> = {}): FileGroup {
  return {
    ...{
      role: ArtifactRole.WEIGHTS,
      scan: "CLEAN",
      fileCount: 1,
      verifiedAt: now,
      isCorrupt: false,
      isPurged: false,
    },
    ...more,
  };
}
const bundleOf = (...groups: Partial<FileGroup>[]) => ({ bundle: groups.map(group) });

/** Gates that ask for something of a version's files. */
export const bundleRows: Row[] = [
  ["no artifacts recorded", bundle, {}, false],
  [
    "the bundle has TOKENIZER, WEIGHTS",
    bundle,
    bundleOf({}, { role: ArtifactRole.TOKENIZER, ...elsewhere }),
    true,
  ],
  ["the bundle lacks TOKENIZER", bundle, bundleOf({}), false],
  ["no artifacts recorded", digest, {}, false],
  [
    "all stored bytes were hashed again within the last 1 day",
    { ...digest, withinDays: 1 },
    bundleOf({}, { verifiedAt: now - day }),
    true,
  ],
  [
    "all stored bytes were hashed again within the last 7 days",
    digest,
    bundleOf({}, { verifiedAt: now - 7 * day }),
    true,
  ],
  [
    "some stored bytes were hashed more than 7 days ago",
    digest,
    bundleOf({}, { verifiedAt: now - 7 * day - 1 }),
    false,
  ],
  [
    "the registry never hashed 2 files, which it does not store",
    digest,
    bundleOf({}, { fileCount: 2, ...elsewhere }),
    false,
  ],
  [
    "stored bytes of 1 file are not what they were",
    digest,
    bundleOf({ isCorrupt: true }, { fileCount: 2, ...elsewhere }),
    false,
  ],
  ["retention has let go of 1 file", digest, bundleOf({}, { isPurged: true }), false],
  ["retention has let go of 2 files", noCode, bundleOf({ isPurged: true, fileCount: 2 }), false],
  ["no artifacts recorded", noCode, {}, false],
  ["no file is SUSPECT or UNSCANNED", noCode, bundleOf({}), true],
  ["2 files are UNSCANNED", noCode, bundleOf({}, { scan: "UNSCANNED", fileCount: 2 }), false],
  [
    "1 file is SUSPECT, 1 file is UNSCANNED",
    noCode,
    bundleOf({ scan: "UNSCANNED" }, { scan: "SUSPECT" }),
    false,
  ],
  ["the registry never looked into 1 file", noCode, bundleOf({ verifiedAt: null, scan: null }), false],
  ["no file is SUSPECT", known, bundleOf({ scan: "UNSCANNED" }), true],
  ["1 file is SUSPECT", known, bundleOf({ scan: "SUSPECT" }), false],
];
