import { guessRole } from "../formats/role.rules.ts";
import { canonical, sha256 } from "../kernel/canonical.ts";
import { invalid, overLimit } from "../kernel/errors.ts";
import { mediaTypeOf } from "../kernel/media-type.ts";
import { textOf } from "../kernel/names.ts";
import { filePathOf, inOrderOfPaths, mustFitInOneFolder } from "../kernel/paths.ts";
import { largestObjectBytes } from "../objects/parts.rules.ts";
import { ArtifactRole } from "./artifact.entity.ts";
import type { UploadFileInput } from "./upload.inputs.ts";

export const mostFiles = 10_000;
const longestUri = 2_000;

/** A file as it is announced: checked, with nothing left open. */
export interface AnnouncedFile {
  path: string;
  role: ArtifactRole;
  isRoleGuessed: boolean;
  sizeBytes: number;
  /** 64 hex digits in small letters. */
  sha256: string;
  contentType: string;
  /** Where it is, if elsewhere. */
  uri: string | null;
}

/** Throws INVALID that names the field, LIMIT for too many, CONFLICT for paths that cannot be in one folder. */
export function announcedFilesOf(files: readonly UploadFileInput[]): AnnouncedFile[] {
  if (files.length === 0) throw invalid("files", `1–${mostFiles} files`, files);
  if (files.length > mostFiles) throw overLimit(`files: at most ${mostFiles}; got ${files.length}`, "files");
  const announced = inOrderOfPaths(files.map((file, at) => announcedFileOf(file, `files.${at}`)));
  mustFitInOneFolder(announced.map(({ path }) => path));
  return announced;
}

function announcedFileOf(file: UploadFileInput, field: string): AnnouncedFile {
  const { sizeBytes } = file;
  const path = filePathOf(`${field}.path`, file.path);
  if (!(sizeBytes >= 0 && sizeBytes <= largestObjectBytes)) {
    throw invalid(`${field}.sizeBytes`, `0–${largestObjectBytes} bytes`, sizeBytes);
  }
  return {
    path,
    role: file.role ?? ArtifactRole[guessRole(path)],
    isRoleGuessed: file.role == null,
    sizeBytes,
    sha256: sha256Of(`${field}.sha256`, file.sha256),
    contentType: mediaTypeOf(`${field}.contentType`, file.contentType),
    uri: file.uri == null ? null : uriOf(`${field}.uri`, file.uri),
  };
}

function sha256Of(field: string, came: string): string {
  const digest = came.replace(/^sha256:/, "").toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digest)) throw invalid(field, "64 hex digits", came);
  return digest;
}

const schemes = [
  "s3",
  "gs",
  "azure",
  "az",
  "abfs",
  "abfss",
  "wasb",
  "wasbs",
  "https",
  "hdfs",
  "dbfs",
  "file",
];

/** Never opened: what matters is that people can read it and that it holds no password. */
function uriOf(field: string, came: string): string {
  const uri = textOf(field, came, longestUri);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(uri)?.[1];
  const isPath = scheme === undefined && /^\/[^\s]*$/.test(uri);
  const isKnown = scheme !== undefined && schemes.includes(scheme) && /^[\x21-\x7e]+$/.test(uri);
  if ((isPath || isKnown) && !/^[a-z0-9+.-]+:\/\/[^/]*@/.test(uri) && !uri.includes("?")) return uri;
  throw invalid(
    field,
    `a path or an address with ${schemes.join(", ")}, without a password and a query`,
    uri.replace(/[?].*$|\/\/[^/]*@/g, "…"),
  );
}

/** The same files, announced again, have the same digest: all that was said of them is in it. */
export function announcementDigestOf(files: readonly AnnouncedFile[], isEvidence: boolean): string {
  return sha256(canonical({ files, isEvidence }));
}
