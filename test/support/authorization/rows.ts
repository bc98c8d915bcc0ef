// Who may ask what, and do what: a query, mutation or subscription without a row here fails the tests. Whoever adds one
// decides.
import { known, readers, uploaders } from "./roles.ts";
import { type Row, rowsOf } from "./row.ts";

const contributors: Row = ["contributor", "maintainer", "admin"];
const maintainers: Row = ["maintainer", "admin"];
const admins: Row = ["admin"];
const reviewers: Row = ["approver", "admin"];

/** Who sees what is asked for; the fields of `known` are answered alike to all, or tell each of itself. */
export const queries = new Map(
  rowsOf("Query", [
    [
      readers,
      `aliasProtections compareVersions dataset datasets experiment experiments impact lineage lineageDiff lineagePath loggedModel loggedModels
       model modelVersion modelVersions models node nodes registry registryEvents reproduction resolve run runs
       transitionRequest transitionRequests validatePayload`,
    ],
    [uploaders, "upload"], // it tells where files go
    [readers, "retentionPlan retentionPolicies"],
    [known, "blobCollection"], // null but for administrators
    [
      known,
      "actor actors checkModelCard commit commits eventHead grants policies roles stageSet stages viewer",
    ],
  ]),
);

/** Who may do it where it is done everywhere: roles held on `*`. */
export const mutations = new Map(
  rowsOf("Mutation", [
    [
      contributors,
      `createExperiment createLoggedModel createModel createRun deleteLoggedFiles finishRun logModelVersionMetrics logRun recordDataset
       recordLineage registerModelVersion renameModel requestTransition setModelCard setModelTags setModelVersionTags setRunTags updateExperiment
       updateLoggedModel updateModel updateModelVersion updateRun`,
    ],
    [uploaders, "abortUpload completeUpload createUpload"],
    [[...contributors, "other scope"], "recordCommit"], // a commit has no scope
    [
      maintainers,
      `deleteAlias deleteExperiment deleteLoggedModel deleteModel deleteModelVersion deletePolicy deleteRun restoreExperiment restoreModel
       restoreRun rollback setAlias setPolicy setWeightedAliases transferOwnership transitionModelVersion`,
    ],
    [reviewers, "reviewTransition"],
    [maintainers, "withdrawTransition"], // of others; who asked may in any case
    [reviewers, "recordValidation"],
    [admins, "setLegalHold setRetention"],
    [
      admins,
      `createActor createToken deactivateActor defineRole defineStages deleteRole grantRole importHistory protectAlias
       reactivateActor revokeRole revokeToken rotateToken unprotectAlias`,
    ],
  ]),
);

/** A way of doing it that takes another right than the mutation does. */
export const exceptions = new Map<string, Row>([
  ["transitionModelVersion as a dry run", readers],
  ["setModelCard that approves it", ["approver", "admin"]],
  // Of all of them, those that one may hand over: none, for the other scope.
  ["transferOwnership of all models of an owner", [...maintainers, "other scope"]],
]);

/** Who sees a node of this kind by its id, where it takes another right than to read what it is about. */
export const nodes = new Map<string, Row>([["Upload", uploaders]]);

export const subscriptions = new Map(
  rowsOf("Subscription", [[readers, "approvalGiven registryEvents stageChanged transitionRequested"]]),
);
