import type { Readable } from "node:stream";

/**
 * Bytes on their way into a store. `key` is fresh: it was never used before and never will be again, so what is
 * committed under it never changes. Keys are lower-case letters, digits and `/ . -`, at most 200 characters, no `..`;
 * none is another with more after a `/`.
 */
export interface Incoming {
  key: string;
  sizeBytes: number;
  /** Of all bytes, 64 hex digits, as the sender says. */
  sha256: string;
  contentType: string;
  /** What `open` answered. */
  ticket: string;
}

export interface SignedHeader {
  name: string;
  value: string;
}

/** A request that needs no other credentials. Whoever sends it must send these headers, just so. */
export interface SignedRequest {
  method: "GET" | "PUT";
  url: string;
  headers: SignedHeader[];
}

/** One part of an object; its bytes start at `(number - 1) * partBytes`, see parts.rules.ts. */
export interface SignedPart extends SignedRequest {
  /** From 1. */
  number: number;
  sizeBytes: number;
}

/** What is still to be sent. Neither where everything has arrived. */
export interface Transfer {
  /** The whole object in one request. */
  whole: SignedRequest | null;
  /** The parts that have not arrived, in order, at most `mostPartsAtOnce`; ask again for more. */
  parts: SignedPart[];
}

/** Bytes that nobody announced, on their way into a store in parts. */
export interface Arriving {
  /** Fresh. */
  key: string;
  /** What `begin` answered. */
  ticket: string;
}

export interface SentPart {
  /** From 1. */
  number: number;
  /** What the store answered to the sender's PUT; "" where it gave none, or nobody knows it. */
  etag: string;
}

export interface Download {
  expiresAt: number;
  /** What a browser calls the file it saves. */
  fileName: string;
  contentType: string;
}

export interface StoredObject {
  key: string;
  sizeBytes: number;
  /** Epoch ms. */
  storedAt: number;
}

/** Inclusive, as in HTTP. */
export interface ByteRange {
  start: number;
  end: number;
}

/** COLD is cheaper to keep and dearer to read; what it is called is a setting. Both are read at once. */
export type StorageClass = "STANDARD" | "COLD";

/** Why a store did not do what it was asked; the message is for people and names no path, bucket or credential. */
export type StoreTrouble = "MISSING" | "FULL" | "AWAY" | "LOCKED";

export class ObjectStoreError extends Error {
  override readonly name = "ObjectStoreError";

  constructor(
    readonly trouble: StoreTrouble,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Of a key that was to be fresh. */
export function keyIsTaken(): ObjectStoreError {
  return new ObjectStoreError("AWAY", "something is at this key already");
}

/** Parts of bytes that nobody announced, sent by signed requests; each but the last has at least `leastFreePartBytes`. */
export interface FreeParts {
  /** Prepares for an object; the ticket is kept with its key. A ticket that is never used costs little. */
  begin(key: string, contentType: string): Promise<string>;

  /** Signs the PUT of one part, of any size. `number`: 1 to `mostParts`; `expiresAt`: epoch ms. */
  sign(arriving: Arriving, number: number, expiresAt: number): Promise<SignedRequest>;

  /**
   * Makes these parts, in order of number, the object at its key; others that arrived are forgotten. Where it is at its key
   * already, nothing happens. MISSING where a part is not there, or is not as told.
   */
  commit(arriving: Arriving, parts: readonly SentPart[]): Promise<void>;

  /** Forgets what arrived and was not committed. */
  abort(arriving: Arriving): Promise<void>;
}

/**
 * Where bytes are. Most come and go by signed requests between the caller and the store. The server itself reads them to
 * hash them and to look at headers of files, and hands them on only where a caller cannot do with signed requests, as
 * clients of MLflow that follow no redirect; the local store is served by this server anyway.
 *
 * Promised: what is at a key after `commit` or `write` is durable, whole and never changes until `remove`; nobody but the server
 * can write to a committed key, whatever was signed before; a signed request does one thing to one key until it
 * expires; every call may be repeated after a crash; everything fails with ObjectStoreError. What is moved to another class
 * or locked stays the same bytes under the same key, read at any moment, and keeps its lock.
 *
 * Not promised: that the bytes are those that were announced (whoever commits must read and hash them); that a store
 * refuses a wrong body or size when it is sent; an order of `list`; that `list` tells of what was written a moment ago;
 * that a signed request stops working when its actor loses the right to it: it works until it expires; when a copy that
 * was made to change the class of an object is paid for no more.
 */
export interface ObjectStore {
  /** Which one it is, for people; never a credential. */
  readonly name: string;

  /** Prepares for an object of this size; the ticket is kept with it. A ticket that is never used costs little. */
  open(incoming: Omit<Incoming, "ticket">): Promise<string>;

  /**
   * Signs requests for what has not arrived yet. `expiresAt`: epoch ms. `isNew`: nothing was signed by this ticket before,
   * so nothing can have arrived, and the store need not look: a bundle has thousands of files.
   */
  transfer(incoming: Incoming, expiresAt: number, isNew?: boolean): Promise<Transfer>;

  /**
   * Makes what arrived the object at its key. MISSING where not everything is there. Where it is at its key already,
   * nothing happens.
   */
  commit(incoming: Incoming): Promise<void>;

  /** Forgets what arrived and was not committed. */
  abort(incoming: Incoming): Promise<void>;

  /**
   * Takes bytes whose size and digest nobody knows before they have come. Once it resolves they are at the key, and not
   * before. Where they break off or the store fails, it throws what failed: what was begun is forgotten or swept, and the
   * key never used. Only where nothing but the store's last answer was lost are they there all the same, named by nobody.
   * AWAY where something is at the key already. `bytes` is left open where the store fails.
   */
  write(key: string, bytes: Readable, contentType: string): Promise<void>;

  /** null where the store signs no such requests: bytes for the local one come by this server in any case. */
  readonly freeParts: FreeParts | null;

  /** null where nothing is at that key. */
  stat(key: string): Promise<StoredObject | null>;

  /** MISSING where nothing is there, by the promise or by the stream. */
  read(key: string, range?: ByteRange): Promise<Readable>;

  /** Nothing is asked of the store: the key may be gone. */
  signDownload(key: string, download: Download): Promise<SignedRequest>;

  /** Where nothing is there, nothing happens. LOCKED where a lock holds any of its bytes. */
  remove(key: string): Promise<void>;

  /** Whether settings name a class for what is cold. */
  readonly hasCold: boolean;

  /** Has the store keep what is at a key in this class. MISSING where nothing is there. Only where `hasCold`. */
  setClass(key: string, to: StorageClass): Promise<void>;

  /** Whether it can lock objects, so that nobody removes them, the server neither. Asked of the store now and then. */
  canLock(): Promise<boolean>;

  /** MISSING where nothing is there. Only where `canLock`. */
  setLock(key: string, isLocked: boolean): Promise<void>;

  /** Committed objects whose keys begin so. */
  list(prefix: string): AsyncIterable<StoredObject>;

  /** Removes what was begun before then (epoch ms) and neither committed nor aborted; how many. */
  sweep(begunBefore: number): Promise<number>;

  /**
   * The mark of the registry whose store it is, kept beside all objects: no key names it, no sweep takes it. Where there is
   * none, `ours` becomes it, and of several at once one; null where there is none and none is given.
   */
  mark(ours: string | null): Promise<string | null>;

  /** Whether it works: writes and removes a few bytes, or asks as much. */
  check(): Promise<void>;
}
