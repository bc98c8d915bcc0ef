/** Who acts: as authenticated, never as claimed. */
export interface Actor {
  /** Node number in the `actor` table. */
  readonly node: number;
  readonly name: string;
  readonly kind: ActorKind;
}

export enum ActorKind {
  PERSON = "PERSON",
  SERVICE = "SERVICE",
}
