import { longestUrlSeconds } from "../config/objects.ts";
import type { Clock } from "../kernel/clock.ts";
import { invalid } from "../kernel/errors.ts";
import { nameInPath } from "../kernel/paths.ts";
import type { ObjectStore, SignedRequest } from "./object-store.ts";

/** A stored file, as who downloads it is to see it. */
export interface Downloadable {
  storageKey: string;
  path: string;
  contentType: string;
}

/** Signs downloads. Whether somebody may download something is asked by the rooms that know whose it is. */
export class Downloads {
  constructor(
    private readonly store: ObjectStore,
    private readonly clock: Clock,
    /** How long a URL works where nobody says how long. */
    private readonly usualSeconds: number,
  ) {}

  /** Throws INVALID. */
  sign({ storageKey, path, contentType }: Downloadable, seconds: number | null): Promise<SignedRequest> {
    const lasting = seconds ?? this.usualSeconds;
    if (lasting < 1 || lasting > longestUrlSeconds) {
      throw invalid("expiresInSeconds", `1–${longestUrlSeconds}`, lasting);
    }
    const fileName = nameInPath(path);
    const expiresAt = this.clock() + lasting * 1_000;
    return this.store.signDownload(storageKey, { expiresAt, fileName, contentType });
  }
}
