import type { Database } from "../db/database.ts";
import { type Reader, sql } from "../db/sql.ts";
import type { Transaction } from "../db/transaction.ts";
import { ActorKind } from "../kernel/actor.ts";
import type { ActorRow } from "./actor.entity.ts";
import { actorColumns, actorOfRow } from "./actor.query.ts";
import type { ActorService, Identity } from "./actor.service.ts";
import { numbered } from "./oidc.rules.ts";

/** The actors whom an identity provider vouches for. */
export class Provisioning {
  constructor(
    private readonly db: Database,
    private readonly actors: ActorService,
  ) {}

  /**
   * The actor that stands for this identity; made at first sight, under this name or, where that is taken, one like it.
   * Never one that only has the name: whoever may choose his name elsewhere would be whom he likes.
   */
  async actorOf(identity: Identity, name: string): Promise<ActorRow> {
    const known = await actorFor(this.db.read, identity);
    if (known) return known;
    return this.db.write(async (tx) => {
      // Of two first logins at once, the later is run again and finds what the other made.
      const rival = await actorFor(tx, identity);
      if (rival) return rival;
      const free = await freeName(tx, name);
      await this.actors.createIn(tx, null, { name: free, kind: ActorKind.PERSON, identity });
      return (await actorFor(tx, identity))!;
    });
  }
}

async function actorFor(reader: Reader, { issuer, subject }: Identity): Promise<ActorRow | null> {
  const [row] = await reader.query<object>(
    sql`SELECT ${actorColumns} FROM actor_identity i JOIN actor a ON a.id = i.actorId
        WHERE i.issuer = ${issuer} AND i.subject = ${subject}`,
  );
  return row ? actorOfRow(row) : null;
}

async function freeName(tx: Transaction, wanted: string): Promise<string> {
  for (let count = 1; ; count++) {
    const name = numbered(wanted, count);
    const [namesake] = await tx.query(sql`SELECT 1 AS found FROM actor WHERE name = ${name}`);
    if (!namesake) return name;
  }
}
