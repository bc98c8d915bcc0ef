import type { KeyValue } from "../client/import-batch.ts";
import { type Calendar, instant } from "./calendar.ts";
import { mailOf } from "./company/company.ts";
import { repositories } from "./company/repositories.ts";
import type { DemoModel, DemoVersion } from "./company/shapes.ts";
import { digestOf, learningCurve, modelIdOf, noise, rounded, runIdOf, shaOf } from "./invention.ts";

const points = 40;
const minuteMillis = 60_000;

export interface DemoPoint {
  key: string;
  value: number;
  step?: number;
  at: string;
  dataset?: string;
  split?: string;
  slice?: string;
}

/** A run of the company, in words that history and live mutations share. */
export interface DemoRun {
  runId: string;
  name: string;
  experiment: string;
  parentRunId?: string;
  status: "FINISHED" | "FAILED" | "KILLED";
  startedAt: string;
  endedAt: string;
  attributedTo: string;
  entryPoint: string;
  commit: { repository: string; sha: string };
  data: { name: string; digest: string; role: string }[];
  params: KeyValue[];
  tags: KeyValue[];
  metrics: DemoPoint[];
}

export const pairsOf = (record: Record<string, string | number>): KeyValue[] =>
  Object.entries(record).map(([key, value]) => ({ key, value: String(value) }));

export const usesOf = (data: Record<string, string>) =>
  Object.entries(data).map(([role, version]) => ({
    name: version.split(":")[0]!,
    digest: digestOf(version),
    role,
  }));

export function commitOf(key: string): { repository: string; sha: string } {
  const repository = repositories.find(({ commits }) => commits.some((commit) => commit.key === key));
  if (!repository) throw new TypeError(`the company has no commit ${key}`);
  return { repository: repository.url, sha: shaOf(key) };
}

const titleOf = (model: DemoModel, version: DemoVersion) => `${model.name.split(".")[1]} ${version.semantic}`;

/** The logged model that a version was registered from. */
export function loggedModelOf(model: DemoModel, version: DemoVersion) {
  const title = titleOf(model, version);
  return { modelId: modelIdOf(title), name: title, attributedTo: mailOf(version.by) };
}

/** The run that made a version, and before it, where there was a sweep, the runs around it. The last one made it. */
export function runsOf(model: DemoModel, version: DemoVersion, calendar: Calendar): DemoRun[] {
  const title = titleOf(model, version);
  const endedAt = calendar.millis(version.week, title) - 10 * minuteMillis;
  if (!version.sweep) return [runOf(model, version, { name: title, endedAt })];
  const { over, values } = version.sweep;
  const best = version.params[over]!;
  const others = values.filter((value) => value !== best);
  const parent = runOf(model, version, { name: `${title}: ${over}`, endedAt, isSweep: true });
  const children = [...others, best].map((value, index) =>
    runOf(model, version, {
      name: `${title}, ${over} ${value}`,
      endedAt: endedAt - (values.length - index) * 45 * minuteMillis,
      parent,
      param: [over, value],
      loss: value === best ? 0 : 0.02 + 0.01 * index,
    }),
  );
  const startedAt = children.map((child) => child.startedAt).sort()[0]!;
  return [{ ...parent, startedAt }, ...children];
}

interface Part {
  name: string;
  endedAt: number;
  isSweep?: boolean;
  parent?: DemoRun;
  param?: [string, string | number];
  /** How much worse than the version it is, as a share. */
  loss?: number;
}

function runOf(model: DemoModel, version: DemoVersion, part: Part): DemoRun {
  const { name, endedAt, isSweep, parent, param, loss = 0 } = part;
  const minutes = 12 + Math.floor(noise(`duration ${name}`)() * 30);
  const startedAt = endedAt - minutes * minuteMillis;
  const params = { ...version.params, ...(param ? { [param[0]]: param[1] } : {}) };
  return {
    runId: runIdOf(name),
    name,
    experiment: model.name,
    ...(parent ? { parentRunId: parent.runId } : {}),
    status: "FINISHED",
    startedAt: instant(startedAt),
    endedAt: instant(endedAt),
    attributedTo: mailOf(version.by),
    entryPoint: isSweep ? `${model.entryPoint} --sweep ${version.sweep!.over}` : model.entryPoint,
    commit: commitOf(version.commit),
    data: isSweep ? [] : usesOf(version.data),
    params: isSweep ? [] : pairsOf(params),
    tags: isSweep ? [{ key: "kind", value: "sweep" }] : [],
    metrics: isSweep ? [] : historyOf(model, version, name, startedAt, minutes, loss),
  };
}

/** Losses and the deciding metric, step by step. */
function historyOf(
  { measured }: DemoModel,
  { score, params }: DemoVersion,
  name: string,
  startedAt: number,
  minutes: number,
  loss: number,
): DemoPoint[] {
  const stride = Math.max(1, Math.round(Number(params.rounds ?? 400) / points));
  const final = rounded(measured.isLowerBetter ? score * (1 + loss) : score * (1 - loss));
  const spread = noise(`losses ${name}`)();
  const curves: Record<string, number[]> = {
    train_loss: learningCurve(`${name} train`, 0.7 + spread * 0.2, rounded(0.08 + spread * 0.1), points),
    val_loss: learningCurve(`${name} val`, 0.72 + spread * 0.2, rounded(0.11 + spread * 0.12 + loss), points),
    [`val_${measured.key}`]: learningCurve(
      `${name} score`,
      measured.isLowerBetter ? final * 2.6 : final * 0.62,
      final,
      points,
    ),
  };
  return Object.entries(curves).flatMap(([key, values]) =>
    values.map((value, index) => ({
      key,
      value,
      step: (index + 1) * stride,
      at: instant(startedAt + Math.floor(((index + 1) / points) * minutes * minuteMillis)),
    })),
  );
}

/** What a version is measured by: on the whole, and on each slice. */
export function measurementsOf({ name, measured }: DemoModel, version: DemoVersion, at: string): DemoPoint[] {
  const { key, on, split, slices, isLowerBetter } = measured;
  const next = noise(`slices ${name} ${version.semantic}`);
  const whole = { key, value: version.score, at, dataset: on, split };
  return [
    whole,
    ...slices.map((slice) => {
      const shift = (next() - 0.35) * 0.06;
      const value = rounded(version.score * (isLowerBetter ? 1 + shift : 1 - shift));
      return { ...whole, value, slice };
    }),
  ];
}

/** Runs that came to nothing. */
export function failedRunsOf(model: DemoModel, calendar: Calendar): DemoRun[] {
  return (model.failures ?? []).map(({ name, week, by, commit, data, status, says }) => {
    const endedAt = calendar.millis(week, name);
    return {
      runId: runIdOf(name),
      name,
      experiment: model.name,
      status,
      startedAt: instant(endedAt - 95 * minuteMillis),
      endedAt: instant(endedAt),
      attributedTo: mailOf(by),
      entryPoint: model.entryPoint,
      commit: commitOf(commit),
      data: usesOf(data),
      params: [],
      tags: [{ key: "ended", value: says }],
      metrics: [],
    };
  });
}
