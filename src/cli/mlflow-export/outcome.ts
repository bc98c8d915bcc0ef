const mostWarnings = 1_000;

/** What an export has written, what it could not, and what it has to say. */
export class Outcome {
  readonly written = new Map<string, number>();
  readonly leftOut = new Map<string, number>();
  readonly warnings: string[] = [];

  wrote(what: string, count = 1): void {
    if (count > 0) this.written.set(what, (this.written.get(what) ?? 0) + count);
  }

  /** For what MLflow has no place. */
  leaves(what: string, count = 1): void {
    if (count > 0) this.leftOut.set(what, (this.leftOut.get(what) ?? 0) + count);
  }

  warn(sentence: string): void {
    if (this.warnings.length < mostWarnings) this.warnings.push(sentence);
  }
}
