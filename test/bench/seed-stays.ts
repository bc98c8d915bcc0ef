import { createConnection } from "mysql2/promise";
import { benchPrefix } from "./seed.ts";
import { insert } from "./seed-lineage.ts";

/** Models whose versions went all the way, one after the other. */
export interface SeededStays {
  models: string[];
  /** Instants spread over their past, the last of all events among them. */
  instants: string[];
}

const way = ["None", "Staging", "Production", "Archived"];
export const instantCount = 100;
const hash = "0".repeat(64);

/** One event, with the stay that it begins. */
interface Step {
  version: number;
  model: number;
  stage: number;
}

/** Each version is registered, and all before it that are still on their way go one stage on; all models side by side. */
function stepsOf(firstId: number, models: readonly number[], events: number): Step[] {
  const steps: Step[] = [];
  for (let round = 0; steps.length < events; round++) {
    for (const [at, model] of models.entries()) {
      for (let stage = 0; stage < way.length && stage <= round; stage++) {
        steps.push({ version: firstId + (round - stage) * models.length + at, model, stage });
      }
    }
  }
  return steps.slice(0, events);
}

/** Straight into the tables, as the verbs would have written it, on top of what is there. */
export async function seedStays(
  databaseUrl: string,
  name: string,
  { models: count, events }: { models: number; events: number },
): Promise<SeededStays> {
  const connection = await createConnection(databaseUrl);
  try {
    // biome-ignore lint/suspicious/noExplicitAny: a row has the shape of its statement
    const [[start]] = await connection.query<any>(
      "SELECT (SELECT MAX(id) FROM node) AS id, (SELECT MIN(id) FROM actor) AS actor, seq, recordedAt FROM journal_head",
    );
    const begin = Math.max(start.recordedAt, Date.now());
    const names = Array.from({ length: count }, (_, at) => `${benchPrefix}.${name}-${at}`);
    const models = names.map((_, at) => start.id + 1 + at);
    const firstVersion = start.id + 1 + count;
    const steps = stepsOf(firstVersion, models, events);
    const seqAt = (step: number) => start.seq + 1 + step;
    const last = new Map<number, number>();
    const ends = new Map<number, number>();
    for (const [at, { version }] of steps.entries()) {
      if (last.has(version)) ends.set(last.get(version)!, at);
      last.set(version, at);
    }
    const numberOf = (version: number) => Math.floor((version - firstVersion) / count) + 1;
    const versions = [...last].map(([id, at]) => ({ id, number: numberOf(id), ...steps[at]! }));
    await insert(
      connection,
      "model (id, name, liveName, lastNumber, createdAt, updatedAt, revision)",
      names.map((each, at) => [models[at], each, each, Math.ceil(versions.length / count), begin, begin, 1]),
    );
    await insert(
      connection,
      "node (id, kind, label, scope)",
      names.map((each, at) => [models[at], "MODEL", each, each]),
    );
    await insert(
      connection,
      "node (id, kind, label, container)",
      versions.map(({ id, number, model }) => [id, "MODEL_VERSION", String(number), model]),
    );
    await insert(
      connection,
      "model_version (id, modelId, number, stage, status, createdBy, createdAt, updatedAt, revision)",
      versions.map(({ id, model, number, stage }) => {
        return [id, model, number, way[stage], "READY", start.actor, begin, begin, 1];
      }),
    );
    await insert(
      connection,
      "event (seq, groupSeq, type, schemaVersion, recordedAt, occurredAt, actorId, subjectId, containerId, body, prevHash, hash, isImported)",
      steps.map(({ version, model, stage }, at) => {
        const type = stage === 0 ? "version.registered" : "stage.changed";
        const when = begin + at;
        const body = bodyOf(stage);
        return [seqAt(at), seqAt(at), type, 1, when, when, start.actor, version, model, body, hash, hash, 0];
      }),
    );
    await insert(
      connection,
      "stage_change (versionId, modelId, stage, fromSeq, toSeq, fromAt, toAt)",
      steps.map(({ version, model, stage }, at) => {
        const end = ends.get(at);
        const [toSeq, toAt] = end === undefined ? [null, null] : [seqAt(end), begin + end];
        return [version, model, way[stage], seqAt(at), toSeq, begin + at, toAt];
      }),
    );
    await connection.query("UPDATE journal_head SET seq = ?, hash = ?, recordedAt = ?", [
      seqAt(events - 1),
      hash,
      begin + events - 1,
    ]);
    await connection.query("ANALYZE TABLE model, node, model_version, event, stage_change");
    const instants = Array.from({ length: instantCount }, (_, at) => {
      return new Date(begin + Math.floor(((at + 1) * events) / instantCount) - 1).toISOString();
    });
    return { models: names, instants };
  } finally {
    await connection.end();
  }
}

function bodyOf(stage: number): string {
  if (stage === 0) return "{}";
  const verdict = { allowed: true, checks: [], effects: [], policyRevision: 1 };
  return JSON.stringify({ from: way[stage - 1], to: way[stage], isAutomatic: false, verdict });
}
