// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text of somebody else's, on one line and unable to speak to the terminal. */
export function printable(text: string): string {
  return text.replace(/\s+/g, " ").replace(control, "�");
}

/** A text without the secrets of tokens in it: whoever mistakes one for an id shall not find it in a log. */
export function withoutSecrets(text: string): string {
  return text.replace(/stm_[0-9A-Za-z]{20,}/g, "stm_…");
}

export function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/**
 * A text of somebody else's as it is, to its last byte, so that a file made of it is the same; on a terminal, unable to
 * speak to it.
 */
export function printRaw(text: string): void {
  const shown = () => text.split("\n").map((line) => line.replaceAll("\t", "    ").replace(control, "�"));
  process.stdout.write(process.stdout.isTTY ? `${shown().join("\n")}\n` : text);
}

/** For people only: what a program reads is on stdout. */
export function note(line: string): void {
  process.stderr.write(`${withoutSecrets(line)}\n`);
}

const mostNotes = 20;

/** Notes about one thing each, of which only the first are told. */
export class FewNotes {
  private told = 0;

  tell(name: string, trouble: string): void {
    if (++this.told <= mostNotes) note(`note: ${printable(`${name}: ${trouble}`)}`);
    else if (this.told === mostNotes + 1) note("note: … and more like these");
  }
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** `name  value` lines; several values stand one below the other; nothing where there is none. */
export function printField(name: string, value: string | readonly string[] | null | undefined): void {
  const values = typeof value === "string" ? [value] : (value ?? []);
  values.forEach((text, index) => {
    print(`  ${(index === 0 ? name : "").padEnd(14)}${printable(text)}`);
  });
}

/** Rows under a heading, columns aligned. */
export function printTable(heading: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [heading, ...rows.map((row) => row.map(printable))];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => [...line[column]!].length)));
  for (const line of lines) {
    print(
      line
        .map((cell, column) => cell + " ".repeat(widths[column]! - [...cell].length))
        .join("  ")
        .trimEnd(),
    );
  }
}

/** 1 run, 2 runs. */
export function counted(count: number, noun: string, many = `${noun}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? noun : many}`;
}

/** An instant of the server, to the minute: 2026-03-01 12:30. */
export function minuteOf(instant: string): string {
  return instant.slice(0, 16).replace("T", " ");
}
