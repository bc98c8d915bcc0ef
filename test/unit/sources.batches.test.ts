import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  mapNames,
  ownExperimentName,
  ownKey,
  ownModelName,
  ownName,
} from "../../src/cli/sources/foreign-names.ts";
import { openSource } from "../../src/cli/sources/open-source.ts";
import { repositoryName, withoutCredentials } from "../../src/cli/sources/repository-name.ts";
import { Warnings } from "../../src/cli/sources/warnings.ts";
import { modelNameOf, nameOf } from "../../src/kernel/names.ts";
import { experimentNameOf } from "../../src/tracking/experiment.rules.ts";
import {
  everything,
  experimentMeta,
  fileStore,
  listOf,
  runId,
  runMeta,
  versionMeta,
} from "../support/foreign-stores.ts";

const [a, b] = [runId("a"), runId("b")];

describe("batches", () => {
  it("hold at most 1,000 metric points; a longer history goes on under the same run", async () => {
    const line = (step: number) => `1700000001000 ${step / 7} ${step}\n`;
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      [`0/${a}/meta.yaml`]: runMeta(a),
      [`0/${a}/params/depth`]: "3",
      [`0/${a}/metrics/loss`]: Array.from({ length: 2_500 }, (_, step) => line(step)).join(""),
      [`0/${b}/meta.yaml`]: runMeta(b),
    });
    const source = await openSource(path);
    const batches = await listOf(source.batches());
    const parts = batches.map((batch) =>
      (batch.runs ?? []).reduce((n, run) => n + (run.metrics?.length ?? 0), 0),
    );
    expect(Math.max(...parts)).toBeLessThanOrEqual(1_000);
    expect(parts.reduce((sum, n) => sum + n)).toBe(2_500);
    expect(batches[1]?.runs?.[0]).toMatchObject({
      runId: a,
      experiment: "Default",
      status: "FINISHED",
      startedAt: "2023-11-14T22:13:21.000Z",
    });
    expect(batches[1]?.runs?.[0]).not.toHaveProperty("params");
    const steps = (await everything(source)).runs.flatMap((run) =>
      (run.metrics ?? []).map((point) => point.step),
    );
    expect(steps).toEqual(Array.from({ length: 2_500 }, (_, step) => step));
    expect(await source.counts()).toMatchObject({ runs: 2, metrics: 2_500, params: 1 });
  });

  it("hold at most 500 records and stay small in bytes", async () => {
    const versions = Array.from({ length: 1_200 }, (_, index) => index + 1);
    const path = fileStore({
      "models/m/meta.yaml": "name: m\n",
      ...Object.fromEntries(
        versions.map((n) => [
          `models/m/version-${n}/meta.yaml`,
          versionMeta("m", n, n <= 4 ? `description: ${"x".repeat(400_000)}\n` : ""),
        ]),
      ),
    });
    const batches = await listOf((await openSource(path)).batches());
    expect(batches.flatMap((batch) => batch.versions ?? []).map((version) => version.number)).toEqual(
      versions,
    );
    for (const batch of batches) {
      expect(batch.versions!.length).toBeLessThanOrEqual(500);
      expect(JSON.stringify(batch).length).toBeLessThan(1_100_000);
    }
  });

  it("name nothing before it came", async () => {
    const path = fileStore({
      "0/meta.yaml": experimentMeta(),
      [`0/${a}/meta.yaml`]: runMeta(a),
      [`0/${a}/tags/mlflow.source.git.commit`]: "c".repeat(40),
      "models/m/meta.yaml": "name: m\naliases:\n  best: '1'\n",
      "models/m/version-1/meta.yaml": versionMeta("m", 1, `run_id: ${a}\n`),
    });
    const [batch] = await listOf((await openSource(path, { repository: "https://git.example/x" })).batches());
    expect(Object.keys(batch!)).toEqual([
      "source",
      "experiments",
      "commits",
      "runs",
      "models",
      "versions",
      "aliases",
    ]);
    expect(batch?.runs?.[0]?.commit).toEqual({ repository: "https://git.example/x", sha: "c".repeat(40) });
  });
});

