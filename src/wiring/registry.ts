import type { Reader } from "../db/sql.ts";
import { EventResolver, type ModelFinder } from "../journal/event.resolver.ts";
import { Downloads } from "../objects/downloads.ts";
import { violatesPolicy } from "../promotion/stay.query.ts";
import { AliasLoaders } from "../registry/alias.loaders.ts";
import { AliasResolver } from "../registry/alias.resolver.ts";
import { AliasService } from "../registry/alias.service.ts";
import { AliasMoves } from "../registry/alias-moves.ts";
import { AliasProtectionLoaders } from "../registry/alias-protection.loaders.ts";
import { AliasGuardResolver, AliasProtectionResolver } from "../registry/alias-protection.resolver.ts";
import { AliasProtectionService } from "../registry/alias-protection.service.ts";
import { ArtifactLoaders } from "../registry/artifact.loaders.ts";
import {
  ArtifactResolver,
  BundleResolver,
  FileContentsResolver,
  VersionArtifactsResolver,
} from "../registry/artifact.resolver.ts";
import { ArtifactDownloads } from "../registry/artifact-downloads.ts";
import { ArtifactWriter } from "../registry/artifact-writer.ts";
import { BundleFacts } from "../registry/bundle-facts.ts";
import { BundleSealer } from "../registry/bundle-sealer.ts";
import { BundleSnapshot } from "../registry/bundle-snapshot.ts";
import { CardLoaders } from "../registry/card.loaders.ts";
import { CardResolver, CardRevisionResolver, VersionCardResolver } from "../registry/card.resolver.ts";
import { CardService } from "../registry/card.service.ts";
import { CardContentResolver, CardRevisionContentResolver } from "../registry/card-content.resolver.ts";
import { CardVerbResolver } from "../registry/card-verb.resolver.ts";
import { CardWriter } from "../registry/card-writer.ts";
import { DerivationLoaders } from "../registry/derivation.loaders.ts";
import { Evidence } from "../registry/evidence.ts";
import { FileInspector } from "../registry/file-inspector.ts";
import { ModelHistoryResolver, VersionHistoryResolver } from "../registry/history.resolver.ts";
import { ModelLoaders } from "../registry/model.loaders.ts";
import { ModelResolver } from "../registry/model.resolver.ts";
import { ModelService } from "../registry/model.service.ts";
import { ModelFactsResolver } from "../registry/model-facts.resolver.ts";
import { LoggedModelVersionsResolver, RunOutputsResolver } from "../registry/origin.resolver.ts";
import { OwnershipResolver } from "../registry/ownership.resolver.ts";
import { OwnershipService } from "../registry/ownership.service.ts";
import { PayloadCheckResolver } from "../registry/payload-check.resolver.ts";
import { Provenance } from "../registry/provenance.ts";
import { RegistrationService } from "../registry/registration.service.ts";
import { ResolveQuery } from "../registry/resolve.query.ts";
import { ResolutionFilesResolver, ResolveResolver } from "../registry/resolve.resolver.ts";
import { ResolveWatch } from "../registry/resolve-watch.ts";
import { ReusedBlobs } from "../registry/reused-blobs.ts";
import { ModelRightsResolver, VersionRightsResolver } from "../registry/rights.resolver.ts";
import { Scrubber } from "../registry/scrubber.ts";
import { StageLoaders } from "../registry/stage.loaders.ts";
import { StageResolver } from "../registry/stage.resolver.ts";
import { StageService } from "../registry/stage.service.ts";
import { UploadLoaders } from "../registry/upload.loaders.ts";
import { UploadFileResolver, UploadResolver } from "../registry/upload.resolver.ts";
import { UploadService } from "../registry/upload.service.ts";
import { UploadTransfers } from "../registry/upload-transfers.ts";
import { UploadVerifier } from "../registry/upload-verifier.ts";
import { ValidationLoaders } from "../registry/validation.loaders.ts";
import { ValidationResolver, VersionValidationsResolver } from "../registry/validation.resolver.ts";
import { ValidationService } from "../registry/validation.service.ts";
import { VersionLoaders } from "../registry/version.loaders.ts";
import { VersionResolver } from "../registry/version.resolver.ts";
import { VersionService } from "../registry/version.service.ts";
import { VersionFactsResolver } from "../registry/version-facts.resolver.ts";
import { VersionRights } from "../registry/version-rights.ts";
import { VersionWriter } from "../registry/version-writer.ts";
import { CommitLoaders } from "../tracking/commit.loaders.ts";
import { DatasetLoaders } from "../tracking/dataset.loaders.ts";
import { FactLoaders } from "../tracking/fact.loaders.ts";
import { RunLoaders } from "../tracking/run.loaders.ts";
import type { Foundation } from "./foundation.ts";
import type { Bytes } from "./objects.ts";
import type { Tracking } from "./tracking.ts";

