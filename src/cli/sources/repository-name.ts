/** A repository's URL as a name: no user, password, query or fragment of a web address. `""` where there is none. */
export function repositoryName(url: string | null | undefined): string {
  const name = withoutCredentials((url ?? "").trim());
  return /^https?:/i.test(name) ? name.replace(/[?#].*$/s, "") : name;
}

/** The text with `user:password@` (and, for web addresses, any `user@`) taken out of the URLs in it. */
export function withoutCredentials(text: string): string {
  return text
    .replace(/\b((?:git\+)?https?:\/\/)[^\s/"'\\?#]+@/gi, "$1")
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'\\@:]*:[^\s/"'\\]*@/gi, "$1");
}
