import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** A role of this registry's own: a named set of permissions. The built-in ones are in role.rules.ts. */
@Entity("role")
@Index("role_live_name", ["liveName"], { unique: true })
@Index("role_name", ["name"])
export class RoleRow {
  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("varchar", { length: 64 })
  name!: string;

  /** The name while it is not deleted. */
  @Column("varchar", { length: 64, nullable: true })
  liveName!: string | null;

  /** JSON list of permissions. */
  @Column("text")
  permissions!: string;

  @Column("int", { unsigned: true })
  revision!: number;

  @Column("bigint")
  createdAt!: number;

  @Column("bigint")
  updatedAt!: number;

  @Column("bigint", { nullable: true })
  deletedAt!: number | null;
}
