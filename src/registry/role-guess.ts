import { ArtifactRole } from "./artifact.entity.ts";

/** Until formats/ says: OTHER. */
export function guessRole(_path: string): ArtifactRole {
  return ArtifactRole.OTHER;
}
