import { randomBytes } from "node:crypto";
import type { Asking } from "./load.ts";
import { askRest, type Party, restRequest } from "./mlflow-parties.ts";
import {
  alias,
  largeModel,
  middleModel,
  middleSize,
  movedModel,
  readModel,
  runId,
  type Sizes,
  smallModel,
  smallPrefix,
  smallSize,
} from "./mlflow-seed.ts";
import { benchPrefix } from "./seed.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its endpoint
type Json = any;

/** What both are asked. */
export interface Contest {
  name: string;
  /** As many times as fast as MLflow. */
  aim: 1 | 10;
  /** Whether this many requests are timed one by one, or as many are answered as there is time for. */
  pace: { oneByOne: number } | { together: number } | "while there is time";
  /** Made anew before each sample, of which what it takes is no part. */
  prepare(party: Party): Asking | Promise<Asking>;
  /** What of an answer both must tell alike. */
  meaningOf(answer: Json): unknown;
}

export interface Seeded {
  sizes: Sizes;
  /** The experiment's number, as each has it. */
  experiments: Record<Party["name"], string>;
}

const page = "100";
const createsPerSample = 10;
const movesPerSample = 20;
const racers = 128;
/** More than there are connections, so that no run is written to by two of them at once. */
const runsWrittenTo = 64;
const metricsPerBatch = 100;

const versionIn = ({ name, version, current_stage, status, source }: Json) => {
  return { name, version: Number(version), current_stage, status, source };
};
const metricsIn = ({ data }: Json) =>
  Object.fromEntries(data.metrics.map(({ key, value, step }: Json) => [key, [value, Number(step ?? 0)]]));
const runIn = ({ info, data }: Json) => ({
  ...{ id: info.run_id, name: info.run_name, status: info.status, metrics: metricsIn({ data }) },
  params: Object.fromEntries(data.params.map(({ key, value }: Json) => [key, value])),
});

const ownSource = (turn: number) => `s3://bucket/new/${turn}`;

function creating(party: Party, modelAt: (turn: number) => string, sourceAt = ownSource): Asking {
  return (turn) =>
    restRequest(party, "POST", "model-versions/create", { name: modelAt(turn), source: sourceAt(turn) });
}

/** The number, and of which turn it was, tell nothing: both have been asked different turns. */
const createdIn = ({ model_version }: Json) => {
  const { status, current_stage } = model_version;
  return { status, current_stage };
};

function creates(size: number, modelAt: (turn: number) => string): Contest {
  return {
    name: `create version, ${size.toLocaleString("en")} there`,
    aim: 1,
    pace: { oneByOne: createsPerSample },
    prepare: (party) => creating(party, modelAt),
    meaningOf: createdIn,
  };
}

/** All on one new model. */
function races(name: string, sourceAt: (turn: number) => string): Contest {
  return {
    ...{ name, aim: 1, pace: { together: racers }, meaningOf: createdIn },
    async prepare(party) {
      const model = `${benchPrefix}.raced-${randomBytes(4).toString("hex")}`;
      await askRest(party, "registered-models/create", { name: model });
      return creating(party, () => model, sourceAt);
    },
  };
}

function reads(
  name: string,
  aim: Contest["aim"],
  requestAt: (party: Party, turn: number) => Buffer,
  meaningOf: Contest["meaningOf"],
): Contest {
  return {
    ...{ name, aim, pace: "while there is time", meaningOf },
    prepare: (party) => (turn) => requestAt(party, turn),
  };
}

function ofRegistry(sizes: Sizes): Contest[] {
  const size = middleSize(sizes);
  const small = `name LIKE '${smallPrefix}%'`;
  return [
    reads(
      "get by alias",
      10,
      (party) => restRequest(party, "GET", "registered-models/alias", { name: readModel, alias }),
      ({ model_version }) => versionIn(model_version),
    ),
    reads(
      "get version",
      10,
      (party, turn) =>
        restRequest(party, "GET", "model-versions/get", {
          name: readModel,
          version: String((turn % size) + 1),
        }),
      ({ model_version }) => versionIn(model_version),
    ),
    reads(
      `versions page, ${page} of ${size.toLocaleString("en")}`,
      1,
      (party) =>
        restRequest(party, "GET", "model-versions/search", {
          filter: `name='${readModel}'`,
          max_results: page,
        }),
      ({ model_versions }) => model_versions.map(versionIn),
    ),
    reads(
      `models page, ${page}`,
      1,
      (party) => restRequest(party, "GET", "registered-models/search", { filter: small, max_results: page }),
      ({ registered_models }) => registered_models.map(({ name, aliases }: Json) => ({ name, aliases })),
    ),
    creates(smallSize, smallModel),
    creates(size, () => middleModel),
    { ...creates(sizes.versions, () => largeModel), aim: 10 },
    races("create version, all on one new model", ownSource),
    races("create version, alike and all at once", () => "s3://bucket/new"),
    {
      name: "transition",
      aim: 1,
      pace: { oneByOne: movesPerSample },
      async prepare(party) {
        const move = (version: number, stage: string) => ({
          ...{ name: movedModel, version: String(version), stage },
          archive_existing_versions: false,
        });
        for (const version of [1, 2]) {
          await askRest(party, "model-versions/transition-stage", move(version, "Archived"));
        }
        let moved = 0;
        // Each time another one, and never to where it stands.
        return () => {
          const [version, stage] = [(moved % 2) + 1, moved % 4 < 2 ? "Staging" : "Production"];
          moved++;
          return restRequest(party, "POST", "model-versions/transition-stage", move(version, stage));
        };
      },
      meaningOf: ({ model_version }) => versionIn(model_version),
    },
  ];
}

function ofRuns({ sizes, experiments }: Seeded): Contest[] {
  return [
    {
      name: `log-batch, ${metricsPerBatch} metrics`,
      aim: 1,
      pace: "while there is time",
      async prepare(party) {
        const runs: string[] = [];
        while (runs.length < runsWrittenTo) {
          const created = await askRest(party, "runs/create", {
            experiment_id: experiments[party.name],
            start_time: Date.now(),
          });
          runs.push(created.run.info.run_id);
        }
        return (turn) => {
          const timestamp = Date.now();
          const metrics = Array.from({ length: metricsPerBatch }, (_, at) => {
            return { key: `measure_${at}`, value: turn / (at + 1), timestamp, step: turn };
          });
          return restRequest(party, "POST", "runs/log-batch", { run_id: runs[turn % runs.length], metrics });
        };
      },
      meaningOf: (answer) => answer,
    },
    reads(
      `search runs by metric, ${page} of ${sizes.runs.toLocaleString("en")}`,
      1,
      (party) =>
        restRequest(party, "POST", "runs/search", {
          experiment_ids: [experiments[party.name]],
          filter: "metrics.auc > 0.5",
          order_by: ["metrics.auc DESC"],
          max_results: Number(page),
        }),
      ({ runs }) => runs.map(runIn),
    ),
    reads(
      "get run",
      1,
      (party, turn) => restRequest(party, "GET", "runs/get", { run_id: runId(turn % sizes.runs) }),
      ({ run }) => runIn(run),
    ),
  ];
}

export function contestsOf(seeded: Seeded): Contest[] {
  return [...ofRegistry(seeded.sizes), ...ofRuns(seeded)];
}