describe("foreign names", () => {
  it("that break Stemma's rules are mapped, and the source says so", async () => {
    const path = fileStore({
      "0/meta.yaml": experimentMeta("0", '"two\\nlines "'),
      [`0/${a}/meta.yaml`]: runMeta(a),
      [`0/${a}/params/ odd`]: "1",
      [`0/${a}/params/odd`]: "2",
      "models/x/meta.yaml": "name: team/fraud@home\naliases:\n  latest: '1'\n",
      "models/x/version-1/meta.yaml": versionMeta("x", 1),
      "models/y/meta.yaml": "name: team-fraud-home\n",
    });
    const source = await openSource(path);
    const { experiments, runs, models, versions, aliases } = await everything(source);
    expect(experiments[0]?.name).toBe("two-lines");
    expect(runs[0]?.experiment).toBe("two-lines");
    expect(runs[0]?.params).toEqual([
      { key: "odd", value: "2" },
      { key: expect.stringMatching(/^odd~[0-9a-f]{6}$/), value: "1" },
    ]);
    expect(models.map((model) => model.name)).toEqual([
      "team-fraud-home",
      expect.stringMatching(/^team-fraud-home~[0-9a-f]{6}$/),
    ]);
    expect(versions[0]).toMatchObject({ model: models[1]?.name, externalId: "mlflow:team/fraud@home/1" });
    expect(aliases).toEqual([{ model: models[1]?.name, alias: "mlflow-latest", version: 1 }]);
    expect(source.warnings).toHaveLength(4);
  });

  it("always come out as names the server takes, and those it takes stay as they are", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary", maxLength: 600 }), fc.string({ unit: "grapheme" })),
        (name) => {
          expect(nameOf("name", ownName(name))).toBe(ownName(name));
          expect(modelNameOf("name", ownModelName(name))).toBe(ownModelName(name));
          const experiment = ownExperimentName(name);
          expect(experimentNameOf("name", experiment)).toBe(experiment);
          const key = ownKey("Tag", name, new Warnings());
          expect(nameOf("key", key)).toBe(key);
          expect(ownName(ownName(name))).toBe(ownName(name));
        },
      ),
    );
  });

  it("are cut where they are too long: those of experiments after 500 characters", () => {
    const long = "🦊".repeat(501);
    expect([ownName(long), ownExperimentName(long)]).toEqual(["🦊".repeat(255), "🦊".repeat(500)]);
  });

  it("never become one", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: fc.constantFrom("a", "/", ":", " ", "\n", "-") })),
        (names) => {
          const mapped = mapNames("Model", names, ownModelName, new Warnings());
          expect(new Set(mapped.values()).size).toBe(names.length);
        },
      ),
    );
  });
});

describe("repository names", () => {
  it("carry no credentials", () => {
    expect(repositoryName("https://user:secret@git.example/a/b.git?token=secret#x")).toBe(
      "https://git.example/a/b.git",
    );
    expect(repositoryName("https://ghp_secret@git.example/a/b.git")).toBe("https://git.example/a/b.git");
    expect(repositoryName("ssh://git:secret@git.example/a/b.git")).toBe("ssh://git.example/a/b.git");
    expect(repositoryName("ssh://git@git.example/a/b.git")).toBe("ssh://git@git.example/a/b.git");
    expect(repositoryName("git@git.example:a/b.git")).toBe("git@git.example:a/b.git");
    expect(repositoryName(undefined)).toBe("");
    expect(withoutCredentials('{"uri": "https://u:p@h/x", "mail": "a@b.c"}')).toBe(
      '{"uri": "https://h/x", "mail": "a@b.c"}',
    );
  });
});
