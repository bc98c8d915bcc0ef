// Which bytes a request wants: RFC 9110, sections 13 and 14, as far as a file that never changes needs them.

/** Inclusive. */
export interface Span {
  start: number;
  end: number;
}

/** "whole" also where several ranges are asked for, or none that can be read: a server may always answer all of it. */
export function spanOf(range: string | undefined, sizeBytes: number): Span | "whole" | "outside" {
  const [, first = "", last = ""] =
    /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range?.replaceAll(" ", "") ?? "") ?? [];
  if (first === "" && last === "") return "whole";
  if (first === "") {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? "outside" : { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return "whole";
  if (start >= sizeBytes) return "outside";
  return { start, end: last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

/** Whether an If-None-Match names this ETag; compared weakly, as it asks. */
export function names(ifNoneMatch: string | undefined, etag: string): boolean {
  const given = (ifNoneMatch ?? "").split(",").map((text) => text.trim().replace(/^W\//, ""));
  return given.includes(etag) || given.includes("*");
}
