import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { Actor, type ActorKind } from "../kernel/actor.ts";
import { StemmaError } from "../kernel/errors.ts";
import { bytesOf } from "../objects/hashing.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import { ArtifactRole } from "./artifact.entity.ts";
import type { ArtifactWriter } from "./artifact-writer.ts";
import { CardStatus } from "./card.entity.ts";
import { cardStandingOf } from "./card.query.ts";
import type { CardService } from "./card.service.ts";
import { largestCardBytes } from "./card-content.rules.ts";
import { type GivenCard, givenCardOf } from "./card-given.rules.ts";
import type { FileInspector, StoredFile } from "./file-inspector.ts";
import { type Upload, type UploadFile, UploadState } from "./upload.entity.ts";
import { lockUpload, storageKeysOf } from "./upload.query.ts";
import { setStatus } from "./upload.service.ts";
import { VersionStatus } from "./version.entity.ts";
import type { LockedVersion, VersionService } from "./version.service.ts";

type StoredWithRole = StoredFile & Pick<UploadFile, "role">;

/** A file that is to be the card; `given` is null where it is none, and the message says why. */
interface FoundCard {
  given: GivenCard | null;
  path: string;
  message: string;
}

/** Completes uploads whose files are verified, each in one transaction; a model card in a bundle becomes the card, too. */
export class BundleSealer {
  constructor(
    private readonly db: Database,
    private readonly store: ObjectStore,
    private readonly inspector: FileInspector,
    private readonly versions: VersionService,
    private readonly writes: { artifacts: ArtifactWriter; cards: CardService },
  ) {}

  /** Answers keys of superfluous bytes. Does nothing where the upload has ended meanwhile. */
  async seal(upload: Upload, files: readonly UploadFile[]): Promise<string[]> {
    // Read before the transaction: what takes long holds no lock.
    const stored = await this.storedAmong(files);
    const facts = await this.inspector.of(stored);
    const card = upload.isEvidence ? null : await this.cardAmong(stored, upload);
    return this.db.write(async (tx) => {
      const locked = await this.versions.lock(tx, { by: "id", node: upload.versionId }, "upload");
      const now = await lockUpload(tx, upload.nodeId);
      if (now.state !== UploadState.VERIFYING) return [];
      const actor = await whoCompletes(tx, now);
      const superfluous = await this.writes.artifacts.write(tx, actor, locked, now, { files, facts });
      if (card) await this.takeCard(tx, actor, locked, card);
      return superfluous;
    });
  }

  /** What reviewers have approved is not replaced in passing. */
  private async takeCard(
    tx: Transaction,
    actor: Actor,
    locked: LockedVersion,
    { given, path, message }: FoundCard,
  ): Promise<void> {
    const standing = await cardStandingOf(tx, locked.version);
    const isApproved = standing?.card.status === CardStatus.APPROVED;
    if (given && !isApproved) {
      await this.writes.cards.setIn(tx, actor, locked, {}, given);
      return;
    }
    const why = isApproved ? "the one there is approved" : message;
    const said = `${path} was not taken for the card: ${why}`;
    await setStatus(tx, locked.version, VersionStatus.READY, said);
  }

  /** Those whose bytes are here, and where. */
  private async storedAmong(files: readonly UploadFile[]): Promise<StoredWithRole[]> {
    const blobs = files.flatMap(({ blobId }) => blobId ?? []);
    const keys = await storageKeysOf(this.db.read, blobs);
    return files.flatMap(({ path, role, sizeBytes, storageKey, blobId }) => {
      const key = storageKey ?? keys.get(blobId ?? 0);
      return key === undefined ? [] : [{ path, role, sizeBytes, storageKey: key }];
    });
  }

  /** The first model card among the files, or why it is none; null where there is no such file. */
  private async cardAmong(
    files: readonly StoredWithRole[],
    { takesCard }: Upload,
  ): Promise<FoundCard | null> {
    const file = files.find(({ role }) => role === ArtifactRole.MODEL_CARD);
    if (!file) return null;
    const { path } = file;
    const refused = (message: string) => ({ given: null, path, message });
    if (!takesCard) return refused("who completed the upload may not write cards, which takes version:write");
    if (file.sizeBytes > largestCardBytes) return refused(`it is larger than ${largestCardBytes} bytes`);
    try {
      const form = /\.ya?ml$/i.test(file.path) ? "yaml" : "markdown";
      return { given: givenCardOf({ [form]: await this.textOf(file) }), path, message: "" };
    } catch (error) {
      if (error instanceof StemmaError) return refused(error.message);
      throw error;
    }
  }

  private async textOf({ storageKey }: StoredFile): Promise<string> {
    return (await bytesOf(await this.store.read(storageKey))).toString("utf8");
  }
}

/** Who said that everything was sent: the one to whom the journal puts it down, whatever became of his rights since. */
async function whoCompletes(tx: Transaction, { completedById }: Upload): Promise<Actor> {
  const [row] = await tx.query<{ name: string; kind: ActorKind }>(
    sql`SELECT name, kind FROM actor WHERE id = ${completedById}`,
  );
  return new Actor(completedById!, row!.name, row!.kind, {
    ...{ allowances: [], limits: null, groups: [], token: null },
  });
}
