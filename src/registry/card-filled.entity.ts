import { Field, ObjectType } from "type-graphql";
import { DatasetUse } from "../tracking/dataset.entity.ts";
import { Metric } from "../tracking/fact.entity.ts";

@ObjectType({
  description:
    "What the registry itself knows for sections that people need not write: as far as the caller may read it.",
  simpleResolvers: true,
})
export class CardFilled {
  @Field(() => [Metric], {
    description: "The version's metrics, and its run's where it has none of its own.",
  })
  metrics!: Metric[];

  @Field(() => [DatasetUse], { description: "Data it was trained on: all that was not for evaluation." })
  trainingData!: DatasetUse[];

  @Field(() => [DatasetUse], {
    description: "Data it was evaluated on: in a role that begins with test, eval or valid, in any case.",
  })
  evaluationData!: DatasetUse[];
}
