import type { GtoTag } from "./gto-tags.ts";
import type { Warnings } from "./warnings.ts";

/** Where a version came to stand, and by which tag; null for nowhere. */
export interface GtoStep {
  stage: string | null;
  by: GtoTag;
}

export interface GtoVersion {
  version: string;
  /** The tag that registered it first. */
  registered: GtoTag;
  /** Since when it is deregistered. */
  deregisteredAt: number | null;
  /** As they happened, no two in a row with the same stage. */
  steps: GtoStep[];
}

export interface GtoArtifact {
  name: string;
  /** In the order they were registered. */
  versions: GtoVersion[];
  createdAt: number;
  deprecatedAt: number | null;
}

/**
 * What GTO's tags tell of each artifact, in the order they happened. A stage belongs to the version that it was assigned
 * to last; where that one gives it up, to the one before. A version that has several stages stands in the one that it
 * was given last, because Stemma keeps a version in one stage.
 */
export function replayOf(tags: readonly GtoTag[], warnings: Warnings): GtoArtifact[] {
  const replays = new Map<string, Replay>();
  for (const tag of tags) {
    const replay = replays.get(tag.artifact) ?? new Replay(tag, warnings);
    replays.set(tag.artifact, replay);
    replay.take(tag);
  }
  return [...replays.values()].map((replay) => replay.artifact).sort((a, b) => (a.name < b.name ? -1 : 1));
}

class Replay {
  readonly artifact: GtoArtifact;
  private readonly versions = new Map<string, GtoVersion>();
  /** For each stage the versions it was assigned to and not taken from, the last one last; with the turn of it. */
  private readonly stages = new Map<string, Map<GtoVersion, number>>();
  private standing = new Map<GtoVersion, string>();
  private turn = 0;

  constructor(
    first: GtoTag,
    private readonly warnings: Warnings,
  ) {
    this.artifact = { name: first.artifact, versions: [], createdAt: first.at, deprecatedAt: null };
  }

  take(tag: GtoTag): void {
    this.artifact.deprecatedAt = tag.action === "DEPRECATE" ? tag.at : null;
    this.turn++;
    switch (tag.action) {
      case "REGISTER":
        this.register(tag, tag.version);
        break;
      case "DEREGISTER":
        this.deregister(tag, tag.version);
        break;
      case "ASSIGN":
      case "UNASSIGN":
        this.assign(tag, tag.stage, tag.action === "ASSIGN");
        break;
    }
    this.settle(tag);
  }

  private register(tag: GtoTag, version: string): void {
    const there = this.versions.get(version);
    if (there) {
      if (there.registered.commit !== tag.commit)
        this.warnings.add(
          `Tag ${tag.name} registers ${version} at another commit again; the first one counts`,
        );
      there.deregisteredAt = null;
      return;
    }
    const fresh = { version, registered: tag, deregisteredAt: null, steps: [] };
    this.versions.set(version, fresh);
    this.artifact.versions.push(fresh);
  }

  private deregister(tag: GtoTag, version: string): void {
    const there = this.versions.get(version);
    if (there) there.deregisteredAt = tag.at;
    else
      this.warnings.add(
        `Tag ${tag.name} deregisters a version that is not registered by then; it is left out`,
      );
  }

  private assign(tag: GtoTag, stage: string, isAssigned: boolean): void {
    const version = this.versionAt(tag.commit);
    if (!version) {
      this.warnings.add(
        `Tag ${tag.name} names a commit of which no version is registered by then; it is left out`,
      );
      return;
    }
    const holders = this.stages.get(stage) ?? new Map<GtoVersion, number>();
    this.stages.set(stage, holders);
    const had = holders.delete(version);
    if (isAssigned) holders.set(version, this.turn);
    else if (!had)
      this.warnings.add(
        `Tag ${tag.name} takes a stage from ${version.version} that it did not have; it is left out`,
      );
  }

  /** Of several versions of one commit the one registered last, before those that are deregistered. */
  private versionAt(commit: string): GtoVersion | undefined {
    const there = this.artifact.versions.filter(({ registered }) => registered.commit === commit);
    return there.findLast(({ deregisteredAt }) => deregisteredAt === null) ?? there.at(-1);
  }

  /** Notes whose stage is another since this tag. */
  private settle(tag: GtoTag): void {
    const now = new Map<GtoVersion, { stage: string; turn: number }>();
    for (const [stage, holders] of this.stages) {
      const [version, turn] = [...holders].findLast(([{ deregisteredAt }]) => deregisteredAt === null) ?? [];
      if (version === undefined || turn === undefined) continue;
      const other = now.get(version);
      if (other) {
        const { version: name, registered } = version;
        this.warnings.add(
          `${registered.artifact} ${name} had more than one stage at once; it stands in the one that it was given last`,
        );
      }
      if (!other || other.turn < turn) now.set(version, { stage, turn });
    }
    for (const version of new Set([...this.standing.keys(), ...now.keys()])) {
      const stage = now.get(version)?.stage ?? null;
      if (stage !== (this.standing.get(version) ?? null)) version.steps.push({ stage, by: tag });
    }
    this.standing = new Map([...now].map(([version, { stage }]) => [version, stage]));
  }
}
