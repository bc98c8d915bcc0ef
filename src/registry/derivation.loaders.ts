import DataLoader from "dataloader";
import type { Database } from "../db/database.ts";
import { type KeysetList, readPages } from "../db/keyset.ts";
import { readable } from "../db/readable.ts";
import { among, every, sql } from "../db/sql.ts";
import { EdgeType } from "../graph/graph.entity.ts";
import type { Actor } from "../kernel/actor.ts";
import { type PageArgs, sliceOf } from "../kernel/page.ts";
import type { Request } from "../kernel/request.ts";
import type { Derivation, DerivationConnection } from "./version.entity.ts";
import { versionColumns, versionOfRow } from "./version.query.ts";

interface DerivationRow {
  childId: number;
  relation: string;
}

const derived = sql`e.type = ${EdgeType.DERIVED} AND e.retractedSeq IS NULL`;

/** Which versions were made from which; those that the actor may not read are absent. */
export class DerivationLoaders {
  constructor(private readonly db: Database) {}

  parents(request: Request, version: number): Promise<Derivation[]> {
    const loader = request.once(
      this.parents,
      () =>
        new DataLoader<number, Derivation[]>((ids) => this.parentsOf(request.actor, ids), {
          maxBatchSize: 900,
        }),
    );
    return loader.load(version);
  }

  children(request: Request, version: number, args: PageArgs): Promise<DerivationConnection> {
    const slice = sliceOf(args);
    const list: KeysetList = {
      scope: "children",
      select: sql`${versionColumns}, e.role AS relation, e.src AS parentId`,
      from: sql`edge e JOIN model_version v ON v.id = e.dst`,
      where: [derived, ...readable(request.actor, sql`v.modelId`)],
      order: [
        { column: sql`v.id`, as: "nodeId" },
        { column: sql`e.role`, as: "relation" },
      ],
    };
    const loader = request.once(
      `children ${JSON.stringify(slice)}`,
      () =>
        new DataLoader<number, DerivationConnection>((ids) =>
          readPages(this.db.read, list, sql`e.src`, ids, slice, (row) =>
            derivationOf(row as object as DerivationRow),
          ),
        ),
    );
    return loader.load(version);
  }

  private async parentsOf(actor: Actor, ids: readonly number[]): Promise<Derivation[][]> {
    const where = every([derived, among(sql`e.dst`, ids), ...readable(actor, sql`v.modelId`)]);
    const rows = await this.db.read.query<DerivationRow>(
      sql`SELECT ${versionColumns}, e.role AS relation, e.dst AS childId FROM edge e
          JOIN model_version v ON v.id = e.src WHERE ${where} ORDER BY v.id, e.role`,
    );
    const byChild = new Map<number, Derivation[]>(ids.map((id) => [id, []]));
    for (const row of rows) byChild.get(row.childId)?.push(derivationOf(row));
    return ids.map((id) => byChild.get(id)!);
  }
}

function derivationOf(row: DerivationRow): Derivation {
  return { relation: row.relation, modelVersion: versionOfRow(row) };
}
