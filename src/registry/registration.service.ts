import type { Transaction } from "../db/transaction.ts";
import type { Verbs } from "../journal/verbs.ts";
import type { Actor } from "../kernel/actor.ts";
import { readId } from "../kernel/ids.ts";
import { modelNameOf } from "../kernel/names.ts";
import type { BundleFacts, FactsIn } from "./bundle-facts.ts";
import type { BundleSnapshot } from "./bundle-snapshot.ts";
import type { Model } from "./model.entity.ts";
import type { ModelService } from "./model.service.ts";
import type { Provenance } from "./provenance.ts";
import { completedBy } from "./registration.rules.ts";
import type { RegisterModelVersionInput } from "./version.inputs.ts";
import type { VersionOutcome } from "./version.service.ts";
import type { VersionWriter } from "./version-writer.ts";

/** Registers versions: numbers in order without gaps, facts fixed, edges to what it was made from. */
export class RegistrationService {
  constructor(
    private readonly verbs: Verbs,
    private readonly models: ModelService,
    private readonly provenance: Provenance,
    private readonly writer: VersionWriter,
    private readonly bundles: { snapshots: BundleSnapshot; facts: BundleFacts },
  ) {}

  async register(actor: Actor, input: RegisterModelVersionInput): Promise<VersionOutcome> {
    const { snapshots, facts } = this.bundles;
    const { upload, ...outcome } = await facts.whileTold((factsIn) =>
      this.verbs.run(actor, "registerModelVersion", input, (tx) =>
        this.registerIn(tx, actor, input, factsIn),
      ),
    );
    if (upload !== undefined) await snapshots.settle(upload);
    return outcome;
  }

  private async registerIn(
    tx: Transaction,
    actor: Actor,
    input: RegisterModelVersionInput,
    factsIn: FactsIn,
  ): Promise<VersionOutcome & { upload?: number }> {
    const { snapshots } = this.bundles;
    const model = await this.modelOf(tx, actor, input);
    const origin = await this.provenance.of(tx, actor, input);
    const files = input.bundleFrom ? await snapshots.find(tx, actor, model, input.bundleFrom) : null;
    const told = files ? completedBy(input, () => files.facts ?? factsIn(files)) : input;
    const version = await this.writer.insert(tx, actor, model, told, origin);
    if (!files) return { version: version.nodeId };
    const upload = await snapshots.take(tx, actor, { version, model }, files);
    return { version: version.nodeId, upload };
  }

  private async modelOf(tx: Transaction, actor: Actor, input: RegisterModelVersionInput): Promise<Model> {
    const lock = (model: string) => this.models.lock(tx, actor, "version:write", model);
    if (!input.createModel || readId(input.model)?.kind === "MODEL") return lock(input.model);
    const name = modelNameOf("model", input.model);
    actor.must("version:write", name);
    if (await this.models.findLiving(tx, name)) return lock(name);
    actor.must("model:write", name);
    return this.models.createIn(tx, actor, { name });
  }
}
