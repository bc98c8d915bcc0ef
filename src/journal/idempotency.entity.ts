import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** What a mutation answered under an idempotency key. */
@Entity("idempotency")
@Index("idempotency_created", ["createdAt"])
export class Idempotency {
  @PrimaryColumn("int", { unsigned: true })
  actorId!: number;

  @PrimaryColumn("varchar", { length: 255 })
  idempotencyKey!: string;

  /** SHA-256 over the mutation's name and its canonical input; over the key where that is derived from the request. */
  @Column("varchar", { length: 64 })
  requestHash!: string;

  /** JSON of ids: the nodes and events that the mutation made or changed. */
  @Column("text")
  outcome!: string;

  @Column("bigint")
  createdAt!: number;
}
