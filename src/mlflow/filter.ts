import { invalidClause, type Token, tokensOf } from "./filter-tokens.ts";
import { badParameter } from "./mlflow-error.ts";

/** What a comparison compares with: a quoted text, a number, a list of texts, or nothing (`IS NULL`). */
export type FilterValue =
  | { is: "text"; text: string }
  | { is: "number"; number: number; isWhole: boolean }
  | { is: "list"; texts: readonly string[] }
  | { is: "nothing" };

/** One comparison; which entities, keys and operators there are, each search says itself. */
export interface Comparison {
  /** What stands before the first dot, such as tags; null where there is no dot. */
  entity: string | null;
  key: string;
  /** In upper case, such as `=`, `LIKE`, `NOT IN`, `IS NULL`. */
  operator: string;
  value: FilterValue;
  /** The value as it came, for refusals. */
  shown: string;
}

const longest = 100_000;
const wordOperators = new Set(["LIKE", "ILIKE", "RLIKE", "IN"]);

/**
 * Reads MLflow's filter language: comparisons joined by AND, no parentheses but around a list, no OR. Linear in the
 * filter's length. Throws INVALID_PARAMETER_VALUE.
 */
export function readFilter(filter: string | undefined): Comparison[] {
  if (filter === undefined) return [];
  if (filter.length > longest) throw badParameter(`a filter has at most ${longest} characters`);
  const reader = new FilterReader(filter, tokensOf(filter));
  return reader.isAtEnd ? [] : reader.comparisons();
}

class FilterReader {
  private next = 0;

  constructor(
    private readonly filter: string,
    private readonly tokens: readonly Token[],
  ) {}

  get isAtEnd(): boolean {
    return this.next === this.tokens.length;
  }

  /** MLflow minds no AND that is missing, said twice or left at the end. */
  comparisons(): Comparison[] {
    const read: Comparison[] = [];
    while (!this.isAtEnd) {
      if (this.takeWord("OR")) throw badParameter("Invalid clause(s) in filter string: OR");
      if (!this.takeWord("AND")) read.push(this.comparison());
    }
    return read;
  }

  private comparison(): Comparison {
    const first = this.next;
    const name = this.take("name");
    if (!name) throw this.refusal(first);
    const [entity, ...rest] = name.parts;
    const named = rest.length > 0 ? { entity: entity!, key: rest.join(".") } : { entity: null, key: entity! };
    const operator = this.operator();
    const from = this.tokens[this.next]?.at ?? this.filter.length;
    const value: FilterValue | null = operator.startsWith("IS ") ? { is: "nothing" } : this.value();
    if (!value) throw this.refusal(first);
    return { ...named, operator, value, shown: this.filter.slice(from, this.tokens[this.next - 1]!.end) };
  }

  private operator(): string {
    const sign = this.take("operator");
    if (sign) return sign.operator;
    const start = this.next;
    if (this.takeWord("IS")) {
      const isNot = this.takeWord("NOT");
      if (this.takeWord("NULL")) return isNot ? "IS NOT NULL" : "IS NULL";
      throw this.refusal(start);
    }
    const isNot = this.takeWord("NOT");
    const word = this.take("name")?.parts.join(".").toUpperCase() ?? "";
    if (!wordOperators.has(word)) throw this.refusal(start);
    return isNot ? `NOT ${word}` : word;
  }

  private value(): FilterValue | null {
    const number = this.take("number");
    if (number) return { is: "number", number: number.number, isWhole: number.isWhole };
    const text = this.text();
    if (text !== null) return { is: "text", text };
    const bare = this.take("name");
    if (bare) {
      throw badParameter(
        `Parameter value is either not quoted or unidentified quote types used for string value ${bare.parts.join(".").slice(0, 200)}. Use either single or double quotes.`,
      );
    }
    return this.takeMark("(") ? this.list() : null;
  }

  /** Behind the opening parenthesis. */
  private list(): FilterValue {
    const inList = "While parsing a list in the query, expected";
    if (this.takeMark(")")) {
      throw badParameter(`${inList} a non-empty list of string values, but got empty list`);
    }
    const texts: string[] = [];
    do {
      const text = this.text();
      if (text === null) {
        throw badParameter(`${inList} a non-empty list of string values, but got ill-formed list.`);
      }
      texts.push(text);
    } while (this.takeMark(","));
    if (!this.takeMark(")")) throw this.refusal();
    return { is: "list", texts };
  }

  private text(): string | null {
    const token = this.tokens[this.next];
    const isDoublyQuoted = token?.is === "name" && token.parts.length === 1 && this.filter[token.at] === '"';
    if (token?.is !== "text" && !isDoublyQuoted) return null;
    this.next += 1;
    return token.is === "text" ? token.text : (token as { parts: readonly string[] }).parts[0]!;
  }

  private take<Is extends Token["is"]>(is: Is): Extract<Token, { is: Is }> | null {
    const token = this.tokens[this.next];
    if (token?.is !== is) return null;
    this.next += 1;
    return token as Extract<Token, { is: Is }>;
  }

  private takeWord(word: string): boolean {
    const token = this.tokens[this.next];
    if (!token || this.filter.slice(token.at, token.end).toUpperCase() !== word) return false;
    this.next += 1;
    return true;
  }

  private takeMark(mark: string): boolean {
    const token = this.tokens[this.next];
    if (token?.is !== "mark" || token.mark !== mark) return false;
    this.next += 1;
    return true;
  }

  private refusal(token = this.next) {
    return invalidClause(this.filter, this.tokens[token]?.at ?? this.tokens.at(-1)?.at ?? 0);
  }
}
