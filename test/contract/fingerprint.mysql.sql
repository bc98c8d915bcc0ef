CREATE TABLE `access_token` (
  `id` int unsigned NOT NULL,
  `actorId` int unsigned NOT NULL,
  `name` varchar(255) NOT NULL,
  `digest` varchar(64) NOT NULL,
  `scopesText` text NOT NULL,
  `createdAt` bigint NOT NULL,
  `createdById` int unsigned NOT NULL,
  `expiresAt` bigint NOT NULL,
  `lastUsedAt` bigint,
  `revokedAt` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `token_digest` (`digest`),
  KEY `token_actor` (`actorId`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `actor` (
  `id` int unsigned NOT NULL,
  `name` varchar(255) NOT NULL,
  `kind` varchar(8) NOT NULL,
  `createdAt` bigint NOT NULL,
  `deactivatedAt` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `actor_name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `actor_identity` (
  `issuer` varchar(255) NOT NULL,
  `subject` varchar(255) NOT NULL,
  `actorId` int unsigned NOT NULL,
  `createdAt` bigint NOT NULL,
  PRIMARY KEY (`issuer`,`subject`),
  KEY `identity_actor` (`actorId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `alias` (
  `modelId` int unsigned NOT NULL,
  `name` varchar(255) NOT NULL,
  `versionId` int unsigned NOT NULL,
  `updatedAt` bigint NOT NULL,
  `weight` int unsigned,
  PRIMARY KEY (`modelId`,`name`),
  KEY `alias_version` (`versionId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `alias_protection` (
  `id` int unsigned NOT NULL,
  `pattern` varchar(255) NOT NULL,
  `alias` varchar(255) NOT NULL,
  `liveKey` varchar(64),
  `stagesText` text NOT NULL,
  `revision` int unsigned NOT NULL,
  `createdAt` bigint NOT NULL,
  `updatedAt` bigint NOT NULL,
  `deletedAt` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `alias_protection_live` (`liveKey`),
  KEY `alias_protection_alias` (`alias`,`id`),
  CONSTRAINT `alias_protection_tombstone` CHECK `deletedAt` is null = `liveKey` is not null
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `approval` (
  `id` int unsigned NOT NULL,
  `requestId` int unsigned NOT NULL,
  `versionId` int unsigned NOT NULL,
  `modelId` int unsigned NOT NULL,
  `reviewerId` int unsigned NOT NULL,
  `groupsText` text NOT NULL,
  `decision` varchar(7) NOT NULL,
  `comment` text,
  `evidenceDigest` varchar(64) NOT NULL,
  `policyId` int unsigned NOT NULL,
  `policyRevision` int unsigned NOT NULL,
  `createdAt` bigint NOT NULL,
  PRIMARY KEY (`id`),
  KEY `approval_request` (`requestId`,`id`),
  KEY `approval_version` (`versionId`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `artifact` (
  `id` int unsigned NOT NULL,
  `versionId` int unsigned NOT NULL,
  `modelId` int unsigned NOT NULL,
  `path` varchar(512) NOT NULL,
  `isEvidence` tinyint(1) NOT NULL,
  `role` varchar(17) NOT NULL,
  `isRoleGuessed` tinyint(1) NOT NULL,
  `sizeBytes` bigint NOT NULL,
  `sha256` varchar(64) NOT NULL,
  `contentType` varchar(255) NOT NULL,
  `blobId` int unsigned,
  `uri` text,
  `format` varchar(64),
  `scan` varchar(16),
  `contents` json,
  `createdAt` bigint NOT NULL,
  `createdById` int unsigned NOT NULL,
  `purgedAt` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `artifact_path` (`versionId`,`path`),
  KEY `artifact_blob` (`blobId`),
  KEY `artifact_sha256` (`sha256`),
  CONSTRAINT `artifact_place` CHECK `blobId` is null = `uri` is not null or `purgedAt` is not null
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `card` (
  `id` int unsigned NOT NULL,
  `versionId` int unsigned NOT NULL,
  `modelId` int unsigned NOT NULL,
  `number` int unsigned NOT NULL,
  `revision` int unsigned NOT NULL,
  `contentRevision` int unsigned NOT NULL,
  `status` varchar(16) NOT NULL,
  `format` varchar(16) NOT NULL,
  `digest` varchar(64) NOT NULL,
  `inheritedFrom` int unsigned,
  `createdAt` bigint NOT NULL,
  `updatedAt` bigint NOT NULL,
  `updatedBy` int unsigned NOT NULL,
  `confirmedBy` int unsigned,
  `confirmedAt` bigint,
  `confirmedDigest` varchar(64),
  `confirmedSeq` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `card_version` (`versionId`),
  KEY `card_model` (`modelId`,`number`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `card_revision` (
  `cardId` int unsigned NOT NULL,
  `revision` int unsigned NOT NULL,
  `contentRevision` int unsigned NOT NULL,
  `status` varchar(16) NOT NULL,
  `format` varchar(16) NOT NULL,
  `digest` varchar(64) NOT NULL,
  `stored` json,
  `isConfirmation` tinyint(1) NOT NULL,
  `createdAt` bigint NOT NULL,
  `createdBy` int unsigned NOT NULL,
  PRIMARY KEY (`cardId`,`revision`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `dataset` (
  `id` int unsigned NOT NULL,
  `name` varchar(255) NOT NULL,
  `scope` varchar(255) NOT NULL,
  `createdAt` bigint NOT NULL,
  `updatedAt` bigint NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `dataset_name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `dataset_version` (
  `id` int unsigned NOT NULL,
  `datasetId` int unsigned NOT NULL,
  `digest` varchar(255) NOT NULL,
  `digestAlgorithm` varchar(64),
  `source` text,
  `schema` json,
  `profile` json,
  `createdAt` bigint NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `dataset_version_digest` (`datasetId`,`digest`),
  KEY `dataset_version_any` (`digest`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `edge` (
  `src` int unsigned NOT NULL,
  `dst` int unsigned NOT NULL,
  `type` varchar(16) NOT NULL,
  `role` varchar(64) NOT NULL,
  `seq` bigint NOT NULL,
  `retractedSeq` bigint,
  `isInferred` tinyint(1) NOT NULL,
  PRIMARY KEY (`src`,`dst`,`type`,`role`,`seq`),
  KEY `edge_reverse` (`dst`,`src`,`type`,`role`,`seq`,`retractedSeq`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `event` (
  `seq` bigint NOT NULL,
  `groupSeq` bigint NOT NULL,
  `type` varchar(64) NOT NULL,
  `schemaVersion` int unsigned NOT NULL,
  `recordedAt` bigint NOT NULL,
  `occurredAt` bigint NOT NULL,
  `actorId` int unsigned NOT NULL,
  `attributedToHash` varchar(64),
  `subjectId` int unsigned NOT NULL,
  `containerId` int unsigned,
  `body` text NOT NULL,
  `prevHash` varchar(64) NOT NULL,
  `hash` varchar(64) NOT NULL,
  `isImported` tinyint(1) NOT NULL,
  PRIMARY KEY (`seq`),
  KEY `event_subject` (`subjectId`,`seq`),
  KEY `event_container` (`containerId`,`seq`),
  KEY `event_type` (`type`,`seq`),
  KEY `event_recorded` (`recordedAt`,`seq`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `event_text` (
  `seq` bigint NOT NULL,
  `field` varchar(64) NOT NULL,
  `salt` varchar(32) NOT NULL,
  `text` text NOT NULL,
  PRIMARY KEY (`seq`,`field`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `experiment` (
  `id` int unsigned NOT NULL,
  `experimentId` varchar(20) NOT NULL,
  `name` varchar(500) NOT NULL,
  `liveName` varchar(500),
  `scope` varchar(255) NOT NULL,
  `createdAt` bigint NOT NULL,
  `updatedAt` bigint NOT NULL,
  `deletedAt` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `experiment_local_id` (`experimentId`),
  UNIQUE KEY `experiment_live_name` (`liveName`),
  CONSTRAINT `experiment_tombstone` CHECK `deletedAt` is null = `liveName` is not null
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `git_commit` (
  `id` int unsigned NOT NULL,
  `repository` varchar(255) NOT NULL,
  `sha` varchar(64) NOT NULL,
  `branch` varchar(255),
  `message` text,
  `committedAt` bigint,
  `attributedTo` varchar(255),
  `createdAt` bigint NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `git_commit_sha` (`sha`,`repository`),
  KEY `git_commit_repository` (`repository`,`committedAt`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `graph_lock` (
  `id` int unsigned NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `idempotency` (
  `actorId` int unsigned NOT NULL,
  `idempotencyKey` varchar(255) NOT NULL,
  `requestHash` varchar(64) NOT NULL,
  `outcome` text NOT NULL,
  `createdAt` bigint NOT NULL,
  PRIMARY KEY (`actorId`,`idempotencyKey`),
  KEY `idempotency_created` (`createdAt`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `journal_head` (
  `id` int unsigned NOT NULL,
  `seq` bigint NOT NULL,
  `hash` varchar(64) NOT NULL,
  `recordedAt` bigint NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `legal_hold` (
  `subjectId` int unsigned NOT NULL,
  `reason` text NOT NULL,
  `since` bigint NOT NULL,
  `setById` int unsigned NOT NULL,
  `releasedAt` bigint,
  PRIMARY KEY (`subjectId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `logged_file` (
  `ownerId` int unsigned NOT NULL,
  `path` varchar(512) NOT NULL,
  `folder` varchar(512) NOT NULL,
  `sizeBytes` bigint NOT NULL,
  `sha256` varchar(64) NOT NULL,
  `contentType` varchar(255) NOT NULL,
  `blobId` int unsigned,
  `loggedAt` bigint NOT NULL,
  `loggedById` int unsigned NOT NULL,
  `purgedAt` bigint,
  PRIMARY KEY (`ownerId`,`path`),
  KEY `logged_file_folder` (`ownerId`,`folder`),
  KEY `logged_file_blob` (`blobId`),
  KEY `logged_file_held` (`ownerId`,`blobId`,`loggedAt`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `logged_file_upload` (
  `id` varchar(32) NOT NULL,
  `ownerId` int unsigned NOT NULL,
  `path` varchar(512) NOT NULL,
  `contentType` varchar(255) NOT NULL,
  `storageKey` varchar(200) NOT NULL,
  `ticket` text NOT NULL,
  `expiresAt` bigint NOT NULL,
  `createdById` int unsigned NOT NULL,
  `completedAt` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `logged_file_upload_key` (`storageKey`),
  KEY `logged_file_upload_expiry` (`expiresAt`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `logged_model` (
  `id` int unsigned NOT NULL,
  `modelId` varchar(64) NOT NULL,
  `name` varchar(255),
  `runId` int unsigned,
  `experimentId` int unsigned NOT NULL,
  `status` varchar(32) NOT NULL,
  `attributedTo` varchar(255),
  `createdAt` bigint NOT NULL,
  `updatedAt` bigint NOT NULL,
  `deletedAt` bigint,
  `step` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `logged_model_model_id` (`modelId`),
  KEY `logged_model_run` (`runId`,`id`),
  KEY `logged_model_experiment` (`experimentId`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `metric` (
  `id` int unsigned NOT NULL AUTO_INCREMENT,
  `nodeId` int unsigned NOT NULL,
  `name` varchar(255) NOT NULL,
  `dataset` varchar(255) NOT NULL,
  `split` varchar(64) NOT NULL,
  `slice` varchar(128) NOT NULL,
  `step` bigint NOT NULL,
  `at` bigint NOT NULL,
  `value` double NOT NULL,
  `special` varchar(20) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `metric_series` (`nodeId`,`name`,`dataset`,`split`,`slice`),
  KEY `metric_value` (`name`,`value`,`nodeId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `metric_point` (
  `metricId` int unsigned NOT NULL,
  `step` bigint NOT NULL,
  `at` bigint NOT NULL,
  `value` double NOT NULL,
  `special` varchar(20) NOT NULL,
  PRIMARY KEY (`metricId`,`step`,`at`,`value`,`special`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `migration` (
  `id` int NOT NULL AUTO_INCREMENT,
  `timestamp` bigint NOT NULL,
  `name` varchar(255) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;
CREATE TABLE `model` (
  `id` int unsigned NOT NULL,
  `name` varchar(255) NOT NULL,
  `liveName` varchar(255),
  `description` text,
  `owner` varchar(255),
  `lastNumber` int unsigned NOT NULL,
  `createdAt` bigint NOT NULL,
  `updatedAt` bigint NOT NULL,
  `deletedAt` bigint,
  `revision` int unsigned NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `model_live_name` (`liveName`),
  KEY `model_updated` (`updatedAt`,`id`),
  CONSTRAINT `model_tombstone` CHECK `deletedAt` is null = `liveName` is not null
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `model_version` (
  `id` int unsigned NOT NULL,
  `modelId` int unsigned NOT NULL,
  `number` int unsigned NOT NULL,
  `semanticVersion` varchar(255),
  `semanticOrder` varchar(512),
  `stage` varchar(64) NOT NULL,
  `status` varchar(8) NOT NULL,
  `statusMessage` text,
  `description` text,
  `framework` varchar(255),
  `format` varchar(255),
  `imageUri` text,
  `imageDigest` varchar(255),
  `source` text,
  `externalId` varchar(255),
  `signature` json,
  `runId` int unsigned,
  `loggedModelId` int unsigned,
  `commitId` int unsigned,
  `createdBy` int unsigned NOT NULL,
  `attributedTo` varchar(255),
  `createdAt` bigint NOT NULL,
  `updatedAt` bigint NOT NULL,
  `deletedAt` bigint,
  `revision` int unsigned NOT NULL,
  `digest` varchar(64),
  `sealedAt` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `model_version_number` (`modelId`,`number`),
  UNIQUE KEY `model_version_semantic` (`modelId`,`semanticVersion`),
  UNIQUE KEY `model_version_external` (`modelId`,`externalId`),
  KEY `model_version_stage` (`modelId`,`stage`,`number`),
  KEY `model_version_in_stage` (`stage`,`id`),
  KEY `model_version_run` (`runId`,`id`),
  KEY `model_version_logged_model` (`loggedModelId`,`id`),
  KEY `model_version_updated` (`updatedAt`,`id`),
  KEY `model_version_created` (`createdAt`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `node` (
  `id` int unsigned NOT NULL AUTO_INCREMENT,
  `kind` varchar(20) NOT NULL,
  `label` varchar(255) NOT NULL,
  `container` int unsigned,
  `scope` varchar(255),
  PRIMARY KEY (`id`),
  KEY `node_container` (`container`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `param` (
  `nodeId` int unsigned NOT NULL,
  `name` varchar(255) NOT NULL,
  `value` text NOT NULL,
  PRIMARY KEY (`nodeId`,`name`),
  KEY `param_name` (`name`,`nodeId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `policy` (
  `id` int unsigned NOT NULL,
  `pattern` varchar(255) NOT NULL,
  `stage` varchar(64) NOT NULL,
  `revision` int unsigned NOT NULL,
  `body` text,
  `updatedAt` bigint NOT NULL,
  `isOpen` tinyint(1),
  PRIMARY KEY (`id`),
  UNIQUE KEY `policy_place` (`stage`,`pattern`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `policy_prefix` (
  `length` int unsigned NOT NULL,
  PRIMARY KEY (`length`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `retention` (
  `id` int unsigned NOT NULL,
  `pattern` varchar(255) NOT NULL,
  `body` text,
  `revision` int unsigned NOT NULL,
  `updatedAt` bigint NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `retention_pattern` (`pattern`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `role` (
  `id` int unsigned NOT NULL,
  `name` varchar(64) NOT NULL,
  `liveName` varchar(64),
  `permissions` text NOT NULL,
  `revision` int unsigned NOT NULL,
  `createdAt` bigint NOT NULL,
  `updatedAt` bigint NOT NULL,
  `deletedAt` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `role_live_name` (`liveName`),
  KEY `role_name` (`name`),
  CONSTRAINT `role_tombstone` CHECK `deletedAt` is null = `liveName` is not null
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `role_grant` (
  `id` int unsigned NOT NULL,
  `actorId` int unsigned,
  `groupName` varchar(255) NOT NULL,
  `role` varchar(64) NOT NULL,
  `scope` varchar(255) NOT NULL,
  `liveKey` varchar(64),
  `createdAt` bigint NOT NULL,
  `createdById` int unsigned NOT NULL,
  `revokedAt` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `grant_live` (`liveKey`),
  KEY `grant_actor` (`actorId`,`id`),
  KEY `grant_group` (`groupName`,`id`),
  CONSTRAINT `grant_tombstone` CHECK `revokedAt` is null = `liveKey` is not null
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `run` (
  `id` int unsigned NOT NULL,
  `runId` varchar(32) NOT NULL,
  `experimentId` int unsigned NOT NULL,
  `name` varchar(255),
  `status` varchar(10) NOT NULL,
  `startedAt` bigint,
  `endedAt` bigint,
  `startedBy` int unsigned,
  `attributedTo` varchar(255),
  `entryPoint` text,
  `parentId` int unsigned,
  `commitId` int unsigned,
  `createdAt` bigint NOT NULL,
  `updatedAt` bigint NOT NULL,
  `deletedAt` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `run_run_id` (`runId`),
  KEY `run_experiment` (`experimentId`,`startedAt`,`id`),
  KEY `run_parent` (`parentId`,`id`),
  KEY `run_started` (`startedAt`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `scope_revision` (
  `id` int unsigned NOT NULL,
  `revision` bigint NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `stage` (
  `name` varchar(64) NOT NULL,
  `position` int unsigned NOT NULL,
  `isLive` tinyint(1) NOT NULL,
  `isRetired` tinyint(1) NOT NULL,
  `synonyms` json NOT NULL,
  `allowedMoves` json NOT NULL,
  `removedAt` bigint,
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `stage_change` (
  `versionId` int unsigned NOT NULL,
  `fromSeq` bigint NOT NULL,
  `toSeq` bigint,
  `modelId` int unsigned NOT NULL,
  `stage` varchar(64) NOT NULL,
  `fromAt` bigint NOT NULL,
  `toAt` bigint,
  `passedPolicyId` int unsigned,
  `passedRevision` int unsigned,
  `isBreakGlass` tinyint(1),
  `isRolledBack` tinyint(1),
  PRIMARY KEY (`versionId`,`fromSeq`),
  KEY `stage_change_in_model` (`modelId`,`stage`,`fromSeq`,`toSeq`,`fromAt`,`toAt`),
  KEY `stage_change_recorded` (`fromSeq`,`toSeq`,`stage`,`modelId`),
  KEY `stage_change_occurred` (`fromAt`,`fromSeq`,`toAt`,`toSeq`,`stage`,`modelId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `stage_name` (
  `nameKey` varchar(255) NOT NULL,
  `stage` varchar(64) NOT NULL,
  PRIMARY KEY (`nameKey`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `stage_set` (
  `id` int unsigned NOT NULL,
  `revision` int unsigned NOT NULL,
  `updatedAt` bigint NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `stored_blob` (
  `id` int unsigned NOT NULL AUTO_INCREMENT,
  `sha256` varchar(64) NOT NULL,
  `liveSha256` varchar(64),
  `sizeBytes` bigint NOT NULL,
  `storageKey` varchar(200) NOT NULL,
  `state` varchar(9) NOT NULL,
  `stateAt` bigint NOT NULL,
  `createdAt` bigint NOT NULL,
  `verifiedAt` bigint NOT NULL,
  `lookedAt` bigint NOT NULL,
  `corruptAt` bigint,
  `storageClass` varchar(8),
  `storeLock` varchar(8),
  `placingUntil` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `blob_key` (`storageKey`),
  UNIQUE KEY `blob_live` (`liveSha256`),
  KEY `blob_state` (`state`,`stateAt`),
  KEY `blob_looked` (`lookedAt`),
  KEY `blob_class` (`storageClass`),
  KEY `blob_lock` (`storeLock`),
  CONSTRAINT `blob_liveness` CHECK `liveSha256` is null = `state` = 'DELETING'
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `store_mark` (
  `id` int unsigned NOT NULL,
  `mark` varchar(64) NOT NULL,
  `writtenAt` bigint,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `tag` (
  `nodeId` int unsigned NOT NULL,
  `name` varchar(255) NOT NULL,
  `value` mediumtext NOT NULL,
  PRIMARY KEY (`nodeId`,`name`),
  KEY `tag_name` (`name`,`nodeId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `transition_request` (
  `id` int unsigned NOT NULL,
  `modelId` int unsigned NOT NULL,
  `versionId` int unsigned NOT NULL,
  `fromStage` varchar(64) NOT NULL,
  `toStage` varchar(64) NOT NULL,
  `archiveExisting` tinyint(1) NOT NULL,
  `isAfterReview` tinyint(1) NOT NULL,
  `status` varchar(9) NOT NULL,
  `openKey` varchar(90),
  `requestedById` int unsigned NOT NULL,
  `groupsText` text NOT NULL,
  `reason` text,
  `createdAt` bigint NOT NULL,
  `closedAt` bigint,
  PRIMARY KEY (`id`),
  UNIQUE KEY `transition_request_open` (`openKey`),
  KEY `transition_request_version` (`versionId`,`id`),
  KEY `transition_request_model` (`modelId`,`id`),
  KEY `transition_request_status` (`status`,`id`),
  CONSTRAINT `transition_request_closed` CHECK `openKey` is null = `closedAt` is not null
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `upload` (
  `id` int unsigned NOT NULL,
  `versionId` int unsigned NOT NULL,
  `modelId` int unsigned NOT NULL,
  `isEvidence` tinyint(1) NOT NULL,
  `state` varchar(9) NOT NULL,
  `openKey` varchar(32),
  `filesDigest` varchar(64) NOT NULL,
  `createdAt` bigint NOT NULL,
  `createdById` int unsigned NOT NULL,
  `expiresAt` bigint NOT NULL,
  `completedById` int unsigned,
  `leasedUntil` bigint,
  `attempts` int unsigned NOT NULL,
  `takesCard` tinyint(1) NOT NULL,
  `message` text,
  PRIMARY KEY (`id`),
  UNIQUE KEY `upload_open` (`openKey`),
  KEY `upload_version` (`versionId`,`id`),
  KEY `upload_state` (`state`,`expiresAt`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `upload_file` (
  `uploadId` int unsigned NOT NULL,
  `position` int unsigned NOT NULL,
  `path` varchar(512) NOT NULL,
  `role` varchar(17) NOT NULL,
  `isRoleGuessed` tinyint(1) NOT NULL,
  `sizeBytes` bigint NOT NULL,
  `sha256` varchar(64) NOT NULL,
  `contentType` varchar(255) NOT NULL,
  `uri` text,
  `blobId` int unsigned,
  `storageKey` varchar(200),
  `ticket` text,
  `message` text,
  `verifiedAt` bigint,
  PRIMARY KEY (`uploadId`,`position`),
  KEY `upload_file_blob` (`blobId`),
  KEY `upload_file_key` (`storageKey`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE TABLE `validation` (
  `id` int unsigned NOT NULL,
  `versionId` int unsigned NOT NULL,
  `validator` varchar(255) NOT NULL,
  `organisation` varchar(255) NOT NULL,
  `scope` text,
  `reportUri` text,
  `reportDigest` varchar(71),
  `expiresAt` bigint,
  `createdAt` bigint NOT NULL,
  `createdById` int unsigned NOT NULL,
  PRIMARY KEY (`id`),
  KEY `validation_version` (`versionId`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
