import { artifactCalls } from "./artifacts.ts";
import type { Call } from "./call.ts";
import { experimentCalls } from "./experiments.ts";
import { loggedModelCalls } from "./logged-models.ts";
import { modelVersionCalls, stageCalls } from "./model-versions.ts";
import { aliasCalls, registeredModelCalls } from "./registered-models.ts";
import { runSearchCalls } from "./run-searches.ts";
import { runCalls } from "./runs.ts";

/** In this order: what comes later builds on what comes before. */
export const allCalls: readonly Call[] = [
  ...registeredModelCalls,
  ...modelVersionCalls,
  ...aliasCalls,
  ...stageCalls,
  ...experimentCalls,
  ...runCalls,
  ...runSearchCalls,
  ...loggedModelCalls,
  ...artifactCalls,
];
