import { describe, expect, it } from "vitest";
import {
  type ChainFault,
  ChainVerifier,
  cursorOf,
  type JournalEntry,
} from "../../src/client/verify-chain.ts";
import { genesisHash, hashOf, headerOf, textHash } from "../../src/journal/chain.ts";
import { formatCursor } from "../../src/journal/cursor.ts";
import { canonical } from "../../src/kernel/canonical.ts";

const length = 1_000;
const salt = "0123456789abcdef0123456789abcdef";

/** What the server would store and tell of one event, hashed behind the one before. */
function entry(seq: number, prevHash: string, reason = `reason ${seq}`): JournalEntry {
  const author = seq % 5 === 0 ? "someone else" : null;
  const recordedAt = 1_700_000_000_000 + seq * 10;
  const fields = {
    seq,
    groupSeq: seq % 3 === 0 ? seq - 1 : seq,
    type: seq % 2 === 0 ? "stage.changed" : "model.created",
    schemaVersion: 1,
    recordedAt,
    occurredAt: recordedAt - (seq % 5 === 0 ? 86_400_000 : 0),
    actorId: 1 + (seq % 2),
    attributedToHash: author && textHash(salt, author),
    subjectId: 100 + seq,
    isImported: seq % 5 === 0,
  };
  const body = canonical({
    name: `model-${seq}`,
    list: [seq, { deep: null }],
    reason: { textHash: textHash(salt, reason) },
  });
  const header = headerOf(fields);
  const hash = hashOf(prevHash, header, body);
  const texts = [
    { field: "reason", salt, text: reason },
    ...(author ? [{ field: "attributedTo", salt, text: author }] : []),
  ];
  return {
    ...fields,
    cursor: formatCursor({ seq, hash }),
    recordedAt: new Date(fields.recordedAt).toISOString(),
    occurredAt: new Date(fields.occurredAt).toISOString(),
    actor: { id: `act_${fields.actorId}` },
    subject: { id: `mdl_${fields.subjectId}` },
    attributedTo: author,
    payload: { name: `model-${seq}`, list: [seq, { deep: null }], reason },
    texts,
    header,
    body,
    prevHash,
    hash,
  };
}

function journal(count = length): JournalEntry[] {
  const entries: JournalEntry[] = [];
  for (let seq = 1; seq <= count; seq++) entries.push(entry(seq, entries.at(-1)?.hash ?? genesisHash));
  return entries;
}

const whole = journal();
const head = whole.at(-1)!.cursor;

function faultIn(entries: readonly JournalEntry[], noted: readonly string[] = [head]): ChainFault | null {
  const chain = new ChainVerifier(noted);
  for (const one of entries) {
    const fault = chain.accept(one);
    if (fault) return fault;
  }
  return chain.finish();
}

/** A verifier that has taken every entry before each index: so that all of a long journal's entries can be tried. */
const before: ChainVerifier[] = [];
const walking = new ChainVerifier([head]);
for (const one of whole) {
  before.push(Object.assign(Object.create(ChainVerifier.prototype), walking));
  walking.accept(one);
}

/** The first fault where the journal goes on from `index` with these entries, and then with the rest of itself. */
function faultFrom(index: number, replaced: number, ...by: JournalEntry[]): ChainFault | null {
  const chain: ChainVerifier = Object.assign(Object.create(ChainVerifier.prototype), before[index]);
  for (const one of [...by, ...whole.slice(index + replaced, index + replaced + 2)]) {
    const fault = chain.accept(one);
    if (fault) return fault;
  }
  return chain.finish();
}

const flipped = (hex: string) => (hex.startsWith("0") ? "1" : "0") + hex.slice(1);

/** Ways to falsify one entry of a journal, each with where it must be noticed. */
const falsified: Record<string, (entry: JournalEntry) => Partial<JournalEntry>> = {
  "a byte of the body": ({ body }) => ({ body: body.replace("model", "Model") }),
  "a byte of the header": ({ header }) => ({
    header: header.replace("model", "Model").replace("stage", "Stage"),
  }),
  "the hash": ({ hash }) => ({ hash: flipped(hash) }),
  "the hash before": ({ prevHash }) => ({ prevHash: flipped(prevHash) }),
  "the cursor": ({ seq, hash }) => ({ cursor: cursorOf(seq, flipped(hash)) }),
  "the type shown": () => ({ type: "stage.kept" }),
  "the actor shown": () => ({ actor: { id: "act_9" } }),
  "the subject shown": () => ({ subject: { id: "mdl_9" } }),
  "the group shown": ({ groupSeq }) => ({ groupSeq: groupSeq + 1 }),
  "the time shown": ({ recordedAt }) => ({ recordedAt: recordedAt.replace("2023", "2022") }),
  "the time it happened": ({ occurredAt }) => ({ occurredAt: occurredAt.replace("2023", "2022") }),
  "whether it was imported": ({ isImported }) => ({ isImported: !isImported }),
  "the schema version shown": () => ({ schemaVersion: 2 }),
  "who is claimed as author": () => ({ attributedTo: "me" }),
  "a text": ({ texts, payload }) => ({
    texts: texts.map((text) => (text.field === "reason" ? { ...text, text: "another" } : text)),
    payload: { ...payload, reason: "another" },
  }),
  "a text of the payload only": ({ payload }) => ({ payload: { ...payload, reason: "another" } }),
  "a value of the payload": ({ payload }) => ({ payload: { ...payload, name: "another" } }),
  "a value deep in the payload": ({ payload, seq }) => ({
    payload: { ...payload, list: [seq, { deep: 1 }] },
  }),
  "a payload with more in it": ({ payload }) => ({ payload: { ...payload, more: true } }),
  "a payload with less in it": ({ payload: { list, reason } }) => ({ payload: { list, reason } }),
};

