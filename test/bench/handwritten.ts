import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createPool } from "mysql2/promise";
import { lineage, type Query } from "./handwritten-lineage.ts";

// What a careful person writes for just these questions: node:http, a mysql2 pool, two statements an answer, JSON.
// Its answers are, byte for byte, what Stemma says to the GraphQL question beside it.

const [databaseUrl, token] = process.argv.slice(2) as [string, string];
const pool = createPool({
  uri: databaseUrl,
  connectionLimit: 16,
  timezone: "Z",
  supportBigNumbers: true,
  bigNumberStrings: false,
});

const digest = createHash("sha256").update(token).digest();

function mayAsk({ headers }: IncomingMessage): boolean {
  const shown = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  return shown !== undefined && timingSafeEqual(createHash("sha256").update(shown).digest(), digest);
}

const query: Query = async (sql, values) => {
  const [rows] = await pool.query(sql, values);
  // biome-ignore lint/suspicious/noExplicitAny: a row has the shape of its statement
  return rows as any[];
};

const instant = (millis: number) => new Date(millis).toISOString();

async function version(ref: string) {
  const cut = ref.lastIndexOf("@");
  const [row] = await query(
    `SELECT v.id, v.number, v.stage, v.status, v.createdAt, m.name FROM model m
     JOIN alias a ON a.modelId = m.id AND a.name = ? JOIN model_version v ON v.id = a.versionId
     WHERE m.liveName = ? AND v.deletedAt IS NULL`,
    [ref.slice(cut + 1), ref.slice(0, cut)],
  );
  if (!row) return { modelVersion: null };
  const aliases = await query("SELECT name FROM alias WHERE versionId = ? ORDER BY name", [row.id]);
  return {
    modelVersion: {
      id: `mv_${row.id}`,
      number: row.number,
      stage: row.stage,
      status: row.status,
      uri: `models:/${row.name}/${row.number}`,
      model: { name: row.name },
      aliases: aliases.map(({ name }) => name),
      createdAt: instant(row.createdAt),
    },
  };
}

async function resolve(ref: string) {
  const cut = ref.lastIndexOf("@");
  const name = ref.slice(cut + 1);
  const rows = await query(
    `SELECT v.id, v.number, v.stage, v.digest, v.source, v.imageUri, v.imageDigest, m.name AS model,
     f.path, f.role, f.sizeBytes, f.sha256, f.contentType, f.uri FROM model m
     JOIN alias a ON a.modelId = m.id AND a.name = ? JOIN model_version v ON v.id = a.versionId
     LEFT JOIN artifact f ON f.versionId = v.id AND f.isEvidence = 0
     WHERE m.liveName = ? AND v.deletedAt IS NULL ORDER BY f.path LIMIT 1000`,
    [name, ref.slice(0, cut)],
  );
  const [first] = rows;
  const files = rows
    .filter(({ path }) => path !== null)
    .map(({ path, role, sizeBytes, sha256, contentType, uri }) => ({
      ...{ path, role, sizeBytes, sha256, contentType, uri, url: null },
    }));
  return {
    model: first.model,
    version: first.number,
    id: `mv_${first.id}`,
    stage: first.stage,
    alias: name,
    uri: first.source,
    digest: first.digest,
    image: first.imageUri && { uri: first.imageUri, digest: first.imageDigest },
    fileCount: files.length,
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    files,
    nextAfter: null,
  };
}

async function models(first: number, firstVersions: number) {
  const found = await query("SELECT id, name FROM model WHERE deletedAt IS NULL ORDER BY name, id LIMIT ?", [
    first,
  ]);
  const page = `(SELECT id, modelId, number, stage, status, createdAt FROM model_version
    WHERE modelId = ? AND deletedAt IS NULL ORDER BY number DESC LIMIT ?)`;
  const rows = found.length
    ? await query(
        found.map(() => page).join(" UNION ALL "),
        found.flatMap(({ id }) => [id, firstVersions]),
      )
    : [];
  const byModel = new Map<number, object[]>(found.map(({ id }) => [id, []]));
  for (const { id, modelId, number, stage, status, createdAt } of rows) {
    byModel.get(modelId)!.push({ id: `mv_${id}`, number, stage, status, createdAt: instant(createdAt) });
  }
  const nodes = found.map(({ id, name }) => ({
    id: `mdl_${id}`,
    name,
    versions: { nodes: byModel.get(id)! },
  }));
  return { models: { nodes } };
}

/** What a path asks for; null where it is none of ours. */
function dataFor({ pathname, searchParams }: URL): Promise<object> | null {
  const number = (name: string) => Number(searchParams.get(name));
  switch (pathname) {
    case "/version":
      return version(searchParams.get("ref")!);
    case "/resolve":
      return resolve(searchParams.get("ref")!);
    case "/models":
      return models(number("first"), number("versions"));
    case "/lineage":
      return lineage(query, number("root"), number("first"));
    default:
      return null;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const data = mayAsk(request) ? dataFor(new URL(request.url!, "http://localhost")) : null;
  if (!data) {
    response.writeHead(mayAsk(request) ? 404 : 401, { "content-length": 0 }).end();
    return;
  }
  const body = JSON.stringify({ data: await data });
  response.writeHead(200, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    process.stderr.write(`${error}\n`);
    response.writeHead(500).end();
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`listens at http://127.0.0.1:${(server.address() as { port: number }).port}\n`);
});
