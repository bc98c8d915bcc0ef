import { badParameter, type MlflowError } from "./mlflow-error.ts";

/** A piece of a filter. `parts` of a name are what its dots part, without their quotes. */
export type Token =
  | { is: "name"; at: number; end: number; parts: readonly string[] }
  | { is: "text"; at: number; end: number; text: string }
  | { is: "number"; at: number; end: number; number: number; isWhole: boolean }
  | { is: "operator"; at: number; end: number; operator: string }
  | { is: "mark"; at: number; end: number; mark: string };

// Each is tried where the last one ended, and none can match one text in two ways: reading takes linear time.
const space = /[ \t\r\n]+/y;
const number = /-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?![\p{L}\p{N}_])/uy;
const operator = /[<>=!~]+/y;
const mark = /[(),]/y;
const word = /[\p{L}_@#$][\p{L}\p{M}\p{N}_@#$]*/uy;
/** After a dot, a part may begin with a digit, too. */
const furtherWord = /[\p{L}\p{M}\p{N}_@#$]+/uy;

/** The pieces of a filter, in one pass. Throws INVALID_PARAMETER_VALUE where something can be no piece of one. */
export function tokensOf(filter: string): Token[] {
  const tokens: Token[] = [];
  let at = endOf(space, filter, 0);
  while (at < filter.length) {
    const token = tokenAt(filter, at);
    tokens.push(token);
    at = endOf(space, filter, token.end);
  }
  return tokens;
}

/** MLflow's words for what it cannot read, from there on. */
export function invalidClause(filter: string, at: number): MlflowError {
  return badParameter(`Invalid clause(s) in filter string: ${filter.slice(at, at + 200)}`);
}

function tokenAt(filter: string, at: number): Token {
  const character = filter[at]!;
  if (character === "'") {
    const { text, end } = quotedAt(filter, at);
    return { is: "text", at, end, text };
  }
  const numberEnd = endOf(number, filter, at);
  if (numberEnd > at) {
    const digits = filter.slice(at, numberEnd);
    if (!Number.isFinite(Number(digits))) throw invalidClause(filter, at);
    return {
      is: "number",
      at,
      end: numberEnd,
      number: Number(digits),
      isWhole: /^-?[0-9]+$/.test(digits),
    };
  }
  const operatorEnd = endOf(operator, filter, at);
  if (operatorEnd > at)
    return { is: "operator", at, end: operatorEnd, operator: filter.slice(at, operatorEnd) };
  if (endOf(mark, filter, at) > at) return { is: "mark", at, end: at + 1, mark: character };
  return nameAt(filter, at);
}

/** Words and quoted words, with dots between them. One in double quotes alone may be a value as well as a name. */
function nameAt(filter: string, at: number): Token {
  const parts: string[] = [];
  let end = at;
  do {
    const start = parts.length === 0 ? at : end + 1;
    const part = partAt(filter, start, parts.length === 0 ? word : furtherWord);
    if (part.end === start) throw invalidClause(filter, at);
    parts.push(part.text);
    end = part.end;
  } while (filter[end] === ".");
  return { is: "name", at, end, parts };
}

function partAt(filter: string, at: number, bare: RegExp): { text: string; end: number } {
  const character = filter[at];
  if (character === "`" || character === '"' || (character === "'" && bare === furtherWord)) {
    return quotedAt(filter, at);
  }
  const end = endOf(bare, filter, at);
  return { text: filter.slice(at, end), end };
}

/** Between two of the quotes that stand at `at`; two in a row stand for one. */
function quotedAt(filter: string, at: number): { text: string; end: number } {
  const quote = filter[at]!;
  const pieces: string[] = [];
  let from = at + 1;
  for (;;) {
    const close = filter.indexOf(quote, from);
    if (close < 0) throw invalidClause(filter, at);
    pieces.push(filter.slice(from, close));
    if (filter[close + 1] !== quote) return { text: pieces.join(quote), end: close + 1 };
    from = close + 2;
  }
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
