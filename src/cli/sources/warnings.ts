const longest = 1_000;

/** Collects what a reader has to say, each sentence once, however often the store is read. */
export class Warnings {
  /** In the order they came; the last one says so when there were more than 1,000. */
  readonly list: string[] = [];
  private readonly said = new Set<string>();

  add(sentence: string): void {
    if (this.said.has(sentence) || this.list.length > longest) return;
    this.said.add(sentence);
    this.list.push(
      this.list.length === longest ? "There are more warnings; only the first 1,000 are shown" : sentence,
    );
  }
}
