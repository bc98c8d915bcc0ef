/** What a pickle puts together, as far as it must be known to tell which globals it names and what it calls. */
export type PickleValue =
  | string
  | number
  | readonly PickleValue[]
  | PickleGlobal
  | PickleCall
  | PickleDict
  | PersistentId
  | undefined;

/** A name that the reader of a pickle imports. */
export class PickleGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** What calling a global gave. */
export class PickleCall {
  state: PickleValue;

  constructor(
    readonly global: PickleGlobal,
    readonly args: readonly PickleValue[],
  ) {}
}

const mostEntries = 64;

/** A few entries under text keys. */
export class PickleDict {
  readonly entries = new Map<string, PickleValue>();
  /** False where not all that was put in is kept. */
  isWhole = true;

  set(key: PickleValue, value: PickleValue): void {
    const isKept = typeof key === "string" && (this.entries.size < mostEntries || this.entries.has(key));
    if (isKept) this.entries.set(key, value);
    else this.isWhole = false;
  }
}

/** Something kept outside the pickle. */
export class PersistentId {
  constructor(readonly id: PickleValue) {}
}

/** Longer tuples are of no interest. */
export const longestTuple = 16;

export function tupleOf(values: readonly PickleValue[]): PickleValue {
  return values.length <= longestTuple ? values : undefined;
}
