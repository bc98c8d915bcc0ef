/** Objects up to this size are sent in one request. */
export const largestWholeBytes = 32 * 1024 * 1024;

/** S3's own bounds: 10,000 parts of at least 5 MiB each but for the last; 5 TiB in all. */
export const mostParts = 10_000;
export const largestObjectBytes = 5 * 1024 ** 4;
/** What S3 takes of a part that is not the last. */
export const leastFreePartBytes = 5 * 1024 ** 2;
const smallestPartBytes = 16 * 1024 * 1024;

/** How many parts are signed at once: their URLs must fit into one answer. */
export const mostPartsAtOnce = 1_000;

/** Size of each part but the last: a function of the whole alone, so that an upload goes on after any restart. */
export function partBytesOf(sizeBytes: number): number {
  const atLeast = Math.ceil(sizeBytes / mostParts);
  return Math.ceil(Math.max(atLeast, smallestPartBytes) / smallestPartBytes) * smallestPartBytes;
}

/** How an object is cut: one part of its whole size where it is sent in one request. */
export function partSizesOf(sizeBytes: number): number[] {
  if (sizeBytes <= largestWholeBytes) return [sizeBytes];
  const partBytes = partBytesOf(sizeBytes);
  const count = Math.ceil(sizeBytes / partBytes);
  return Array.from({ length: count }, (_, at) => Math.min(partBytes, sizeBytes - at * partBytes));
}
