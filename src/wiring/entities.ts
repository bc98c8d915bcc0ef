import { ActorRow } from "../access/actor.entity.ts";
import { Grant } from "../access/grant.entity.ts";
import { ActorIdentity } from "../access/identity.entity.ts";
import { RoleRow } from "../access/role.entity.ts";
import { Token } from "../access/token.entity.ts";
import type { EntityClass } from "../db/sources.ts";
import { EdgeRow, GraphLock, NodeRow, ScopeRevision } from "../graph/graph.entity.ts";
import { EventText, JournalHead, RegistryEvent } from "../journal/event.entity.ts";
import { Idempotency } from "../journal/idempotency.entity.ts";
import { BlobRow } from "../objects/blob.entity.ts";
import { StoreMarkRow } from "../objects/store-mark.entity.ts";
import { PolicyPrefix, PolicyRow } from "../promotion/policy.entity.ts";
import { Approval, TransitionRequest } from "../promotion/transition-request.entity.ts";
import { Alias } from "../registry/alias.entity.ts";
import { AliasProtection } from "../registry/alias-protection.entity.ts";
import { Artifact } from "../registry/artifact.entity.ts";
import { CardRevision, ModelCard } from "../registry/card.entity.ts";
import { Model } from "../registry/model.entity.ts";
import { Stage, StageChangeRow, StageName, StageSet } from "../registry/stage.entity.ts";
import { Upload, UploadFile } from "../registry/upload.entity.ts";
import { Validation } from "../registry/validation.entity.ts";
import { ModelVersion } from "../registry/version.entity.ts";
import { LegalHoldRow } from "../retention/legal-hold.entity.ts";
import { RetentionPolicy } from "../retention/retention.entity.ts";
import { Commit } from "../tracking/commit.entity.ts";
import { Dataset, DatasetVersion } from "../tracking/dataset.entity.ts";
import { Experiment } from "../tracking/experiment.entity.ts";
import { Metric, MetricPoint, Param, Tag } from "../tracking/fact.entity.ts";
import { LoggedFile, LoggedFileUpload } from "../tracking/logged-file.entity.ts";
import { LoggedModel } from "../tracking/logged-model.entity.ts";
import { Run } from "../tracking/run.entity.ts";

/** Every table there is. */
export const entities: EntityClass[] = [
  NodeRow,
  EdgeRow,
  GraphLock,
  ScopeRevision,
  RegistryEvent,
  EventText,
  JournalHead,
  Idempotency,
  ActorRow,
  ActorIdentity,
  Token,
  RoleRow,
  Grant,
  Tag,
  Param,
  Metric,
  MetricPoint,
  Experiment,
  Run,
  LoggedModel,
  LoggedFile,
  LoggedFileUpload,
  Dataset,
  DatasetVersion,
  Commit,
  Model,
  ModelVersion,
  Alias,
  AliasProtection,
  ModelCard,
  CardRevision,
  Stage,
  StageName,
  StageSet,
  StageChangeRow,
  PolicyPrefix,
  PolicyRow,
  TransitionRequest,
  Approval,
  Validation,
  BlobRow,
  StoreMarkRow,
  Artifact,
  Upload,
  UploadFile,
  RetentionPolicy,
  LegalHoldRow,
];
