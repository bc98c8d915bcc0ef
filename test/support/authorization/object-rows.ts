// Who reads what, field by field: a field of the schema without a row here fails the tests. Whoever adds one decides.
// Of what a list of a query leads to, the other scope reads its own: what it must not read is not in it.

import { downloaders, known, readers, uploaders } from "./roles.ts";
import { type Row, rowsOf } from "./row.ts";

/** Here: it takes a right that holds everywhere. */
const nobody: Row = [];

export const objects = new Map([
  ...rowsOf("Actor", [[known, "createdAt deactivatedAt grants id kind name tokens"]]),
  ...rowsOf("ActorConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("ActorEdge", [[known, "cursor node"]]),
  ...rowsOf("Alias", [[readers, "isProtected modelVersion name updatedAt weight"]]),
  ...rowsOf("AliasProtection", [[readers, "alias createdAt deletedAt id model revision stages updatedAt"]]),
  ...rowsOf("Approval", [
    [readers, "comment createdAt decision evidenceDigest id isStale policyRevision request reviewer"],
  ]),
  ...rowsOf("Artifact", [
    [
      readers,
      `contentType contents corruptAt createdAt createdBy downloadUrl format id isEvidence isRoleGuessed modelVersion path purgedAt
       role scan sha256 sizeBytes storageClass uri verifiedAt`,
    ],
  ]),
  ...rowsOf("BlobCollection", [[nobody, "at condemned due graceSeconds unreferenced"]]),
  ...rowsOf("Bundle", [[readers, "digest fileCount files sizeBytes"]]),
  ...rowsOf("CardCompleteness", [[known, "missing score"]]),
  ...rowsOf("CardFilled", [[readers, "evaluationData metrics trainingData"]]),
  ...rowsOf("CardFrontMatter", [
    [readers, "baseModel datasets language libraryName license metrics pipelineTag tags"],
  ]),
  ...rowsOf("CardGroupValue", [[readers, "group text value"]]),
  ...rowsOf("CardMeasure", [[readers, "dataset name perGroup split text value"]]),
  ...rowsOf("CardRevision", [
    [readers, "createdAt createdBy digest format isConfirmation markdown revision status yaml"],
  ]),
  ...rowsOf("CardRevisionConnection", [[readers, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("CardRevisionEdge", [[readers, "cursor node"]]),
  ...rowsOf("CardSections", [
    [
      readers,
      `caveats details ethicalConsiderations evaluationData factors intendedUse metrics
       quantitativeAnalyses quantitativeAnalysesText trainingData`,
    ],
  ]),
  ...rowsOf("Check", [[readers, "actual expected name passed says"]]),
  ...rowsOf("CollectedBytes", [[nobody, "count sizeBytes"]]),
  ...rowsOf("Commit", [
    [known, `attributedTo branch committedAt createdAt id message parents repository sha`],
  ]),
  ...rowsOf("CommitConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("CommitEdge", [[known, "cursor node"]]),
  ...rowsOf("Comparison", [[readers, "facts metrics params signature versions"]]),
  ...rowsOf("Completeness", [[readers, "missing score"]]),
  ...rowsOf("Dataset", [[readers, "createdAt id name scope updatedAt versions viewerCanRecord"]]),
  ...rowsOf("DatasetConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("DatasetEdge", [[readers, "cursor node"]]),
  ...rowsOf("DatasetUse", [[readers, "datasetVersion isInferred role"]]),
  ...rowsOf("DatasetVersion", [
    [readers, `createdAt dataset digest digestAlgorithm id profile schema source usedBy`],
  ]),
  ...rowsOf("DatasetVersionConnection", [[readers, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("DatasetVersionEdge", [[readers, "cursor node"]]),
  ...rowsOf("Derivation", [[readers, "modelVersion relation"]]),
  ...rowsOf("DerivationConnection", [[readers, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("DerivationEdge", [[readers, "cursor node"]]),
  ...rowsOf("Environment", [[readers, "framework image"]]),
  ...rowsOf("EventText", [[known, "field salt text"]]),
  ...rowsOf("Experiment", [
    [
      readers,
      `createdAt deletedAt experimentId id inputs name runs scope tags updatedAt viewerCanDelete viewerCanLog`,
    ],
  ]),
  ...rowsOf("ExperimentConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("ExperimentEdge", [[known, "cursor node"]]),
  ...rowsOf("FactRow", [[readers, "cells isSame key"]]),
  ...rowsOf("FileContents", [[readers, "findings metadata tensorCount tensors"]]),
  ...rowsOf("Gate", [
    [readers, "compare compatibility dataset formats key kind metric roles slice split value withinDays"],
  ]),
  ...rowsOf("GateComparison", [[readers, "alias op stage tolerance value"]]),
  ...rowsOf("Grant", [[known, "actor createdAt createdBy group id revokedAt role scope"]]),
  ...rowsOf("GrantConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("GrantEdge", [[known, "cursor node"]]),
  ...rowsOf("Image", [[readers, "digest uri"]]),
  ...rowsOf("Impact", [[readers, "degree modelVersion path"]]),
  ...rowsOf("ImpactConnection", [[readers, "edges isPartial nodes pageInfo partialReason totalCount"]]),
  ...rowsOf("ImpactEdge", [[readers, "cursor node"]]),
  ...rowsOf("LegalHold", [[readers, "isLockedInStore isOfModel reason setBy since"]]),
  ...rowsOf("Lineage", [[readers, "edges isPartial nodes pageInfo partialReason snapshot totalNodes"]]),
  ...rowsOf("LineageChange", [[readers, "container containerLabel left right"]]),
  ...rowsOf("LineageDiff", [[readers, "added changed isPartial partialReason removed snapshot"]]),
  ...rowsOf("LineageEdge", [[readers, "at from isInferred role to type"]]),
  ...rowsOf("LineageNode", [
    [
      readers,
      `container containerLabel degree hasMoreDownstream hasMoreUpstream id isRedacted kind label node`,
    ],
  ]),
  ...rowsOf("LineagePath", [[readers, "edges nodes"]]),
  ...rowsOf("LoggedModel", [
    [
      readers,
      `attributedTo createdAt deletedAt experiment id loggedFiles metrics modelId name params run status step tags
       updatedAt versions`,
    ],
  ]),
  ...rowsOf("LoggedFile", [
    [readers, "contentType downloadUrl loggedAt loggedBy path purgedAt sha256 sizeBytes"],
  ]),
  ...rowsOf("LoggedModelConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("LoggedModelEdge", [[readers, "cursor node"]]),
  ...rowsOf("Metric", [[readers, "at dataset key slice special split step value"]]),
  ...rowsOf("MetricConnection", [[readers, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("MetricEdge", [[readers, "cursor node"]]),
  ...rowsOf("MetricRow", [[readers, "cells dataset isSame key slice split"]]),
  ...rowsOf("Model", [
    [
      readers,
      `aliases createdAt deletedAt description greatestVersion history id inStage latestInStages latestVersion legalHold name
       owner policy revision tags updatedAt version versions viewerCanDelete viewerCanRegister
       viewerCanSetAlias viewerCanTransfer viewerCanUpdate`,
    ],
  ]),
  ...rowsOf("ModelCard", [
    [
      readers,
      `completeness confirmedAt confirmedBy createdAt digest extra fairnessMetrics filled format
       frontMatter id inheritedFrom isFresh limitations markdown modelVersion name owner problem
       revision revisions riskClass sections status updatedAt updatedBy version yaml`,
    ],
  ]),
  ...rowsOf("ModelCardCheck", [[known, "completeness problem"]]),
  ...rowsOf("ModelConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("ModelEdge", [[known, "cursor node"]]),
  ...rowsOf("ModelVersion", [
    [
      readers,
      `aliases approvals artifacts attributedTo bundle children commit completeness createdAt createdBy datasets deletedAt card
       description digest evidenceDigest externalId format framework history id image isBreakGlass isCorrupt legalHold lineage metrics model
       number params parents requests revision run sealedAt semanticVersion signature source stage status statusMessage
       tags transitions updatedAt uri viewerCanDelete viewerCanDownload viewerCanRequestTransition validations
       viewerCanTransition viewerCanUpdate viewerCanUpload violatesPolicy`,
    ],
  ]),
  ...rowsOf("ModelVersionConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("ModelVersionEdge", [[known, "cursor node"]]),
  ...rowsOf("PageInfo", [[known, "endCursor hasNextPage hasPreviousPage startCursor"]]),
  ...rowsOf("Param", [[readers, "key value"]]),
  ...rowsOf("Policy", [
    [
      readers,
      `approvalsNeeded approverRoles breakGlassRoles gates id isFourEyes isSet maxVersions model onFull
       promoterRoles revision rollbackAliases rollbackNeedsApproval stage updatedAt viewerCanSet why`,
    ],
  ]),
  ...rowsOf("PayloadError", [[readers, "actual expected message path row"]]),
  ...rowsOf("PayloadReport", [[readers, "errorCount errors ignored isValid rowCount"]]),
  ...rowsOf("RateLimit", [[known, "limit remaining resetAt"]]),
  ...rowsOf("RegistryEvent", [
    [
      known,
      `actor attributedTo body cursor groupSeq hash header isImported occurredAt payload prevHash
       recordedAt schemaVersion seq subject texts type`,
    ],
  ]),
  ...rowsOf("RegistryEventConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("RegistryEventEdge", [[known, "cursor node"]]),
  ...rowsOf("Reproduction", [[readers, "datasets entryPoint environment missing params repository sha"]]),
  ...rowsOf("Resolution", [[readers, "alias digest files image modelVersion uri"]]),
  ...rowsOf("RetentionPolicy", [
    [readers, "abandonedRunDays id isSet model revision rules runDays updatedAt"],
  ]),
  ...rowsOf("RetentionRule", [[readers, "coldAfterDays keepDays keepLast stage"]]),
  ...rowsOf("RetentionStep", [[readers, "action at coldBytes isHeld modelVersion reason"]]),
  ...rowsOf("RetentionStepConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("RetentionStepEdge", [[readers, "cursor node"]]),
  ...rowsOf("Role", [[known, "createdAt deletedAt id isBuiltIn name permissions revision updatedAt"]]),
  ...rowsOf("RolePermission", [[known, "description name"]]),
  ...rowsOf("Run", [
    [
      readers,
      `attributedTo children commit createdAt deletedAt endedAt entryPoint experiment id inputs
       loggedFiles loggedModels metricHistory metrics name outputs params parent runId startedAt startedBy status
       tags updatedAt viewerCanDelete viewerCanLog`,
    ],
  ]),
  ...rowsOf("RunConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("RunEdge", [[known, "cursor node"]]),
  ...rowsOf("SignatureRow", [[readers, "cells isSame"]]),
  ...rowsOf("Stage", [[known, "allowedMoves isLive isRetired name position synonyms"]]),
  ...rowsOf("StageChange", [
    [
      readers,
      `actor approvals at comment cursor from isAutomatic isBreakGlass isImported modelVersion
       policyRevision request to verdict`,
    ],
  ]),
  ...rowsOf("StageChangeConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("StageChangeEdge", [[readers, "cursor node"]]),
  ...rowsOf("StageSet", [[known, "id revision stages updatedAt"]]),
  ...rowsOf("Tag", [[readers, "key value"]]),
  ...rowsOf("Tensor", [[readers, "dtype name shape"]]),
  ...rowsOf("Token", [[known, "actor createdAt createdBy expiresAt id lastUsedAt name revokedAt scopes"]]),
  ...rowsOf("TokenConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("TokenEdge", [[known, "cursor node"]]),
  ...rowsOf("TransitionRequest", [
    [
      readers,
      `approvals archiveExisting closedAt createdAt from id isAfterReview modelVersion reason requestedBy
       status to verdict viewerCanReview`,
    ],
  ]),
  ...rowsOf("TransitionRequestConnection", [[known, "edges nodes pageInfo totalCount"]]),
  ...rowsOf("TransitionRequestEdge", [[readers, "cursor node"]]),
  ...rowsOf("Verdict", [[readers, "allowed checks effects policyRevision"]]),
  ...rowsOf("Validation", [
    [
      readers,
      `createdAt createdBy expiresAt id modelVersion organisation reportDigest reportUri scope validator`,
    ],
  ]),
  ...rowsOf("Upload", [[uploaders, "createdAt expiresAt files id isEvidence message modelVersion state"]]),
  ...rowsOf("UploadFile", [
    [
      uploaders,
      "alreadyStored headers isMissing isRoleGuessed message method parts path role sha256 sizeBytes url",
    ],
  ]),
  ...rowsOf("UploadHeader", [[uploaders, "name value"]]),
  ...rowsOf("UploadPart", [[uploaders, "headers number offsetBytes sizeBytes url"]]),
  ...rowsOf("Viewer", [[known, "actor can grants groups permissions rateLimit token"]]),
]);

/** What stands in some of these fields, where that takes another right than to see the object: null for others. */
export const filled = new Map<string, Row>([
  ["Artifact.downloadUrl", downloaders],
  ["LoggedFile.downloadUrl", downloaders],
]);
