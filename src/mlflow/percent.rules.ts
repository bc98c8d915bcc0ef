/** Percent signs read as often as they were written, as far as they stand for ASCII. */
export function decoded(text: string): string {
  for (let last = text; ; last = text) {
    text = last.replace(/%(?:25)*([0-7][0-9a-f])/gi, (_, code) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
    if (text === last) return text;
  }
}
