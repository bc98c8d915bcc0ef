// What may be a key: nothing in one means anything to a file system or in a URL.

const longestKey = 200; // characters
const segments = /^[a-z0-9-][a-z0-9.-]*(?:\/[a-z0-9-][a-z0-9.-]*)*$/;

/** Lower-case letters, digits and `/ . -`; no part of it is empty, begins with a dot or holds two in a row. */
export function isKey(text: string): boolean {
  return text.length <= longestKey && segments.test(text) && !text.includes("..");
}

/** Whether a key can begin so. */
export function isPrefix(text: string): boolean {
  return text === "" || isKey(text.endsWith("/") ? text.slice(0, -1) : text);
}