describe("the chain verifier", () => {
  it("takes a whole journal, an empty one, and one that grew since its head was asked for", () => {
    expect(faultIn(whole)).toBeNull();
    expect(faultIn([], [cursorOf(0, genesisHash)])).toBeNull();
    expect(faultIn(whole, [whole[149]!.cursor, "start"])).toBeNull();
  });

  it("takes an erased text for erased, and tells nothing of it", () => {
    const erased = whole.map((one) => ({
      ...one,
      texts: [],
      attributedTo: null,
      payload: { ...one.payload, reason: null },
    }));
    expect(faultIn(erased)).toBeNull();
  });

  it.each(Object.entries(falsified))(`names each of ${length} entries where %s is falsified`, (_, change) => {
    for (const [index, one] of whole.entries()) {
      const fault = faultFrom(index, 1, { ...one, ...change(one) });
      expect(fault?.seq, JSON.stringify(fault)).toBe(one.seq);
    }
  });

  it("names each entry that is taken out, comes twice or changes places", () => {
    for (const [index, one] of whole.entries()) {
      expect(faultFrom(index, 1)?.seq).toBe(one.seq);
      expect(faultFrom(index, 1, one, one)?.seq).toBe(one.seq + 1);
      const next = whole[index + 1];
      if (next) expect(faultFrom(index, 2, next, one)?.seq).toBe(one.seq);
    }
  });

  it("names the first missing entry of a journal cut off anywhere", () => {
    for (let kept = 0; kept < length; kept++) {
      expect(before[kept]!.finish()).toEqual({
        seq: kept + 1,
        says: `it is missing: the journal ends here, but was at ${length} before`,
      });
    }
  });

  it("names the entry behind one that was replaced by another with a right hash of its own", () => {
    for (const [index, one] of whole.entries()) {
      const forked = entry(one.seq, one.prevHash, "another reason");
      // The last one has nobody behind it: only a cursor noted before gives it away.
      expect(faultFrom(index, 1, forked)?.seq).toBe(Math.min(one.seq + 1, length));
    }
  });

  it("names the noted entry where everything since was written anew, and nothing where none was noted", () => {
    const rewritten = whole.slice(0, 100);
    for (let seq = 101; seq <= length; seq++) {
      rewritten.push(entry(seq, rewritten.at(-1)!.hash, seq === 101 ? "another reason" : undefined));
    }
    expect(faultIn(rewritten, [])).toBeNull();
    expect(faultIn(rewritten)).toMatchObject({ seq: length, says: expect.stringContaining("rewritten") });
    expect(faultIn(rewritten, [whole[99]!.cursor, whole[100]!.cursor])?.seq).toBe(101);
  });

  it("names an entry that claims to be older than the one before, or of a group that is over", () => {
    const entries = journal(3);
    const forge = (header: object) => {
      const last = entries[2]!;
      const text = canonical({ ...JSON.parse(last.header), ...header });
      const hash = hashOf(last.prevHash, text, last.body);
      return { ...last, header: text, hash, cursor: cursorOf(3, hash) };
    };
    const older = { ...forge({ recordedAt: "0" }), recordedAt: new Date(0).toISOString() };
    expect(faultIn(entries.with(2, older), [])).toEqual({
      seq: 3,
      says: "it is recorded before the entry before it",
    });
    const astray = { ...forge({ groupSeq: "1" }), groupSeq: 1 };
    expect(faultIn(entries.with(2, astray), [])?.seq).toBe(3);
    const garbled = { ...forge({}), header: "no JSON" };
    expect(
      faultIn(entries.with(2, { ...garbled, hash: hashOf(garbled.prevHash, "no JSON", garbled.body) }), [])
        ?.seq,
    ).toBe(3);
  });

  it("refuses what is no cursor", () => {
    expect(() => new ChainVerifier(["nonsense"])).toThrow(TypeError);
  });
});
