// Checks a journal without trusting its server: nothing of the server's own code is used here.
import { createHash } from "node:crypto";
import { gql } from "./document.ts";

/** One entry of the journal as `journalDocument` asks for it, and as those are told it who may read all of them. */
export interface JournalEntry {
  cursor: string;
  seq: number;
  groupSeq: number;
  type: string;
  schemaVersion: number;
  /** RFC 3339. */
  recordedAt: string;
  occurredAt: string;
  actor: { id: string };
  subject: { id: string } | null;
  attributedTo: string | null;
  isImported: boolean;
  payload: Record<string, unknown>;
  /** Free texts with their salts; erased ones are absent. */
  texts: { field: string; salt: string; text: string }[];
  header: string;
  body: string;
  prevHash: string;
  hash: string;
}

export const journalDocument = gql`
  query Journal($after: EventCursor, $first: Int) {
    viewer {
      readsRegistry: can(permission: "registry:read", scope: "*")
      readsAccess: can(permission: "access:read", scope: "*")
    }
    eventHead
    registryEvents(after: $after, first: $first) {
      nodes {
        cursor
        seq
        groupSeq
        type
        schemaVersion
        recordedAt
        occurredAt
        actor {
          id
        }
        subject {
          id
        }
        attributedTo
        isImported
        payload
        texts {
          field
          salt
          text
        }
        header
        body
        prevHash
        hash
      }
      pageInfo {
        hasNextPage
      }
    }
  }
`;

/** The first entry that does not fit, and why; for a person. */
export interface ChainFault {
  seq: number;
  says: string;
}

const genesis = "0".repeat(64);

const sha256 = (...texts: string[]) => {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text, "utf8");
  return hash.digest("hex");
};

/** The cursor of an entry: its seq and the first 8 bytes of its hash. */
export function cursorOf(seq: number, hash: string): string {
  return Buffer.from(`${seq}.${hash.slice(0, 16)}`).toString("base64url");
}

function seqIn(cursor: string): number | null {
  if (cursor === "start") return 0;
  const parts = /^(\d{1,16})\.[0-9a-f]{16}$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  return parts ? Number(parts[1]) : null;
}

/** Takes a journal from its first entry on, entry by entry, and remembers only the last. */
export class ChainVerifier {
  /** Entries that fit. */
  verified = 0;
  private hash = genesis;
  private groupSeq = 0;
  private recordedAt = 0;
  private readonly noted = new Map<number, string>();

  /** `noted`: cursors kept from earlier looks, which the journal must still hold. Throws TypeError for what is none. */
  constructor(noted: readonly string[] = []) {
    for (const cursor of noted) this.note(cursor);
  }

  /** One more cursor that the journal must hold, such as its head. */
  note(cursor: string): void {
    const seq = seqIn(cursor);
    if (seq === null) throw new TypeError(`${JSON.stringify(cursor)} is no event cursor`);
    if (seq > 0) this.noted.set(seq, cursor);
  }

  /** Null where the entry fits behind the one before. */
  accept(entry: JournalEntry): ChainFault | null {
    const seq = this.verified + 1;
    const says = this.complaintAbout(entry, seq);
    if (says) return { seq, says };
    this.verified = seq;
    this.hash = entry.hash;
    return null;
  }

  /** After the last entry: whether any cursor was not reached, so that the end of the journal is missing. */
  finish(): ChainFault | null {
    const furthest = Math.max(0, ...this.noted.keys());
    if (furthest <= this.verified) return null;
    return {
      seq: this.verified + 1,
      says: `it is missing: the journal ends here, but was at ${furthest} before`,
    };
  }

  private complaintAbout(entry: JournalEntry, seq: number): string | null {
    if (entry.seq !== seq) {
      return entry.seq > seq
        ? `it is missing: entry ${entry.seq} comes next`
        : `entry ${entry.seq} comes again`;
    }
    if (entry.prevHash !== this.hash) return "its prevHash is not the hash of the entry before";
    if (sha256(entry.prevHash, entry.header, entry.body) !== entry.hash) {
      return "its hash does not match its header and body";
    }
    if (entry.cursor !== cursorOf(seq, entry.hash)) return "its cursor does not match its hash";
    const noted = this.noted.get(seq);
    if (noted && noted !== entry.cursor) {
      return `it is another entry than the one noted as ${noted}: the journal was rewritten`;
    }
    try {
      return complaintAboutHeader(entry) ?? complaintAboutTexts(entry) ?? this.complaintAboutOrder(entry);
    } catch {
      return "its header or body is not of the expected form";
    }
  }

  private complaintAboutOrder({ seq, groupSeq, header }: JournalEntry): string | null {
    if (groupSeq !== seq && groupSeq !== this.groupSeq) return "its group is not the one before, nor its own";
    const recordedAt = Number((JSON.parse(header) as { recordedAt: string }).recordedAt);
    if (recordedAt < this.recordedAt) return "it is recorded before the entry before it";
    this.groupSeq = groupSeq;
    this.recordedAt = recordedAt;
    return null;
  }
}

const numberIn = (id: string) => Number(/_(\d+)$/.exec(id)?.[1]);
const instantIn = (text: string) => String(new Date(text).getTime());

/** What is shown must be what was hashed. */
function complaintAboutHeader(entry: JournalEntry): string | null {
  const header = JSON.parse(entry.header) as Record<string, unknown>;
  const shown: Record<string, unknown> = {
    actorId: numberIn(entry.actor.id),
    groupSeq: String(entry.groupSeq),
    isImported: entry.isImported,
    occurredAt: instantIn(entry.occurredAt),
    recordedAt: instantIn(entry.recordedAt),
    schemaVersion: entry.schemaVersion,
    seq: String(entry.seq),
    type: entry.type,
    ...(entry.subject ? { subjectId: numberIn(entry.subject.id) } : {}),
  };
  const wrong = Object.keys(shown).find((field) => header[field] !== shown[field]);
  return wrong ? `${wrong} is shown as ${JSON.stringify(shown[wrong])}, but another was hashed` : null;
}

/** Free texts are hashed with a salt, each for itself: an erased one may be absent, but none may differ. */
function complaintAboutTexts({ header, body, payload, texts, attributedTo }: JournalEntry): string | null {
  const hashed = JSON.parse(body) as Record<string, { textHash?: string } | undefined>;
  const author = (JSON.parse(header) as { attributedTo: string | null }).attributedTo;
  const shown: Record<string, unknown> = { ...hashed };
  for (const [field, value] of Object.entries(hashed)) {
    if (value && typeof value === "object" && Object.keys(value).join() === "textHash") shown[field] = null;
  }
  for (const { field, salt, text } of texts) {
    const expected = field === "attributedTo" ? author : hashed[field]?.textHash;
    if (sha256(salt, text) !== expected) return `its text ${field} is not the one that was hashed`;
    if (field !== "attributedTo") shown[field] = text;
  }
  const wrong = Object.keys({ ...shown, ...payload }).find((field) => !isSame(shown[field], payload[field]));
  if (wrong !== undefined) return `its payload shows another ${wrong} than was hashed`;
  const claimed = texts.find(({ field }) => field === "attributedTo")?.text ?? null;
  return attributedTo === claimed ? null : "attributedTo is shown as another than was hashed";
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  const at = (value: object, key: string) => (value as Record<string, unknown>)[key];
  return (
    keys.length === Object.keys(b).length && keys.every((key) => key in b && isSame(at(a, key), at(b, key)))
  );
}
