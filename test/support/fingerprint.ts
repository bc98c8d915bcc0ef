import type { DataSource } from "typeorm";

/** The schema as the engine itself spells it: it shows what a schema diff is blind to (collation, CHECKs, extra tables). */
export async function fingerprintOf(source: DataSource): Promise<string> {
  return source.options.type === "better-sqlite3" ? sqliteFingerprint(source) : mysqlFingerprint(source);
}

async function sqliteFingerprint(source: DataSource): Promise<string> {
  const rows: { sql: string }[] = await source.query(
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY tbl_name, type DESC, name",
  );
  return rows.map(({ sql }) => `${sql};\n`).join("");
}

async function mysqlFingerprint(source: DataSource): Promise<string> {
  const tables: { name: string }[] = await source.query(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME",
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const [row] = await source.query(`SHOW CREATE TABLE \`${name}\``);
    texts.push(`${spelledAlike(row["Create Table"])};\n`);
  }
  return texts.join("");
}

/** Takes out what MySQL 8 and MariaDB merely spell differently, and the next key. */
function spelledAlike(text: string): string {
  return text
    .replace(/ AUTO_INCREMENT=\d+/, "")
    .replace(/ DEFAULT NULL/g, "")
    .replace(/\b(int|bigint)\(\d+\)/g, "$1")
    .replace(
      / longtext( CHARACTER SET \w+ COLLATE \w+)?( NOT NULL)? CHECK \(json_valid\(`\w+`\)\)/g,
      " json$2",
    )
    .replace(/ CHARACTER SET utf8mb4(?= COLLATE)/g, "")
    .replace(/(`\w+` (?:varchar\(\d+\)|(?:medium)?text)) COLLATE utf8mb4_bin/g, "$1")
    .replace(/CHECK \(.*\)/g, (check) => check.replace(/[()]/g, ""));
}
