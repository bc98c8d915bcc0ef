import { comparedWith, type GateFacts, isTraining } from "./gate.rules.ts";
import { type Gate, GateKind } from "./policy.entity.ts";
import type { RestsOn } from "./verdict.entity.ts";

/** With the checks, they stand in an event's body, which is bounded. */
const mostNodes = 16;

/**
 * What a gate's finding is taken from that not all readers of the version may read: runs and data. What is missing from a
 * run, or was not done with a dataset, is theirs to know as little as what is there.
 */
export function sourcesOf(gate: Gate, facts: GateFacts): RestsOn {
  const { kind, compare } = gate;
  const run = [facts.run];
  switch (kind) {
    case GateKind.METRIC:
      return { actual: few(run), expected: few(comparedWith(compare!, facts).map((other) => other.run)) };
    case GateKind.DISPARITY:
    case GateKind.PARAM:
      return { actual: few(run), expected: [] };
    case GateKind.LINEAGE:
      return {
        actual: few([...run, ...facts.uses.filter(isTraining).map((use) => use.datasetVersion)]),
        expected: [],
      };
    case GateKind.EVALUATION: {
      // One that is hidden and one that is not there must look the same.
      const dataset = facts.datasets.get(gate.dataset!);
      return { actual: dataset === undefined ? null : few([...run, dataset]), expected: [] };
    }
    default:
      return { actual: [], expected: [] };
  }
}

/** As many as an event can hold: a finding that rests on more is for those who read everything. */
function few(nodes: readonly (number | null)[]): number[] | null {
  const different = [...new Set(nodes.filter((node) => node !== null))];
  return different.length > mostNodes ? null : different;
}
