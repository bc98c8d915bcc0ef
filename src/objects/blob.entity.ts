import { registerEnumType } from "type-graphql";
import { Column, Entity, Index, PrimaryGeneratedColumn } from "typeorm";

/**
 * LIVE → CONDEMNED (nothing refers to it; a grace period runs) → DELETING (its bytes go) → no row. Who refers to a
 * condemned one makes it LIVE again; one that is being deleted is never referred to: the same bytes come anew, under
 * another key.
 */
export enum BlobState {
  LIVE = "LIVE",
  CONDEMNED = "CONDEMNED",
  DELETING = "DELETING",
}

/** As the row says; null there means STANDARD. */
export enum BlobClass {
  STANDARD = "STANDARD",
  MOVING = "MOVING",
  COLD = "COLD",
}

registerEnumType(BlobClass, {
  name: "StorageClass",
  description: "How the object store keeps bytes. They are read at once in any class.",
  valuesConfig: {
    STANDARD: { description: "As usual." },
    MOVING: { description: "Into the other class just now, or that was interrupted and is done again." },
    COLD: {
      description: "In the class that settings name for what is cold: cheaper to keep, dearer to read.",
    },
  },
});

/** As the row says; null there means that no lock of the store holds it. */
export enum BlobLock {
  /** It may be either way. */
  CHANGING = "CHANGING",
  LOCKED = "LOCKED",
}

/** Stored bytes, known by their SHA-256 and shared by all that refer to them. */
@Entity("stored_blob")
@Index("blob_live", ["liveSha256"], { unique: true })
@Index("blob_key", ["storageKey"], { unique: true })
@Index("blob_state", ["state", "stateAt"])
@Index("blob_looked", ["lookedAt"])
@Index("blob_class", ["storageClass"])
@Index("blob_lock", ["storeLock"])
export class BlobRow {
  @PrimaryGeneratedColumn({ type: "int", unsigned: true })
  id!: number;

  @Column("varchar", { length: 64 })
  sha256!: string;

  /** Null once it is DELETING. */
  @Column("varchar", { length: 64, nullable: true })
  liveSha256!: string | null;

  @Column("bigint")
  sizeBytes!: number;

  @Column("varchar", { length: 200 })
  storageKey!: string;

  @Column("varchar", { length: 9 })
  state!: BlobState;

  @Column("bigint")
  stateAt!: number;

  @Column("bigint")
  createdAt!: number;

  /** When the server last hashed all of it and found what it should. */
  @Column("bigint")
  verifiedAt!: number;

  /** When that was last begun, whatever it found; set back where it is to be looked at sooner than others. */
  @Column("bigint")
  lookedAt!: number;

  /** When it was found to hold other bytes, or none. */
  @Column("bigint", { nullable: true })
  corruptAt!: number | null;

  @Column("varchar", { length: 8, nullable: true })
  storageClass!: BlobClass | null;

  @Column("varchar", { length: 8, nullable: true })
  storeLock!: BlobLock | null;

  /** Until when it is some process's to change the two above; null, or past, where it is nobody's. */
  @Column("bigint", { nullable: true })
  placingUntil!: number | null;
}
