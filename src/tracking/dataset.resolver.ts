import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Database } from "../db/database.ts";
import { readPage } from "../db/keyset.ts";
import { PageArgs, sliceOf } from "../kernel/page.ts";
import { answer } from "../kernel/payload.ts";
import type { Request } from "../kernel/request.ts";
import { Dataset, DatasetConnection, DatasetVersionConnection } from "./dataset.entity.ts";
import { DatasetFilter, DatasetOrder, DatasetPayload, RecordDatasetInput } from "./dataset.inputs.ts";
import type { DatasetLoaders } from "./dataset.loaders.ts";
import { datasetList, datasetOfRow } from "./dataset.query.ts";
import type { DatasetService } from "./dataset.service.ts";

@Resolver(() => Dataset)
export class DatasetResolver {
  constructor(
    private readonly db: Database,
    private readonly loaders: DatasetLoaders,
    private readonly service: DatasetService,
  ) {}

  @Query(() => Dataset, {
    nullable: true,
    description: "The dataset of this name; null where there is none.",
  })
  dataset(
    @Ctx() request: Request,
    @Arg("name", () => String, { description: "Exact name." }) name: string,
  ): Promise<Dataset | null> {
    return this.loaders.byName(request, name);
  }

  @Query(() => DatasetConnection, { description: "Datasets, by name where no order is given." })
  datasets(
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
    @Arg("filter", () => DatasetFilter, { nullable: true, description: "Which ones." })
    filter?: DatasetFilter,
    @Arg("orderBy", () => DatasetOrder, { nullable: true, description: "In which order." })
    orderBy?: DatasetOrder,
  ): Promise<DatasetConnection> {
    const list = datasetList(request.actor, filter, orderBy);
    return readPage(this.db.read, list, sliceOf(page), datasetOfRow);
  }

  @FieldResolver(() => DatasetVersionConnection, {
    description: "Its versions, the latest made known first.",
  })
  versions(
    @Root() dataset: Dataset,
    @Ctx() request: Request,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<DatasetVersionConnection> {
    return this.loaders.versionsOf(request, dataset.nodeId, sliceOf(page));
  }

  @Mutation(() => DatasetPayload, {
    description: "Makes a dataset version known, or tells more of it and of what it was made from.",
  })
  recordDataset(
    @Ctx() request: Request,
    @Arg("input", () => RecordDatasetInput, { description: "See the input type." })
    input: RecordDatasetInput,
  ): Promise<DatasetPayload> {
    return answer<DatasetPayload>({ datasetVersion: null }, async () => {
      const { datasetVersion } = await this.service.record(request.actor, input);
      return { datasetVersion: await this.loaders.versionById(request, datasetVersion) };
    });
  }
}
