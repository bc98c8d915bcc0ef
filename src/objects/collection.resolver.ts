import { Ctx, Query, Resolver } from "type-graphql";
import type { Request } from "../kernel/request.ts";
import { BlobCollection } from "./collection.entity.ts";
import type { CollectionQuery } from "./collection.query.ts";

@Resolver()
export class CollectionResolver {
  constructor(private readonly collection: CollectionQuery) {}

  @Query(() => BlobCollection, {
    nullable: true,
    description:
      "What a collection of stored bytes would do now; collections run by themselves. Null for who does not hold retention:write everywhere.",
  })
  blobCollection(@Ctx() request: Request): Promise<BlobCollection | null> {
    return this.collection.of(request);
  }
}
