import { type BoundedBytes, HeaderError, LimitError } from "./bounded-bytes.ts";
import { ByteCursor } from "./byte-cursor.ts";
import type { FactsDraft } from "./facts-draft.ts";
import { isWrapper, skipArray } from "./joblib-arrays.ts";
import { isAllowedGlobal, isPowerfulGlobal } from "./pickle-globals.rules.ts";
import { PickleMachine, type PickleWatch } from "./pickle-machine.ts";
import { nextOpcode, type Opcode } from "./pickle-opcodes.ts";
import type { PickleGlobal, PickleValue } from "./pickle-values.ts";
import { torchTensorOf } from "./torch-tensors.ts";

const mostPickles = 64;
/** What torch wrote before 1.6: a magic number, a protocol, the system, the object, the keys; then raw tensors. */
const torchMagic = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
const picklesOfTorch = 5;

export interface PickleReading {
  /** Names of the format around it, besides those on the list. */
  alsoAllows?: (global: PickleGlobal) => boolean;
  /** Shown each opcode. */
  visit?: (opcode: Opcode) => void;
}

const deaf: PickleWatch = { named: () => {}, called: () => {}, strange: () => {}, stored: () => {} };

/** Lists what a file of pickles would do. The outcome is at best that nothing suspect was met. */
export async function readPickle(
  bytes: BoundedBytes,
  draft: FactsDraft,
  reading: PickleReading = {},
): Promise<void> {
  draft.content = "CODE";
  draft.doubt(null);
  const isTorch = (await bytes.first(torchMagic.length)).equals(torchMagic);
  if (isTorch) draft.format = "torch";
  const log = new PickleLog(draft, reading);
  const cursor = new ByteCursor(bytes);
  try {
    for (let pickle = 0; pickle === 0 || cursor.left > 0; pickle++) {
      if (isTorch && pickle === picklesOfTorch) break;
      if (pickle === mostPickles) throw new LimitError(`more than ${mostPickles} pickles`);
      await listOne(cursor, log, reading);
    }
    if (log.hasArrays) await listWithoutJoblib(bytes, draft);
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error;
    // Python runs what stands before a broken opcode, so it matters no less.
    if (error instanceof LimitError) draft.suspect(`pickle not listed to its end: ${error.message}`);
    else draft.suspect(`broken pickle: ${error.message}`);
  }
  if (log.hasArrays && draft.format === "pickle") draft.format = "joblib";
  log.tell();
}

/**
 * To Python's own reader the bytes of arrays are opcodes. Those of an honest array end it, or name by chance what nobody
 * has; so only names that everybody has are findings.
 */
async function listWithoutJoblib(bytes: BoundedBytes, draft: FactsDraft): Promise<void> {
  const named = (global: PickleGlobal | null, at: number) => {
    if (global && isPowerfulGlobal(global.module, global.name))
      draft.suspect(`global ${global.path} at byte ${at}, to readers other than joblib`);
  };
  const machine = new PickleMachine({ ...deaf, named });
  const cursor = new ByteCursor(bytes);
  try {
    while (!machine.apply(await nextOpcode(cursor)));
  } catch (error) {
    if (!(error instanceof HeaderError) || error instanceof LimitError) throw error;
  }
}

/** What Python would do if it took these bytes for a pickle, whatever else they are; null where it would do nothing. */
export async function callsWhenUnpickled(bytes: BoundedBytes): Promise<string | null> {
  let called: PickleGlobal | null = null;
  const watch: PickleWatch = {
    ...deaf,
    called: (global) => {
      called ??= global;
    },
  };
  const cursor = new ByteCursor(bytes);
  const machine = new PickleMachine(watch);
  let opcodes = 0;
  try {
    for (let ends = false; called === null && !ends; opcodes++) {
      const opcode = await nextOpcode(cursor);
      // Only readers that were told how take what is kept outside. A zip begins like that.
      ends = opcode.name.endsWith("PERSID") || machine.apply(opcode);
    }
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error;
    // No other file goes on like a pickle for long.
    if (error instanceof LimitError && opcodes > 1_000) return "is not listed to its end";
  }
  return called && `calls ${(called as PickleGlobal).path}`;
}

async function listOne(cursor: ByteCursor, log: PickleLog, reading: PickleReading): Promise<void> {
  // Arrays of objects of joblib are pickles within a pickle.
  const machines = [new PickleMachine(log)];
  while (machines.length > 0) {
    const next = nextOpcode(cursor);
    const opcode = next instanceof Promise ? await next : next;
    reading.visit?.(opcode);
    const machine = machines.at(-1)!;
    if (machine.apply(opcode)) machines.pop();
    else if (opcode.name === "BUILD" && machines.length === 1 && isWrapper(machine.top)) {
      log.hasArrays = true;
      // It reads the inner pickle by Python's own reader, which knows no arrays.
      if ((await skipArray(cursor, machine.top)) === "OBJECTS") machines.push(new PickleMachine(log));
      machine.forgetTop();
    }
  }
}

class PickleLog implements PickleWatch {
  hasArrays = false;
  private readonly globals = new Set<string>();
  private readonly suspects = new Set<string>();
  private calls = 0;

  constructor(
    private readonly draft: FactsDraft,
    private readonly reading: PickleReading,
  ) {}

  named(global: PickleGlobal | null, at: number): void {
    if (global === null) {
      this.draft.suspect(`a global of a computed name at byte ${at}`);
      return;
    }
    const { path } = global;
    if (this.globals.size < 10_000) this.globals.add(path);
    if (isAllowedGlobal(global.module, global.name) || this.reading.alsoAllows?.(global)) return;
    if (this.suspects.has(path) || this.suspects.size > 200) return;
    this.suspects.add(path);
    this.draft.suspect(`global ${path} at byte ${at}`);
  }

  called(global: PickleGlobal | null, at: number): void {
    this.calls++;
    if (global === null) this.draft.suspect(`a call of something computed at byte ${at}`);
  }

  strange(what: string, at: number): void {
    this.draft.suspect(`${what} at byte ${at}`);
  }

  stored(name: string, value: PickleValue): void {
    const tensor = torchTensorOf(value);
    if (tensor) this.draft.tensor(name, tensor.dtype, tensor.shape);
  }

  tell(): void {
    this.draft.count("globals", this.globals.size);
    this.draft.count("calls", this.calls);
  }
}
