import { HeaderError, LimitError } from "./bounded-bytes.ts";
import type { Opcode } from "./pickle-opcodes.ts";
import {
  PersistentId,
  PickleCall,
  PickleDict,
  PickleGlobal,
  type PickleValue,
  tupleOf,
} from "./pickle-values.ts";

const mostKept = 500_000; // on the stack, and in the memo
const newestProtocol = 5;

/** Who hears what a pickle would do. */
export interface PickleWatch {
  /** It imports this; null where the name is computed. */
  named(global: PickleGlobal | null, at: number): void;
  /** It calls this; null where that is computed, too. */
  called(global: PickleGlobal | null, at: number): void;
  /** It changes what it imported, or takes from a registry of the process. */
  strange(what: string, at: number): void;
  /** It puts this value under that name. */
  stored(name: string, value: PickleValue): void;
}

/**
 * Follows the stack of a pickle without doing anything it says. Where Python would fail, it throws HeaderError: what
 * stood before has been run by then.
 */
export class PickleMachine {
  private readonly stack: PickleValue[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();

  /** Place behind the frame, a piece that readers may read at once. */
  private frameEnd = 0;

  constructor(private readonly watch: PickleWatch) {}

  get top(): PickleValue {
    return this.stack.at(-1);
  }

  /** What joblib reads from outside the pickle stands where its wrapper stood. */
  forgetTop(): void {
    this.pop();
    this.push(undefined);
  }

  /** True when the pickle ends. */
  apply(opcode: Opcode): boolean {
    this.mustFitFrame(opcode);
    const { argument } = opcode;
    switch (opcode.name) {
      case "STOP":
        this.pop();
        return true;
      case "PROTO":
        if ((argument as number) > newestProtocol) throw new HeaderError(`protocol ${argument} of pickle`);
        break;
      case "FRAME":
        this.frameEnd = opcode.end + (argument as number);
        break;
      case "MARK":
        this.marks.push(this.stack.length);
        this.mustFit(this.marks.length);
        break;
      case "POP":
        if (this.marks.at(-1) === this.stack.length) this.marks.pop();
        else this.pop();
        break;
      case "POP_MARK":
        this.popToMark();
        break;
      case "DUP":
        this.push(this.mustHave());
        break;
      case "INT":
      case "BININT":
      case "BININT1":
      case "BININT2":
      case "LONG1":
      case "LONG4":
        this.push(numberOf(argument));
        break;
      case "SHORT_BINUNICODE":
      case "BINUNICODE":
      case "BINUNICODE8":
      case "SHORT_BINSTRING":
      case "BINSTRING":
        this.push(argument ?? undefined);
        break;
      case "STRING":
        this.push(textOf(argument, /^(['"])([^\\]*)\1$/, 2));
        break;
      case "UNICODE":
        this.push(textOf(argument, /^[^\\]*$/, 0));
        break;
      case "TUPLE":
        this.push(tupleOf(this.popToMark()));
        break;
      case "EMPTY_TUPLE":
        this.push([]);
        break;
      case "TUPLE1":
        this.push(this.popMany(1));
        break;
      case "TUPLE2":
        this.push(this.popMany(2));
        break;
      case "TUPLE3":
        this.push(this.popMany(3));
        break;
      case "EMPTY_DICT":
        this.push(new PickleDict());
        break;
      case "DICT": {
        const items = this.popToMark();
        this.push(new PickleDict());
        this.store(items);
        break;
      }
      case "SETITEM": {
        const items = this.popMany(2);
        this.mustHave();
        this.store(items);
        break;
      }
      case "SETITEMS": {
        const items = this.popToMark();
        this.mustHave();
        this.store(items);
        break;
      }
      case "APPEND":
        this.pop();
        this.mustHave();
        break;
      case "APPENDS":
      case "ADDITEMS":
        this.popToMark();
        this.mustHave();
        break;
      case "LIST":
      case "FROZENSET":
        this.popToMark();
        this.push(undefined);
        break;
      case "GET":
      case "BINGET":
      case "LONG_BINGET":
        this.recall(numberOf(argument));
        break;
      case "PUT":
      case "BINPUT":
      case "LONG_BINPUT":
        this.remember(numberOf(argument));
        break;
      case "MEMOIZE":
        this.remember(this.memo.size);
        break;
      case "PERSID":
        this.push(new PersistentId(argument ?? undefined));
        break;
      case "BINPERSID":
        this.push(new PersistentId(this.pop()));
        break;
      case "READONLY_BUFFER":
        this.mustHave();
        break;
      case "EXT1":
      case "EXT2":
      case "EXT4":
        this.watch.strange(`an extension, ${argument},`, opcode.at);
        this.push(undefined);
        break;
      case "GLOBAL":
      case "STACK_GLOBAL":
      case "INST":
      case "REDUCE":
      case "OBJ":
      case "NEWOBJ":
      case "NEWOBJ_EX":
      case "BUILD":
        this.act(opcode);
        break;
      default:
        this.push(undefined); // numbers, bytes, lists, sets, None, True, buffers: nothing depends on them
    }
    return false;
  }

  /** The opcodes by which a pickle does something. */
  private act(opcode: Opcode): void {
    const { at } = opcode;
    switch (opcode.name) {
      case "GLOBAL":
        this.push(this.name(opcode.argument as string, opcode.second!, at));
        break;
      case "STACK_GLOBAL": {
        const [module, name] = this.popMany(2);
        this.push(this.name(module, name, at));
        break;
      }
      case "INST": {
        const args = this.popToMark();
        this.call(this.name(opcode.argument as string, opcode.second!, at), args, at);
        break;
      }
      case "OBJ": {
        const [callee, ...args] = this.popToMark().slice(0, 100);
        this.call(callee, args, at);
        break;
      }
      case "NEWOBJ_EX": {
        const [callee, args] = this.popMany(3);
        this.call(callee, args, at);
        break;
      }
      case "BUILD": {
        const state = this.pop();
        const built = this.mustHave();
        if (built instanceof PickleGlobal) this.watch.strange(`a change to ${built.path}`, at);
        if (built instanceof PickleCall) built.state = state;
        break;
      }
      default: {
        const [callee, args] = this.popMany(2);
        this.call(callee, args, at);
      }
    }
  }

  private name(module: PickleValue, name: PickleValue, at: number): PickleValue {
    const isKnown = typeof module === "string" && typeof name === "string";
    const global = isKnown ? new PickleGlobal(module, name) : null;
    this.watch.named(global, at);
    return global ?? undefined;
  }

  private call(callee: PickleValue, args: PickleValue, at: number): void {
    const global = callee instanceof PickleGlobal ? callee : null;
    this.watch.called(global, at);
    this.push(global ? new PickleCall(global, Array.isArray(args) ? args : []) : undefined);
  }

  private store(items: readonly PickleValue[]): void {
    const dict = this.top;
    for (let at = 0; at + 1 < items.length; at += 2) {
      const [key, value] = [items[at], items[at + 1]];
      if (dict instanceof PickleDict) dict.set(key, value);
      if (typeof key === "string" && value instanceof PickleCall) this.watch.stored(key, value);
    }
  }

  private recall(place: number | undefined): void {
    if (place === undefined || !this.memo.has(place))
      throw new HeaderError(`nothing in the memo at ${place}`);
    this.push(this.memo.get(place));
  }

  private remember(place: number | undefined): void {
    if (place === undefined || place < 0) throw new HeaderError(`no place ${place} in the memo`);
    this.memo.set(place, this.mustHave());
    this.mustFit(this.memo.size);
  }

  /** Python's two readers lose bytes where an opcode reaches out of its frame, each in its own way. */
  private mustFitFrame({ at, end, name }: Opcode): void {
    if (at >= this.frameEnd) return;
    const isCut = end > this.frameEnd || name === "FRAME" || (name === "STOP" && end !== this.frameEnd);
    if (isCut) throw new HeaderError(`the opcode at byte ${at} does not fit its frame`);
  }

  private push(value: PickleValue): void {
    this.stack.push(value);
    this.mustFit(this.stack.length);
  }

  private mustFit(count: number): void {
    if (count > mostKept) throw new LimitError(`more than ${mostKept} values at once`);
  }

  private mustHave(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw new HeaderError("takes from an empty stack");
    return this.stack.at(-1);
  }

  private pop(): PickleValue {
    this.mustHave();
    return this.stack.pop();
  }

  private popMany(count: number): PickleValue[] {
    if (this.stack.length - (this.marks.at(-1) ?? 0) < count)
      throw new HeaderError("takes from an empty stack");
    return this.stack.splice(-count);
  }

  private popToMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw new HeaderError("takes up to a mark that is not there");
    return this.stack.splice(mark);
  }
}

function numberOf(argument: Opcode["argument"]): number | undefined {
  if (typeof argument === "number") return argument;
  return argument !== null && /^-?\d{1,15}$/.test(argument) ? Number(argument) : undefined;
}

/** A text written without escapes; others name no global that is on any list. */
function textOf(argument: Opcode["argument"], form: RegExp, group: number): string | undefined {
  const found = typeof argument === "string" ? form.exec(argument) : null;
  return found?.[group];
}
