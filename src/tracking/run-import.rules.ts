import { conflict, invalid } from "../kernel/errors.ts";
import { nfc } from "../kernel/names.ts";
import type { DatasetUseInput } from "./dataset.inputs.ts";
import { metricsOf, paramsOf, tagsOf } from "./fact.rules.ts";
import type { GivenFacts } from "./facts.ts";
import type { Run } from "./run.entity.ts";
import type { ImportedRunInput } from "./run.inputs.ts";
import { isOpen, runIdOf, runTexts } from "./run.rules.ts";
import type { RunSources } from "./run-graph.ts";

export const mostImportedPoints = 10_000;

/** An imported run, checked. */
export interface ToldRun extends RunSources {
  /** Where it stands in the input, such as `batch.runs.3`. */
  at: string;
  runId: string;
  experiment: string;
  parentRunId: string | null;
  facts: Pick<Run, "name" | "entryPoint" | "attributedTo" | "status" | "startedAt" | "endedAt" | "deletedAt">;
  given: GivenFacts;
  outputs: readonly DatasetUseInput[];
}

export function toldRun(at: string, came: ImportedRunInput): ToldRun {
  const { startedAt = null, endedAt = null, deletedAt = null, parentRunId, commit, inputs, outputs } = came;
  const runId = runIdOf(`${at}.runId`, came.runId);
  if (parentRunId === runId) throw invalid(`${at}.parentRunId`, "another run", parentRunId);
  return {
    at,
    runId,
    experiment: nfc(came.experiment),
    parentRunId: parentRunId == null ? null : runIdOf(`${at}.parentRunId`, parentRunId),
    facts: { ...runTexts(came, `${at}.`), status: came.status, startedAt, endedAt, deletedAt },
    given: {
      at,
      params: paramsOf(came.params, `${at}.params`),
      tags: tagsOf(came.tags, `${at}.tags`),
      metrics: metricsOf(came.metrics, startedAt ?? endedAt ?? 0, mostImportedPoints, `${at}.metrics`),
    },
    ...(commit ? { commit } : {}),
    ...(inputs ? { datasets: inputs } : {}),
    outputs: outputs ?? [],
  };
}

/** Each run once: parts of the same one are joined, the first to tell a fact is believed. */
export function joined(told: readonly ToldRun[]): Map<string, ToldRun> {
  const runs = new Map<string, ToldRun>();
  for (const part of told) {
    const first = runs.get(part.runId);
    runs.set(part.runId, first ? joinedTwo(first, part) : part);
  }
  return runs;
}

function joinedTwo(first: ToldRun, second: ToldRun): ToldRun {
  const datasets = [...(first.datasets ?? []), ...(second.datasets ?? [])];
  const commit = first.commit ?? second.commit;
  return {
    ...first,
    parentRunId: first.parentRunId ?? second.parentRunId,
    facts: { ...first.facts, ...fillsOf(first.facts, second.facts) },
    given: {
      at: first.at,
      params: new Map([...second.given.params!, ...first.given.params!]),
      tags: new Map([...second.given.tags!, ...first.given.tags!]),
      metrics: [...first.given.metrics!, ...second.given.metrics!],
    },
    ...(commit ? { commit } : {}),
    ...(datasets.length > 0 ? { datasets } : {}),
    outputs: [...first.outputs, ...second.outputs],
  };
}

const fillable = ["name", "entryPoint", "attributedTo", "startedAt"] as const;

/** What is told now and was not known; a run that was open may have ended. What is known stays, and so does a deletion or a restoration. */
export function fillsOf(known: ToldRun["facts"], told: ToldRun["facts"]): Partial<ToldRun["facts"]> {
  const fills = fillable.filter((name) => known[name] === null && told[name] !== null);
  const hasEnded = isOpen(known) && !isOpen(told);
  const endedAt = known.endedAt ?? told.endedAt;
  return {
    ...Object.fromEntries(fills.map((name) => [name, told[name]])),
    ...(hasEnded ? { status: told.status } : {}),
    ...(endedAt === known.endedAt ? {} : { endedAt }),
  };
}

/** Throws CONFLICT where runs of one batch descend from themselves. */
export function mustDescend(runs: ReadonlyMap<string, ToldRun>): void {
  const isClear = new Set<string>();
  for (const run of runs.values()) {
    const line = new Set<string>();
    for (let next: ToldRun | undefined = run; next && !isClear.has(next.runId); ) {
      if (line.has(next.runId)) {
        throw conflict(`run ${next.runId} descends from itself`, `${next.at}.parentRunId`);
      }
      line.add(next.runId);
      next = next.parentRunId === null ? undefined : runs.get(next.parentRunId);
    }
    for (const runId of line) isClear.add(runId);
  }
}
