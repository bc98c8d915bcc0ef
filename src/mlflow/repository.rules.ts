import type { CommitFacts } from "../tracking/commit.inputs.ts";
import { isSha } from "../tracking/commit.rules.ts";

/** The text with `user:password@` (and, for web addresses, any `user@`) taken out of the URLs in it. */
export function withoutCredentials(text: string): string {
  return text
    .replace(/\b((?:git\+)?https?:\/\/)[^\s/"'\\?#]+@/gi, "$1")
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'\\@:]*:[^\s/"'\\]*@/gi, "$1");
}

/** A repository's URL as importers name it: no user, password, query or fragment of a web address. */
function repositoryOf(url: string): string {
  const name = withoutCredentials(url.trim());
  return /^https?:/i.test(name) ? name.replace(/[?#].*$/s, "") : name;
}

/** The commit that MLflow's client names in tags of its own; none where that can be no commit. */
export function commitIn(tags: ReadonlyMap<string, string>): CommitFacts | null {
  const sha = (tags.get("mlflow.source.git.commit") ?? "").trim();
  if (!isSha(sha)) return null;
  const repository = repositoryOf(tags.get("mlflow.source.git.repoURL") ?? "");
  const branch = (tags.get("mlflow.source.git.branch") ?? "").trim();
  return {
    sha,
    ...(isName(repository) ? { repository } : {}),
    ...(isName(branch) ? { branch } : {}),
  };
}

function isName(text: string): boolean {
  return text.length > 0 && text.length <= 255;
}
