import type { FactsDraft } from "./facts-draft.ts";
import { trickOf } from "./path.rules.ts";
import { localBytes, type ZipDirectory, type ZipEntry } from "./zip-directory.ts";

/** Deflate reaches 1,032 times; what people pack does not come near. */
const honestRatio = 500;
const smallBytes = 10 * 1024 * 1024;

/** What unpacking an archive could do to whoever unpacks it, by its directory alone. */
export function judgeEntries({ entries, before }: ZipDirectory, draft: FactsDraft): void {
  if (before > 0) draft.suspect(`${before} bytes stand before the archive`);
  const names = new Set<string>();
  for (const entry of entries) {
    judgeEntry(entry, draft);
    if (names.has(entry.name)) draft.suspect(`entry "${entry.name}" twice`);
    names.add(entry.name);
  }
  judgePlaces(entries, draft);
}

function judgeEntry(entry: ZipEntry, draft: FactsDraft): void {
  const trick = trickOf(entry.name);
  if (trick !== null) draft.suspect(`entry "${entry.name}": ${trick}`);
  if (entry.isLink) draft.suspect(`entry "${entry.name}": a symbolic link`);
  if (entry.isEncrypted) draft.doubt(`entry "${entry.name}" is encrypted`);
  if (entry.sizeBytes > smallBytes && entry.sizeBytes > entry.packedBytes * honestRatio)
    draft.suspect(`entry "${entry.name}" unpacks ${entry.packedBytes} bytes to ${entry.sizeBytes}`);
}

/** Entries that share bytes make bombs of small files. */
function judgePlaces(entries: readonly ZipEntry[], draft: FactsDraft): void {
  const inOrder = entries.toSorted((one, other) => one.at - other.at);
  inOrder.forEach((entry, index) => {
    const next = inOrder[index + 1];
    if (next && entry.at + localBytes + entry.packedBytes > next.at)
      draft.suspect(`entries "${entry.name}" and "${next.name}" overlap`);
  });
}
