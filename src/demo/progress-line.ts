import type { Tell } from "./loader.ts";

/** One line that is written over while a person looks on; nothing in a pipe or a log. */
export function progressLine(stream: NodeJS.WriteStream): { tell: Tell; clear: () => void } {
  if (!stream.isTTY) return { tell: () => {}, clear: () => {} };
  const wide = 24;
  return {
    tell: (chapter, done, total) => {
      const full = Math.round((done / total) * wide);
      const bar = "█".repeat(full) + "░".repeat(wide - full);
      stream.write(`\r\u001b[2K${bar}  ${done} of ${total}  ${chapter}`);
    },
    clear: () => {
      stream.write("\r\u001b[2K");
    },
  };
}
