import { canonical, sha256 } from "../kernel/canonical.ts";
import type { Request } from "../kernel/request.ts";
import type { CommitLoaders } from "../tracking/commit.loaders.ts";
import type { DatasetLoaders, NamedUse } from "../tracking/dataset.loaders.ts";
import type { Tag } from "../tracking/fact.entity.ts";
import type { FactLoaders } from "../tracking/fact.loaders.ts";
import { seriesKey } from "../tracking/fact.rules.ts";
import type { RunLoaders } from "../tracking/run.loaders.ts";
import type { CardLoaders } from "./card.loaders.ts";
import type { CardStanding } from "./card.query.ts";
import { EvidenceParts } from "./evidence-parts.ts";
import type { ModelLoaders } from "./model.loaders.ts";
import type { Completeness, ModelVersion } from "./version.entity.ts";
import { completenessOf } from "./version.rules.ts";

/**
 * All that a decision about a version rests on. Its parts are shown as far as the actor may read them; what is said of
 * them as a whole is the same for every reader.
 */
export class Evidence extends EvidenceParts {
  /** The same parts regardless of who reads: for what is decided by them, never to be shown. */
  readonly whole: EvidenceParts<NamedUse>;

  constructor(
    private readonly models: ModelLoaders,
    private readonly cards: CardLoaders,
    private readonly labels: FactLoaders,
    { runs, commits }: { runs: RunLoaders; commits: CommitLoaders },
    datasets: DatasetLoaders,
  ) {
    const shown = {
      isWhole: ({ actor }: Request) => actor.readsEverything,
      run: (request: Request, id: number) => runs.byId(request, id),
      commit: (request: Request, id: number) => commits.byId(request, id),
      usesOf: (request: Request, node: number) => datasets.usesOf(request, node),
    };
    super(shown, labels);
    const unguarded = {
      isWhole: () => true,
      run: (request: Request, id: number) => runs.byIdUnguarded(request, id),
      commit: (request: Request, id: number) => commits.byIdUnguarded(request, id),
      usesOf: async (request: Request, node: number) => {
        const uses = await datasets.namedUsesOfUnguarded(request, node);
        // What was guessed from tags, which anybody who may write them may change, decides nothing.
        return uses.filter(({ isInferred }) => !isInferred);
      },
    };
    this.whole = new EvidenceParts(unguarded, labels);
  }

  async completeness(request: Request, version: ModelVersion): Promise<Completeness> {
    const [model, card, commit, uses, params, metrics] = await Promise.all([
      this.models.byId(request, version.modelId), // Who sees the version sees its model.
      this.cards.ofVersion(request, version.nodeId), // And its card.
      this.whole.commit(request, version),
      this.whole.uses(request, version),
      this.whole.params(request, version),
      this.whole.metrics(request, version),
    ]);
    return completenessOf({
      code: commit !== null,
      dataset: uses.length > 0,
      params: params.length > 0,
      metrics: metrics.length > 0,
      owner: Boolean(model?.owner),
      documentation: card !== null,
    });
  }

  /** How its card stands. Within a transaction, ask under the model's lock. */
  cardStanding(request: Request, version: ModelVersion): Promise<CardStanding | null> {
    return this.cards.standing(request, version.nodeId);
  }

  /** Its tags: no part of what an approval is bound to, as they may change at any time. */
  tags(request: Request, version: ModelVersion): Promise<Tag[]> {
    return this.labels.tags(request, version.nodeId);
  }

  /** SHA-256 over the canonical JSON of it all: what an approval is bound to. */
  async digest(request: Request, version: ModelVersion): Promise<string> {
    const [card, run, commit, uses, params, metrics] = await Promise.all([
      this.cards.ofVersion(request, version.nodeId),
      this.whole.run(request, version),
      this.whole.commit(request, version),
      this.whole.uses(request, version),
      this.whole.params(request, version),
      this.whole.metrics(request, version),
    ]);
    const { source, image, signature } = version;
    const evidence = {
      bundle: version.digest,
      card: card?.digest ?? null,
      commit: commit && { repository: commit.repository, sha: commit.sha },
      datasets: uses.map(({ dataset, digest, role }) => JSON.stringify([dataset, digest, role])).sort(),
      image: image && { digest: image.digest, uri: image.uri },
      metrics: metrics
        .map((metric) => [seriesKey(metric), metric.step, metric.at, metric.special ?? metric.value])
        .sort(),
      params: params.map(({ key, value }) => [key, value]).sort(),
      run: run?.runId ?? null,
      signature,
      source,
    };
    return sha256(canonical(evidence));
  }
}
