import { cast } from "../access.ts";
import type { Asker, World } from "../world.ts";

/** Everybody the matrix speaks of. */
export const everybody = [
  "anonymous",
  "viewer",
  "contributor",
  "approver",
  "maintainer",
  "admin",
  "other scope",
  "revoked",
  "expired",
] as const;

export type Who = (typeof everybody)[number];

/** Whoever reads what it is about, whatever else they may do. */
export const readers: readonly Who[] = ["viewer", "contributor", "approver", "maintainer", "admin"];
/** Whoever may send files. */
export const uploaders: readonly Who[] = ["contributor", "maintainer", "admin"];
/** Whoever may have bytes, and not only their names. */
export const downloaders: readonly Who[] = [...uploaders, "approver"];
/** Whoever is known at all. */
export const known: readonly Who[] = [...readers, "other scope"];

/** All of them, with their roles on `scope`; the one of the other scope holds its own on `plain.*`. */
export async function everyone(world: World, scope: string): Promise<Record<Who, Asker>> {
  const { outsider, nobody: _, limited: __, ...others } = await cast(world, scope, "plain.*");
  return { ...others, "other scope": outsider, anonymous: world.as("") };
}
