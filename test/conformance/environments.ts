import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";
import type { TestProject } from "vitest/node";
import { programOf } from "../support/mariadb.ts";

const run = promisify(execFile);

/** The newest of each major version that clients use. */
export const mlflowVersions = ["2.22.5", "3.17.2"] as const;
export type MlflowVersion = (typeof mlflowVersions)[number];
/** The one whose server is the measure. */
export const newest: MlflowVersion = "3.17.2";

const scikitLearn = "1.9.1";

declare module "vitest" {
  export interface ProvidedContext {
    /** The Python of each version's virtual environment; or why there is none on this machine. */
    mlflow: { pythons: Record<MlflowVersion, string>; why?: undefined } | { why: string };
  }
}

export const howToInstall =
  "these tests need Python 3.10 or newer that can make virtual environments: run `apt-get install python3-venv`";

/** Makes what is missing of the environments; where there is no Python, tests are left out, but never with CI=true. */
export default async function setup(project: TestProject): Promise<void> {
  const python = await suitablePython();
  if (python) {
    const made = mlflowVersions.map(async (version) => [version, await pythonWith(python, version)]);
    project.provide("mlflow", { pythons: Object.fromEntries(await Promise.all(made)) });
  } else if (process.env.CI === "true") {
    throw new Error(howToInstall);
  } else {
    console.warn(`conformance with MLflow's client is left out: ${howToInstall}`);
    project.provide("mlflow", { why: howToInstall });
  }
}

/** Says why the tests are left out on this machine; null where they run. */
export function whyNoMlflow(): string | null {
  return inject("mlflow").why ?? null;
}

export function pythonOf(version: MlflowVersion): string {
  const { why, ...provided } = inject("mlflow");
  if (why !== undefined) throw new Error(why);
  return (provided as { pythons: Record<MlflowVersion, string> }).pythons[version];
}

export async function suitablePython(): Promise<string | null> {
  const python = programOf("python3");
  const needs = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";
  return (
    python &&
    run(python, ["-c", needs]).then(
      () => python,
      () => null,
    )
  );
}

/** Kept between runs, outside of the checkout; it is there whole or not at all. */
export async function pythonWith(python: string, version: MlflowVersion): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "stemma");
  const kept = join(cache, `mlflow-${version}-scikit-learn-${scikitLearn}`);
  const program = join(kept, "bin/python");
  // A link to nowhere is left where the Python it was made from is gone.
  if (!existsSync(program)) {
    await mkdir(cache, { recursive: true });
    const fresh = await mkdtemp(`${kept}.`);
    await run(python, ["-m", "venv", fresh]);
    const wanted = [`mlflow==${version}`, `scikit-learn==${scikitLearn}`];
    await run(join(fresh, "bin/python"), ["-m", "pip", "install", "--quiet", "--no-compile", ...wanted], {
      maxBuffer: 2 ** 26,
    });
    if (!existsSync(program)) await rm(kept, { recursive: true, force: true });
    await rename(fresh, kept).catch(async (cause) => {
      // Another run may have been first.
      await rm(fresh, { recursive: true });
      if (!existsSync(program)) throw cause;
    });
  }
  return program;
}
