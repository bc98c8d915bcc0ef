import { createHash, randomBytes } from "node:crypto";

/** Whom a sender asks: throws where there are top-level errors. */
export interface Asking {
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
}

/** A file as a sender has it. */
export interface SentFile {
  path: string;
  bytes: Buffer;
  role?: string;
  contentType?: string;
}

export const sha256Of = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

/** A file of bytes that nobody else has. */
export function fileOf(path: string, size = 100, more: Partial<SentFile> = {}): SentFile {
  return { path, bytes: randomBytes(size), ...more };
}

export function announced({ path, bytes, role, contentType }: SentFile) {
  return { path, role, contentType, sizeBytes: bytes.length, sha256: sha256Of(bytes) };
}

const transfer = `path role isRoleGuessed sizeBytes sha256 alreadyStored isMissing message method url
  headers { name value } parts { number offsetBytes sizeBytes url headers { name value } }`;
const versionFacts = "id number status statusMessage digest sealedAt revision evidenceDigest";
export const uploadFields = `id state isEvidence message expiresAt modelVersion { ${versionFacts} } files(first: 1000) { ${transfer} }`;
const payload = `{ upload { ${uploadFields} } modelVersion { ${versionFacts} } userErrors { code message path } }`;

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
type Answer = any;

/** What a sender of files does, step by step. */
export function senderOf(asker: Asking) {
  const mutate = async (mutation: string, type: string, input: object): Promise<Answer> => {
    const question = `mutation ($input: ${type}!) { done: ${mutation}(input: $input) ${payload} }`;
    return (await asker.ask(question, { input })).done;
  };
  const create = (version: string, files: readonly SentFile[], more: object = {}) =>
    mutate("createUpload", "CreateUploadInput", { version, files: files.map(announced), ...more });
  const announce = (version: string, files: readonly object[], more: object = {}) =>
    mutate("createUpload", "CreateUploadInput", { version, files, ...more });
  const complete = (upload: string, more: object = {}) =>
    mutate("completeUpload", "CompleteUploadInput", { upload, ...more });
  const abort = (upload: string) => mutate("abortUpload", "AbortUploadInput", { upload });
  return {
    create,
    announce,
    complete,
    abort,
    /** The whole way; throws where it is refused. */
    async push(version: string, files: readonly SentFile[], more: object = {}): Promise<Answer> {
      const { upload, userErrors } = await create(version, files, more);
      if (userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
      await sendAll(upload, files);
      const done = await complete(upload.id);
      if (done.userErrors.length > 0) throw new Error(JSON.stringify(done.userErrors));
      return done;
    },
    async upload(id: string): Promise<Answer> {
      const question = `query ($id: ID!) { upload(id: $id) { ${uploadFields} } }`;
      return (await asker.ask(question, { id })).upload;
    },
  };
}

export type Sender = ReturnType<typeof senderOf>;

interface Signed {
  url: string;
  headers: { name: string; value: string }[];
}

/** Sends a body as a signed request says; the status. */
export async function put({ url, headers }: Signed, body: Buffer): Promise<number> {
  const response = await fetch(url, {
    method: "PUT",
    headers: headers.map(({ name, value }) => [name, value] as [string, string]),
    body: new Uint8Array(body),
  });
  await response.arrayBuffer();
  return response.status;
}

/** Sends everything that an upload still misses. */
export async function sendAll(upload: Answer, files: readonly SentFile[]): Promise<void> {
  for (const told of upload.files) {
    const bytes = files.find(({ path }) => path === told.path)!.bytes;
    const requests = told.url
      ? [{ ...told, body: bytes }]
      : told.parts.map((part: Answer) => ({
          ...part,
          body: bytes.subarray(part.offsetBytes, part.offsetBytes + part.sizeBytes),
        }));
    for (const request of requests) {
      const status = await put(request, request.body);
      if (status >= 300) throw new Error(`${told.path}: the store answered ${status}`);
    }
  }
}
