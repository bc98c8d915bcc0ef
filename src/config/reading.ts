// How sections read their variables. The environment itself is read in ../config.ts.

/** Names the variable, what it takes, what came. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function refuse(variable: string, expected: string, came: string): never {
  throw new ConfigError(`${variable}: expected ${expected}; got ${JSON.stringify(came)}`);
}

export function numberOf(
  env: Environment,
  variable: string,
  usual: number,
  smallest: number,
  largest: number,
): number {
  const text = env[variable]?.trim();
  if (!text) return usual;
  const value = Number(text);
  if (!Number.isInteger(value) || value < smallest || value > largest) {
    refuse(variable, `a whole number ${smallest}–${largest}`, text);
  }
  return value;
}

/** What stands between commas, each as `read` makes it; null from `read` is refused. */
export function listOf(
  env: Environment,
  variable: string,
  expected: string,
  read: (text: string) => string | null,
): string[] {
  const texts = (env[variable] ?? "").split(",").map((text) => text.trim());
  return texts.filter(Boolean).map((text) => read(text) ?? refuse(variable, expected, text));
}

export function originOf(text: string): string | null {
  const origin = text.toLowerCase();
  return /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin ? origin : null;
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether what is sent there is read by nobody on the way: https, or http within this machine. */
export function isConfidential(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}
