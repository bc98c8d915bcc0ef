import { setImmediate as othersTurn } from "node:timers/promises";
import { HeaderError } from "./bounded-bytes.ts";

const deepest = 64;
/** Texts longer than this are cut: what is looked for in such a header is shorter. */
const longestTextBytes = 4_096;
const stepsATurn = 5_000;

export type JsonStep = "OBJECT" | "LIST" | "CLOSE" | "VALUE" | "END";

const [quote, comma, colon, backslash] = [0x22, 0x2c, 0x3a, 0x5c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const plainValue = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

/**
 * JSON, step by step, so that large texts hold up nobody and a key given twice is seen, which a parser hides.
 * Throws HeaderError for what is no JSON or nested deeper than 64 levels.
 */
export class JsonWalk {
  /** Name of what was met last, where it is in an object. */
  key: string | null = null;
  value: string | number | boolean | null = null;
  private readonly inObject: boolean[] = [];
  private at = 0;
  private hasBegun = false;
  /** Whether something stands before this in the list or object. */
  private isBehind = false;
  private steps = 0;

  constructor(private readonly bytes: Buffer) {}

  /** How many objects and lists are open. */
  get depth(): number {
    return this.inObject.length;
  }

  /** Whether it is time to wait for `breathe`. */
  get isLong(): boolean {
    return this.steps >= stepsATurn;
  }

  async breathe(): Promise<void> {
    this.steps = 0;
    await othersTurn();
  }

  next(): JsonStep {
    this.steps++;
    const byte = this.peek();
    if (this.depth === 0 && this.hasBegun) {
      if (byte !== undefined) throw this.broken();
      return "END";
    }
    if (this.depth > 0 && byte === (this.inObject.at(-1) ? closeObject : closeList)) return this.close();
    if (this.isBehind) this.expect(comma);
    this.key = null;
    if (this.inObject.at(-1)) {
      if (this.peek() !== quote) throw this.broken();
      this.key = this.text();
      this.expect(colon);
    }
    this.hasBegun = true;
    return this.begin();
  }

  /** Goes behind the object or list that was just opened. */
  async leave(): Promise<void> {
    for (const outside = this.depth - 1; this.depth > outside; ) {
      this.next();
      if (this.isLong) await this.breathe();
    }
  }

  private begin(): JsonStep {
    const byte = this.peek();
    if (byte === openObject || byte === openList) {
      if (this.depth === deepest) throw new HeaderError(`JSON nested deeper than ${deepest} levels`);
      this.at++;
      this.inObject.push(byte === openObject);
      this.isBehind = false;
      return byte === openObject ? "OBJECT" : "LIST";
    }
    this.isBehind = true;
    this.value = byte === quote ? this.text() : this.plain();
    return "VALUE";
  }

  private close(): JsonStep {
    this.at++;
    this.inObject.pop();
    this.isBehind = true;
    return "CLOSE";
  }

  private plain(): number | boolean | null {
    const text = this.bytes.toString("latin1", this.at, this.at + 64);
    plainValue.lastIndex = 0;
    const [found] = plainValue.exec(text) ?? [];
    if (found === undefined) throw this.broken();
    this.at += found.length;
    return JSON.parse(found) as number | boolean | null;
  }

  private text(): string {
    const begin = this.at;
    let end = begin + 1;
    let isPlain = true;
    while (end < this.bytes.length && this.bytes[end] !== quote) {
      if (this.bytes[end]! < 0x20) throw this.broken();
      if (this.bytes[end] === backslash) isPlain = false;
      end += this.bytes[end] === backslash ? 2 : 1;
    }
    if (end >= this.bytes.length) throw this.broken();
    this.at = end + 1;
    if (end - begin > longestTextBytes)
      return this.bytes.toString("utf8", begin + 1, begin + 1 + longestTextBytes);
    if (isPlain) return this.bytes.toString("utf8", begin + 1, end);
    try {
      return JSON.parse(this.bytes.toString("utf8", begin, end + 1)) as string;
    } catch {
      throw this.broken();
    }
  }

  private expect(byte: number): void {
    if (this.peek() !== byte) throw this.broken();
    this.at++;
  }

  /** The next byte that is no space. */
  private peek(): number | undefined {
    while (this.at < this.bytes.length && isSpace(this.bytes[this.at]!)) this.at++;
    return this.bytes[this.at];
  }

  private broken(): HeaderError {
    return new HeaderError(`no JSON at byte ${this.at}`);
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
