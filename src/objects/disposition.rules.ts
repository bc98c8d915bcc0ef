import { create } from "content-disposition";

/** A Content-Disposition (RFC 6266) by which a browser saves a file, under the last part of this name. */
export function attachment(fileName: string): string {
  const name = fileName.split(/[/\\]/).at(-1)!;
  return create(name.replace(/\p{Cc}/gu, "_"));
}
