import { type ErrorCode, StemmaError } from "../kernel/errors.ts";
import type { KeyValueInput } from "../tracking/fact.inputs.ts";
import { absent, badParameter, type MlflowError } from "./mlflow-error.ts";
import { absentRun } from "./run-reads.ts";

/** Does something; what is refused for the sake of this input is refused in other words where there are some. */
async function reworded<T>(
  field: string,
  act: () => Promise<T>,
  wordsFor: (code: ErrorCode) => MlflowError | Promise<MlflowError | null> | null,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const isOfField = error instanceof StemmaError && error.inputPath?.[0] === field;
    throw (isOfField && (await wordsFor(error.code))) || error;
  }
}

/** What is refused for the run's sake is refused in MLflow's words. */
export function ofRun<T>(runId: string, act: () => Promise<T>): Promise<T> {
  return reworded("runId", act, (code) => {
    if (code === "NOT_FOUND") return absentRun(runId);
    if (code !== "CONFLICT") return null;
    return badParameter(`The run ${runId} must be in the 'active' state. Current state is deleted.`);
  });
}

/** The same for a logged model; one that is deleted is absent. */
export function ofModel<T>(modelId: string, act: () => Promise<T>): Promise<T> {
  return reworded("modelId", act, (code) =>
    code === "NOT_FOUND" || code === "CONFLICT" ? absentModel(modelId) : null,
  );
}

export function absentModel(modelId: string): MlflowError {
  return absent(`Logged model with ID '${modelId}' not found.`);
}

/** Params never change; MLflow tells which would, and what they are. */
export function paramsUnchanged<T>(
  act: () => Promise<T>,
  held: () => Promise<readonly KeyValueInput[]>,
  told: { runId: string; given: readonly KeyValueInput[]; isBatch: boolean },
): Promise<T> {
  return reworded("params", act, async (code) => {
    if (code !== "CONFLICT") return null;
    const { runId, given, isBatch } = told;
    const there = new Map((await held()).map(({ key, value }) => [key, value]));
    const changed = given.filter(({ key, value }) => there.has(key) && there.get(key) !== value);
    const [first] = changed;
    const intro = "Changing param values is not allowed.";
    if (!isBatch && first) {
      return badParameter(
        `${intro} Param with key='${first.key}' was already logged with value='${there.get(first.key)}' for run ID='${runId}'. Attempted logging new value '${first.value}'.`,
      );
    }
    const listed = changed.map(
      ({ key, value }) => `{'key': '${key}', 'old_value': '${there.get(key)}', 'new_value': '${value}'}`,
    );
    return badParameter(
      `${intro} Params were already logged='[${listed.join(", ")}]' for run ID='${runId}'.`,
    );
  });
}
