import { invalid } from "./errors.ts";

const unknownType = "application/octet-stream";

/** A media type (RFC 9110) in small letters; what nothing is told of is bytes. Throws INVALID that names the field. */
export function mediaTypeOf(field: string, came: string | null | undefined): string {
  if (came == null || came === "") return unknownType;
  if (came.length <= 255 && /^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w.+-]+)*$/.test(came))
    return came.toLowerCase();
  throw invalid(field, "a media type such as application/json, at most 255 characters", came);
}
