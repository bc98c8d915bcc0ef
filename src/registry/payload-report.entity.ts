import { Field, Int, ObjectType } from "type-graphql";

@ObjectType({
  description: "One value of a payload that is not as the signature asks.",
  simpleResolvers: true,
})
export class PayloadError {
  @Field(() => Int, {
    nullable: true,
    description: "Which row, from 0; null where it is of a param, or of all rows together.",
  })
  row!: number | null;

  @Field(() => String, {
    description: "Where in the row, such as customer.age or tags[3]; empty for the row itself.",
  })
  path!: string;

  @Field(() => String, { description: "What the signature asks for there, such as double." })
  expected!: string;

  @Field(() => String, { description: "What came, shortened where it is long." })
  actual!: string;

  @Field(() => String, { description: "All of this as a sentence." })
  get message(): string {
    const where = [this.row === null ? "" : `row ${this.row}`, this.path].filter((part) => part !== "");
    return `${where.join(", ") || "rows"}: expected ${this.expected}; got ${this.actual}`;
  }
}

@ObjectType({ description: "What a payload is against a version's signature.", simpleResolvers: true })
export class PayloadReport {
  @Field(() => Boolean, { description: "Whether every value is as the signature asks." })
  isValid!: boolean;

  @Field(() => Int, { description: "Rows of the payload." })
  rowCount!: number;

  @Field(() => [PayloadError], { description: "What is wrong, row by row: the first 100." })
  errors!: PayloadError[];

  @Field(() => Int, {
    description: "How much is wrong; the row that brings it to 10,000 is the last that is looked at.",
  })
  errorCount!: number;

  @Field(() => [String], {
    description:
      "Columns and params that the signature does not know, at most 100: MLflow passes over them, and so does this check.",
  })
  ignored!: string[];
}
