import { Column, Entity, PrimaryColumn } from "typeorm";

/** By what the registry knows its store of objects again: one row, made by the first start. */
@Entity("store_mark")
export class StoreMarkRow {
  /** Always 1. */
  @PrimaryColumn("int", { unsigned: true })
  id!: number;

  @Column("varchar", { length: 64 })
  mark!: string;

  /** When the store had it, epoch ms; null while nobody has seen it there: then it may still be written. */
  @Column("bigint", { nullable: true })
  writtenAt!: number | null;
}
