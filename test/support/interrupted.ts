import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Asking, type Sender, type SentFile, sha256Of } from "./uploads.ts";

// What those share who break an upload off: what is sent, what was acknowledged, and what must be true in the end.

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its question
type Answer = any;

/** A refusal or a trouble that a server has told. */
export class Told extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
  }
}

/** Asks a server that may be gone at any moment. Throws Told, or what `fetch` throws where nobody answers. */
export function askerAt(url: string, token: string): Asking {
  return {
    async ask(query, variables) {
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as Answer;
      if (errors) throw new Told(errors[0].extensions.code, errors[0].message);
      return data;
    },
  };
}

const mebibyte = 1024 ** 2;
const largeBytes = Buffer.alloc(33 * mebibyte, randomBytes(4_099));

/** A file in three parts, a small one and an empty one, which nobody else has. */
export function threeFiles(): SentFile[] {
  const large = Buffer.from(largeBytes);
  for (let at = 0; at < large.length; at += 16 * mebibyte) randomBytes(16).copy(large, at);
  return [
    { path: "model/weights.bin", bytes: large, role: "WEIGHTS" },
    { path: "config.json", bytes: Buffer.from(JSON.stringify({ own: randomBytes(8).toString("hex") })) },
    { path: "empty", bytes: Buffer.alloc(0) },
  ];
}

/** One body that is to be sent. */
export interface Piece {
  /** Such as `model/weights.bin 2`. */
  name: string;
  url: string;
  headers: { name: string; value: string }[];
  body: Buffer;
}

/** What is missing of an upload, in order. */
export function piecesOf(upload: Answer, files: readonly SentFile[]): Piece[] {
  return upload.files.flatMap((told: Answer) => {
    const { bytes } = files.find(({ path }) => path === told.path)!;
    if (told.url) return [{ name: `${told.path} 1`, url: told.url, headers: told.headers, body: bytes }];
    return told.parts.map((part: Answer) => ({
      ...{ name: `${told.path} ${part.number}`, url: part.url, headers: part.headers },
      body: bytes.subarray(part.offsetBytes, part.offsetBytes + part.sizeBytes),
    }));
  });
}

/** What a sender knows of what it has sent. */
export class Sent {
  private readonly begun: string[] = [];
  private readonly acknowledged = new Set<string>();
  /** Pieces that were sent again though the server had acknowledged them. */
  readonly needless: string[] = [];

  /** Sends one piece. Throws Told where it is refused. */
  async send({ name, url, headers, body }: Piece): Promise<void> {
    this.begin(name);
    const response = await fetch(url, {
      method: "PUT",
      headers: headers.map(({ name, value }) => [name, value] as [string, string]),
      body: new Uint8Array(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Told(JSON.parse(text).errors[0].extensions.code, text);
    this.acknowledge(name);
  }

  begin(name: string): void {
    if (this.acknowledged.has(name)) this.needless.push(name);
    this.begun.push(name);
  }

  acknowledge(name: string): void {
    this.acknowledged.add(name);
  }

  /** How many pieces were sent more than once. */
  get again(): number {
    return this.begun.length - new Set(this.begun).size;
  }
}

/** One way from the announcement to the seal; goes on where another try has stopped. Answers the last upload told. */
export async function push(sender: Sender, version: string, files: SentFile[], sent: Sent): Promise<Answer> {
  const { upload, userErrors } = await sender.create(version, files);
  if (userErrors.length > 0) throw new Told(userErrors[0].code, userErrors[0].message);
  for (const piece of piecesOf(upload, files)) await sent.send(piece);
  const done = await sender.complete(upload.id);
  if (done.userErrors.length > 0) throw new Told(done.userErrors[0].code, done.userErrors[0].message);
  return done.upload;
}

const facts = `status digest bundle { digest files { path sizeBytes sha256 downloadUrl } } artifacts { path }
  history(first: 50) { nodes { type } }`;

async function read({ ask }: Asking, version: string): Promise<Answer> {
  return (await ask(`query ($ref: VersionRef!) { modelVersion(ref: $ref) { ${facts} } }`, { ref: version }))
    .modelVersion;
}

/** Whether all of it is recorded, or nothing; throws where it is something between. */
export async function isRecorded(ask: Asking, version: string, files: readonly SentFile[]): Promise<boolean> {
  const { status, digest, artifacts, history } = await read(ask, version);
  const seals = history.nodes.filter(({ type }: Answer) => type === "bundle.sealed").length;
  const found = [status === "READY" && digest !== null, artifacts.length, seals];
  const isWhole = String(found) === String([true, files.length, 1]);
  if (!isWhole && String(found) !== String([false, 0, 0])) throw new Error(`half recorded: ${found}`);
  return isWhole;
}

/** What is wrong with a version that was sent: nothing, one hopes. */
export async function wrongIn(ask: Asking, version: string, files: readonly SentFile[]): Promise<string[]> {
  const wrong: string[] = [];
  const must = (isSo: boolean, what: string) => void (isSo || wrong.push(what));
  const { status, digest, bundle, history } = await read(ask, version);
  const announced = files.map(({ path, bytes }) => [path, sha256Of(bytes)]).toSorted();
  must(status === "READY", `status ${status}`);
  must(digest === sha256Of(JSON.stringify(announced)), `digest ${digest}`);
  must(bundle?.digest === digest, "the digest of its bundle");
  must(
    String(bundle?.files.map(({ path, sha256 }: Answer) => [path, sha256])) === String(announced),
    "its files",
  );
  for (const { path, downloadUrl } of bundle?.files ?? []) {
    const response = await fetch(downloadUrl);
    const bytes = Buffer.from(await response.arrayBuffer());
    must(files.find((file) => file.path === path)!.bytes.equals(bytes), `bytes of ${path}`);
  }
  const events = history.nodes.map(({ type }: Answer) => type).join();
  must(events === "version.registered,upload.opened,bundle.sealed", `events ${events}`);
  return wrong;
}

/** Names of what lies in a folder of objects: whole objects by their keys, and what else there is. */
export async function lyingIn(
  folder: string,
): Promise<{ keys: string[]; arriving: string[]; incoming: string[] }> {
  const namesIn = (name: string) => readdir(join(folder, name));
  const all = await readdir(join(folder, "objects"), { recursive: true, withFileTypes: true });
  const keys = all
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(folder, "objects").length + 1))
    .filter((path) => /^[^_]*-[0-9a-f]{16}(_parts)?$/.test(path))
    .map((path) => path.replace(/_parts$/, ""));
  return { keys: keys.toSorted(), arriving: await namesIn("arriving"), incoming: await namesIn("incoming") };
}
