import { Column, Entity, Index, PrimaryColumn } from "typeorm";

/** Which actor somebody is whom an identity provider vouches for. Several tokens of one person are one actor. */
@Entity("actor_identity")
@Index("identity_actor", ["actorId"])
export class ActorIdentity {
  /** The provider, as its tokens name it. */
  @PrimaryColumn("varchar", { length: 255 })
  issuer!: string;

  /** The person, as the provider numbers it: never a name, which may change hands. */
  @PrimaryColumn("varchar", { length: 255 })
  subject!: string;

  @Column("int", { unsigned: true })
  actorId!: number;

  @Column("bigint")
  createdAt!: number;
}
