import { type Sql, sql } from "./sql.ts";

/** A condition on a path: below this folder, however deep. `/` and `0` are neighbours in ASCII, so that is a range. */
export function isBelow(folder: string, path: Sql): Sql {
  return folder === "" ? sql`${path} <> ''` : sql`(${path} > ${`${folder}/`} AND ${path} < ${`${folder}0`})`;
}