/** Models, their versions, aliases and stages; and the journal's page, which is asked for by model. */
export function wireRegistry(foundation: Foundation, tracking: Tracking, bytes: Bytes) {
  const { db, clock, feed, journal, verbs, graph, subscriptions, directory } = foundation;
  const { actors, events } = foundation.loaders;
  const { facts, inference } = tracking;
  const { runs, commits, datasets, facts: factLoaders } = tracking.loaders;

  const models = new ModelLoaders(db);
  const versions = new VersionLoaders(db, models, { violatesPolicy });
  const loaders = { models, versions, aliases: new AliasLoaders(db), stages: new StageLoaders(db) };
  const { aliases, stages } = loaders;
  const cards = new CardLoaders(db);
  const rights = new VersionRights(models);
  const evidence = new Evidence(models, cards, factLoaders, { runs, commits }, datasets);
  /** The same over what one transaction sees, for decisions that rest on it. */
  const evidenceIn = (read: Reader) => {
    const source = { read };
    return new Evidence(
      new ModelLoaders(source),
      new CardLoaders(source),
      new FactLoaders(source),
      { runs: new RunLoaders(source), commits: new CommitLoaders(source) },
      new DatasetLoaders(source),
    );
  };

  const modelService = new ModelService(verbs, journal, graph, facts, clock);
  const versionService = new VersionService(verbs, journal, facts, inference, clock);
  const provenance = new Provenance(
    tracking.services.runs,
    tracking.services.loggedModels,
    tracking.services.commits,
    tracking.services.datasets,
  );
  const cardWriter = new CardWriter(journal, graph, clock);
  const versionWriter = new VersionWriter(journal, graph, { facts, inference }, cardWriter, clock);
  const aliasMoves = new AliasMoves(journal, clock);
  const aliasService = new AliasService(verbs, modelService, aliasMoves);
  const protections = new AliasProtectionLoaders(db, models);
  const protectionService = new AliasProtectionService(verbs, journal, graph, clock);
  const cardService = new CardService(verbs, versionService, cardWriter);
  const ownership = new OwnershipService(verbs, journal, modelService, clock);
  const validations = new ValidationLoaders(db);
  const validationService = new ValidationService(verbs, journal, graph, versionService, clock);
  const stageService = new StageService(verbs, journal, clock);
  const { store, urlSeconds, scrub, onFault } = bytes;
  const artifacts = new ArtifactLoaders(db);
  const uploads = new UploadLoaders(db, models);
  const uploadService = new UploadService(verbs, journal, graph, versionService, clock);
  const artifactWriter = new ArtifactWriter(journal, graph, versionService, clock);
  const sealer = new BundleSealer(db, store, new FileInspector(store), versionService, {
    artifacts: artifactWriter,
    cards: cardService,
  });
  const verifier = new UploadVerifier(
    db,
    store,
    { reused: new ReusedBlobs(db, store, clock), sealer },
    clock,
    onFault,
  );
  const { runs: runService, loggedModels: loggedModelService } = tracking.services;
  const snapshots = new BundleSnapshot(runService, loggedModelService, uploadService, verifier, onFault);
  const registration = new RegistrationService(verbs, modelService, provenance, versionWriter, {
    snapshots,
    facts: new BundleFacts(db, store),
  });
  const resolve = new ResolveQuery(versions, models, stages, aliases);
  const downloads = new ArtifactDownloads(new Downloads(store, clock, urlSeconds), models);
  const services = {
    models: modelService,
    versions: versionService,
    registration,
    aliases: aliasService,
    stages: stageService,
    uploads: uploadService,
  };

  directory
    .register("MODEL", (request, node) => models.byId(request, node))
    .register("MODEL_VERSION", (request, node) => versions.byId(request, node))
    .register("VALIDATION", (request, node) => validations.byId(request, node))
    .register("ALIAS_PROTECTION", (request, node) => protections.byId(request, node))
    .register("STAGE_SET", (request, node) => stages.setById(request, node))
    .register("ARTIFACT", (request, node) => artifacts.byId(request, node))
    .register("UPLOAD", (request, node) => uploads.byId(request, node))
    .register("CARD", (request, node) => cards.byId(request, node));
  const findModel: ModelFinder = async (request, model) => {
    return (await models.byNameOrId(request, model, "deleted, too"))?.nodeId ?? null;
  };

  const resolvers = [
    new EventResolver(db, events, subscriptions, findModel),
    new ModelResolver(models, factLoaders, modelService),
    new ModelFactsResolver(aliases, stages),
    new ModelHistoryResolver(events),
    new ModelRightsResolver(),
    new OwnershipResolver(ownership, models),
    new VersionResolver(db, versions, versionService, registration, { violatesPolicy }),
    new VersionFactsResolver(models, factLoaders, evidence, new DerivationLoaders(db), { aliases, actors }),
    new VersionHistoryResolver(events),
    new VersionRightsResolver(rights),
    new RunOutputsResolver(versions),
    new LoggedModelVersionsResolver(versions),
    new AliasResolver(aliases, models, versions, aliasService),
    new AliasGuardResolver(protections),
    new AliasProtectionResolver(protections, stages, protectionService),
    new ResolveResolver(resolve),
    new ResolutionFilesResolver(artifacts),
    new StageResolver(stages, stageService),
    new PayloadCheckResolver(versions),
    new ValidationResolver(validationService, validations, versions, actors),
    new VersionValidationsResolver(validations),
    new UploadResolver(uploadService, verifier, uploads, versions),
    new UploadFileResolver(new UploadTransfers(db, store, clock, urlSeconds)),
    new BundleResolver(artifacts),
    new FileContentsResolver(),
    new VersionArtifactsResolver(artifacts),
    new ArtifactResolver(artifacts, versions, actors, downloads),
    new VersionCardResolver(cards),
    new CardResolver(cards, versions, actors, evidence),
    new CardContentResolver(cards),
    new CardRevisionResolver(actors),
    new CardRevisionContentResolver(cards),
    new CardVerbResolver(cards, cardService),
  ];
  return {
    loaders,
    rights,
    evidence,
    evidenceIn,
    aliasMoves,
    provenance,
    versionWriter,
    services,
    verifier,
    scrubber: new Scrubber(db, store, journal, clock, scrub),
    serving: { watch: new ResolveWatch(db, feed, resolve), artifacts, downloads },
    resolvers,
  };
}

export type Registry = ReturnType<typeof wireRegistry>;
