import { ArgsType, Field } from "type-graphql";
import { TimeBasis } from "../journal/as-of.ts";
import { ForwardArgs } from "../kernel/page.ts";
import { DateTime } from "../kernel/scalars.ts";

@ArgsType()
export class RegistryArgs extends ForwardArgs {
  @Field(() => DateTime, { description: "The registry as of then." })
  asOf!: number;

  @Field(() => TimeBasis, {
    nullable: true,
    defaultValue: TimeBasis.RECORDED,
    description: "Which time `asOf` means.",
  })
  basis?: TimeBasis | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Only what stood in one of these, 1–100, in any case, former stages, too; in any stage but the first, where new versions stand, where not given.",
  })
  stages?: string[] | null;
}
