import type {
  ImportBatch,
  ImportedAlias,
  ImportedCommit,
  ImportedExperiment,
  ImportedLoggedModel,
  ImportedMetric,
  ImportedModel,
  ImportedRun,
  ImportedVersion,
} from "../../client/import-batch.ts";

type Points = AsyncIterable<ImportedMetric> | Iterable<ImportedMetric>;

/** One record on its way into a batch; metric points come beside it, because there may be many. */
export type ImportRecord =
  | { kind: "experiments"; record: ImportedExperiment }
  | { kind: "commits"; record: ImportedCommit }
  | { kind: "runs"; record: ImportedRun; points: Points }
  | { kind: "loggedModels"; record: ImportedLoggedModel; points: Points }
  | { kind: "models"; record: ImportedModel }
  | { kind: "versions"; record: ImportedVersion }
  | { kind: "aliases"; record: ImportedAlias };

/** Quarters of a record that fill a batch: 500 records, or 1,000 metric points, or 2,000 params and tags. */
const fullAt = 2_000;
const ofRecord = 4;
const ofPoint = 2;
const ofPair = 1;
/** Characters of JSON that fill a batch whatever it counts; one record larger than that travels alone. */
const fullAtCharacters = 1_000_000;

class Filling {
  private batch: ImportBatch;
  private weight = 0;
  private characters = 0;

  constructor(private readonly source: string) {
    this.batch = { source };
  }

  hasRoomFor(weight: number, characters: number): boolean {
    return (
      this.weight === 0 ||
      (this.weight + weight <= fullAt && this.characters + characters <= fullAtCharacters)
    );
  }

  put(kind: ImportRecord["kind"], record: object, weight: number, characters: number): void {
    const list = (this.batch[kind] ?? []) as object[];
    list.push(record);
    (this.batch as unknown as Record<string, object[]>)[kind] = list;
    this.grow(weight, characters);
  }

  grow(weight: number, characters: number): void {
    this.weight += weight;
    this.characters += characters;
  }

  take(): ImportBatch | undefined {
    if (this.weight === 0) return undefined;
    const full = this.batch;
    this.batch = { source: this.source };
    this.weight = 0;
    this.characters = 0;
    return full;
  }
}

/**
 * Cuts records into bounded batches, in the order they come. A long metric history goes on in the next batch under a
 * record that repeats the run's own facts but not its params, tags and inputs.
 */
export async function* inBatches(
  source: string,
  records: AsyncIterable<ImportRecord>,
): AsyncGenerator<ImportBatch> {
  const filling = new Filling(source);
  for await (const item of records) {
    const weight = weightOf(item.record);
    const characters = JSON.stringify(item.record).length;
    if (!filling.hasRoomFor(weight, characters)) yield filling.take()!;
    filling.put(item.kind, item.record, weight, characters);
    if (item.kind !== "runs" && item.kind !== "loggedModels") continue;
    let part: ImportedRun | ImportedLoggedModel = item.record;
    for await (const point of item.points) {
      const size = point.key.length + 90;
      if (!filling.hasRoomFor(ofPoint, size)) {
        yield filling.take()!;
        part = continuationOf(item.record);
        filling.put(item.kind, part, weightOf(part), JSON.stringify(part).length);
      }
      part.metrics ??= [];
      part.metrics.push(point);
      filling.grow(ofPoint, size);
    }
  }
  const last = filling.take();
  if (last) yield last;
}

function weightOf(record: object): number {
  const { params, tags, inputs, outputs } = record as Partial<ImportedRun>;
  const pairs = (params?.length ?? 0) + (tags?.length ?? 0);
  const uses = (inputs?.length ?? 0) + (outputs?.length ?? 0);
  return ofRecord + pairs * ofPair + uses * ofRecord;
}

function continuationOf<T extends ImportedRun | ImportedLoggedModel>(record: T): T {
  const { metrics, params, tags, inputs, outputs, ...facts } = record as ImportedRun;
  return facts as unknown as T;
}
