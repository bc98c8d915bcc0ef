import { createConnection } from "mysql2/promise";
import type { TestProject } from "vitest/node";
import { hasMariadb, howToInstall, startMariadb } from "./mariadb.ts";

/**
 * The server of the `mysql` project: the one STEMMA_TEST_MYSQL_URL names, else a private one, else the machine's own.
 * Where there is none, the tests fail and say how to get one; they are never skipped.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.STEMMA_TEST_MYSQL_URL;
  if (!given && hasMariadb()) {
    const server = await startMariadb();
    project.provide("mysqlUrl", server.url);
    return () => server.stop();
  }
  const url = given ?? "mysql://root@127.0.0.1:3306";
  try {
    await (await createConnection(url)).end();
  } catch (cause) {
    throw new Error(
      given
        ? "the server of STEMMA_TEST_MYSQL_URL does not answer"
        : `no database server here; ${howToInstall}`,
      { cause },
    );
  }
  project.provide("mysqlUrl", url);
  return async () => {};
}
