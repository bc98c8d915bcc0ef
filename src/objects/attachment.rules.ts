import { create } from "content-disposition";

/** A Content-Disposition (RFC 6266) by which a browser saves under that name, in any script, and shows nothing. */
export function attachmentOf(fileName: string): string {
  // Stores hand it on as they got it, so what is not spelt in UTF-8 is plain ASCII.
  return create(fileName, { type: "attachment", fallback: fileName.replace(/[^\x20-\x7e]/g, "_") });
}
