// What a mutation answers, field by field: a field of a payload without a row here fails the tests. Whoever adds one
// decides: a noun, or what tells of one, is for whoever reads it, not for whoever may change it.

/** `readers` see it where they read what it is about; `doers` are whoever may do it, though they read nothing. */
export type Audience = "readers" | "doers";

function rowsOf(type: string, fields: Partial<Record<Audience, string>>): [string, Audience][] {
  return Object.entries({ ...fields, doers: `${fields.doers ?? ""} userErrors` }).flatMap(([who, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name): [string, Audience] => [`${type}.${name}`, who as Audience]),
  );
}

export const payloads = new Map<string, Audience>([
  ...rowsOf("ActorPayload", { doers: "actor" }),
  ...rowsOf("AliasPayload", { readers: "alias model" }),
  ...rowsOf("CommitPayload", { readers: "commit" }),
  ...rowsOf("DatasetPayload", { readers: "datasetVersion" }),
  ...rowsOf("ExperimentPayload", { readers: "experiment" }),
  ...rowsOf("GrantPayload", { readers: "grant" }),
  ...rowsOf("ImportHistoryPayload", { doers: "imported unchanged" }),
  ...rowsOf("LoggedFilesPayload", { readers: "loggedModel run", doers: "fileCount" }),
  ...rowsOf("LoggedModelPayload", { readers: "loggedModel" }),
  ...rowsOf("SetModelCardPayload", { readers: "card" }),
  ...rowsOf("ModelPayload", { readers: "model" }),
  ...rowsOf("ModelVersionPayload", { readers: "modelVersion" }),
  ...rowsOf("AliasProtectionPayload", { readers: "aliasProtection" }),
  ...rowsOf("PolicyPayload", { readers: "policy" }),
  ...rowsOf("RecordLineagePayload", { doers: "addedEdges addedNodes" }),
  ...rowsOf("RecordValidationPayload", { readers: "validation" }),
  ...rowsOf("RequestTransitionPayload", { readers: "transitionRequest verdict" }),
  ...rowsOf("ReviewTransitionPayload", { readers: "approval transitionRequest verdict" }),
  ...rowsOf("RollbackPayload", { readers: "archived modelVersion stageChanges verdict" }),
  ...rowsOf("RolePayload", { doers: "role" }),
  ...rowsOf("RunPayload", { readers: "run" }),
  ...rowsOf("StagesPayload", { doers: "stageSet stages" }),
  ...rowsOf("TokenPayload", { readers: "token" }),
  ...rowsOf("TokenSecretPayload", { readers: "token", doers: "secret" }),
  ...rowsOf("TransferOwnershipPayload", { readers: "models", doers: "remaining" }),
  ...rowsOf("TransitionModelVersionPayload", { readers: "archived modelVersion stageChange verdict" }),
  ...rowsOf("WeightedAliasesPayload", { readers: "aliases model" }),
  ...rowsOf("WithdrawTransitionPayload", { readers: "transitionRequest" }),
  ...rowsOf("LegalHoldPayload", { readers: "model modelVersion" }),
  ...rowsOf("RetentionPayload", { readers: "retention" }),
  ...rowsOf("UploadPayload", { readers: "modelVersion upload" }),
  ["UserError.code", "doers"],
  ["UserError.message", "doers"],
  ["UserError.path", "doers"],
]);
