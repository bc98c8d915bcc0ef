/** Why a path inside a file must not be followed by whoever unpacks or loads it; null where it may. */
export function trickOf(path: string): string | null {
  if (path.includes("\0")) return "a NUL";
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) return "a scheme";
  if (/^[a-z]:/i.test(path)) return "a drive";
  if (/^[/\\]/.test(path)) return "an absolute path";
  if (path.split(/[/\\]/).includes("..")) return "a path upwards";
  return null;
}
