import { beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../support/access.ts";
import { answers, documentOf, gatedPolicy, type Hands, startLine, type Way, ways } from "../support/gated.ts";
import { candidateOf, type Governed, startGoverned } from "../support/governed.ts";
import { fewestStatements } from "../support/statements.ts";

let governed: Governed;
let hands: Record<keyof Hands, Person>;

beforeAll(async () => {
  governed = await startGoverned();
  const { mia: maintainer, rob: reviewer, registry } = governed;
  hands = { maintainer, reviewer };
  await startLine(hands, registry, "risk.plain");
  await startLine(hands, registry, "risk.gated");
  await registry.mutate("setPolicy", { model: "risk.gated", ...gatedPolicy }, "policy { revision }");
  return governed.world.close;
});

/** Statements of the call that moves the version: the fewest of three, since the first looks at tokens and rights, too. */
async function statementsOf(way: Way): Promise<number> {
  const counts: number[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const { by, mutation, input } = await ways[way](hands, way === "plain" ? "risk.plain" : "risk.gated");
    const { fields, moved } = answers[mutation];
    const statements = await governed.world.statementsOf(async () => {
      const data = await hands[by].ask(documentOf(mutation, fields), { input });
      expect(data).toEqual({ [mutation]: moved });
    });
    counts.push(statements.length);
  }
  return Math.min(...counts);
}

describe("a transition past gates, by approval,", () => {
  it("takes at most twice the statements of a plain one, carried out or applied by the last approval", async () => {
    const plain = await statementsOf("plain");
    const approved = await statementsOf("approved");
    const lastApproval = await statementsOf("lastApproval");
    console.info({ plain, approved, lastApproval });
    expect(approved).toBeGreaterThan(plain);
    expect(approved).toBeLessThanOrEqual(2 * plain);
    expect(lastApproval).toBeLessThanOrEqual(2 * plain);
  });

  it("takes as many statements, however many versions its gates compare with", async () => {
    const { registry, world, mia } = governed;
    const compareWith = async (stages: string[], aliases: string[], others: number) => {
      const places = [...stages.map((stage) => ({ stage })), ...aliases.map((alias) => ({ alias }))];
      const gates = places.map((place) => ({
        kind: "METRIC",
        metric: "auc",
        compare: { op: "GE", ...place },
      }));
      const { model, version } = await candidateOf(governed, { gates });
      await registry.mutate("logModelVersionMetrics", { version, metrics: [{ key: "auc", value: 0.9 }] });
      for (let at = 0; at < others; at++) {
        const other = await registry.version(model, { metrics: [{ key: "auc", value: 0.8 }] });
        await registry.promote(`${model}/${other.number}`, stages[at % stages.length]!);
      }
      for (const alias of aliases) await registry.mutate("setAlias", { model, alias, version: 2 });
      const wish = { version, to: "Production", dryRun: true };
      const { fewest } = await fewestStatements(world, async () => {
        const told = "verdict { allowed checks { name } }";
        const { verdict } = await mia.attempt("transitionModelVersion", wish, told);
        expect(verdict).toMatchObject({ allowed: true });
        expect(verdict.checks.length).toBeGreaterThanOrEqual(places.length);
      });
      return fewest;
    };
    const few = await compareWith(["Staging"], ["champion"], 1);
    expect(await compareWith(["Staging", "Archived"], ["champion", "stable", "last"], 6)).toBe(few);
  });
});
