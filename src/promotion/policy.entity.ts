import { Field, Float, Int, ObjectType, registerEnumType } from "type-graphql";
import { Column, Entity, Index, PrimaryColumn } from "typeorm";
import { Node } from "../kernel/node.ts";
import { DateTime } from "../kernel/scalars.ts";
import { Compatibility } from "../registry/compatibility.rules.ts";

export enum OnFull {
  REJECT = "REJECT",
  ARCHIVE_EXISTING = "ARCHIVE_EXISTING",
}

registerEnumType(OnFull, {
  name: "OnFull",
  description: "What happens where a stage holds as many versions of a model as it may.",
  valuesConfig: {
    REJECT: { description: "No other comes in." },
    ARCHIVE_EXISTING: {
      description: "Those that have stood there longest are archived for the one that comes.",
    },
  },
});

export enum GateKind {
  METRIC = "METRIC",
  DISPARITY = "DISPARITY",
  PARAM = "PARAM",
  TAG = "TAG",
  SIGNATURE = "SIGNATURE",
  COMPATIBLE_SIGNATURE = "COMPATIBLE_SIGNATURE",
  FORMAT = "FORMAT",
  COMPLETENESS = "COMPLETENESS",
  CARD = "CARD",
  LINEAGE = "LINEAGE",
  EVALUATION = "EVALUATION",
  VALIDATION = "VALIDATION",
  BUNDLE = "BUNDLE",
  DIGEST_VERIFIED = "DIGEST_VERIFIED",
  NO_CODE = "NO_CODE",
}

registerEnumType(GateKind, {
  name: "GateKind",
  description: "What a gate looks at. Evidence that is missing fails every one of them.",
  valuesConfig: {
    METRIC: {
      description: "A metric against a number, or against that of another version: metric, compare.",
    },
    DISPARITY: {
      description: "The largest difference of a metric between slices: metric, compare with a value.",
    },
    PARAM: { description: "A hyperparameter is there, or has this value: key, value." },
    TAG: { description: "A tag is there, or has this value: key, value." },
    SIGNATURE: { description: "A signature is there." },
    COMPATIBLE_SIGNATURE: {
      description: "The signature fits that of each version now in the stage: compatibility.",
    },
    FORMAT: { description: "The format is one of a list: formats." },
    COMPLETENESS: { description: "Code, dataset, params, metrics, owner and documentation are there." },
    CARD: {
      description: "A model card is there, and a person has confirmed it since the version last changed.",
    },
    LINEAGE: { description: "A run, a commit and training data are known." },
    EVALUATION: { description: "It was evaluated on this dataset: dataset, and its digest as value." },
    VALIDATION: {
      description:
        "A validation by a third party is on record and has not expired: withinDays, its organisation as value.",
    },
    BUNDLE: { description: "The bundle has artifacts in these roles: roles." },
    DIGEST_VERIFIED: { description: "The stored bytes were hashed again within so many days: withinDays." },
    NO_CODE: {
      description:
        "No file can run code when it is loaded, as pickles can: none is SUSPECT or UNSCANNED. With the value UNSCANNED, those may enter whose opcodes are all on the list of known ones.",
    },
  },
});

export enum ComparisonOperator {
  GE = "GE",
  GT = "GT",
  LE = "LE",
  LT = "LT",
}

registerEnumType(ComparisonOperator, {
  name: "ComparisonOperator",
  description: "How a value must stand to another.",
  valuesConfig: {
    GE: { description: "At least as large." },
    GT: { description: "Larger." },
    LE: { description: "At most as large." },
    LT: { description: "Smaller." },
  },
});

registerEnumType(Compatibility, {
  name: "Compatibility",
  description: "How a signature must fit that of a version it takes the place of.",
  valuesConfig: {
    BACKWARD: { description: "Whoever calls the old one can call the new one." },
    FORWARD: { description: "Whoever calls the new one can call the old one." },
    FULL: { description: "Both." },
  },
});

@ObjectType("GateComparison", { description: "What a metric is held against.", simpleResolvers: true })
export class Comparison {
  @Field(() => ComparisonOperator, { description: "How the version's value must stand to the other." })
  op!: ComparisonOperator;

  @Field(() => Float, { nullable: true, description: "A number; null where another version is the measure." })
  value?: number;

  @Field(() => String, { nullable: true, description: "Each version now in this stage." })
  stage?: string;

  @Field(() => String, { nullable: true, description: "The version behind this alias." })
  alias?: string;

  @Field(() => Float, { nullable: true, description: "By how much it may fall short of another version." })
  tolerance?: number;
}

@ObjectType({
  description: "A condition that the registry checks before a version enters a stage.",
  simpleResolvers: true,
})
export class Gate {
  @Field(() => GateKind, { description: "What it looks at." })
  kind!: GateKind;

  @Field(() => String, { nullable: true, description: "Key of the metric." })
  metric?: string;

  @Field(() => String, { nullable: true, description: "Name of the dataset." })
  dataset?: string;

  @Field(() => String, { nullable: true, description: "Part of the dataset." })
  split?: string;

  @Field(() => String, { nullable: true, description: "Group within it." })
  slice?: string;

  @Field(() => Comparison, { nullable: true, description: "What the metric is held against." })
  compare?: Comparison;

  @Field(() => [String], { nullable: true, description: "Roles of artifacts." })
  roles?: string[];

  @Field(() => String, { nullable: true, description: "Key of the param or tag." })
  key?: string;

  @Field(() => String, { nullable: true, description: "The value that is asked for." })
  value?: string;

  @Field(() => [String], { nullable: true, description: "Formats, in any case." })
  formats?: string[];

  @Field(() => Int, { nullable: true, description: "How old the evidence may be, in days." })
  withinDays?: number;

  @Field(() => Compatibility, { nullable: true, description: "How the signature must fit." })
  compatibility?: Compatibility;
}

/** What a policy asks for: the settled form of one revision. */
export interface PolicyBody {
  approvalsNeeded: number;
  isFourEyes: boolean;
  approverRoles: string[];
  promoterRoles: string[];
  breakGlassRoles: string[];
  maxVersions: number | null;
  onFull: OnFull;
  gates: Gate[];
  rollbackNeedsApproval: boolean;
  rollbackAliases: string[];
}

/** The present revision of the policy of one pattern and stage; earlier ones are in the journal. */
@Entity("policy")
@Index("policy_place", ["stage", "pattern"], { unique: true })
export class PolicyRow {
  @PrimaryColumn("int", { unsigned: true, name: "id" })
  nodeId!: number;

  @Column("varchar", { length: 255 })
  pattern!: string;

  @Column("varchar", { length: 64 })
  stage!: string;

  @Column("int", { unsigned: true })
  revision!: number;

  /** JSON of a PolicyBody; null where it was taken back, so that a wider one holds. */
  @Column("text", { nullable: true })
  body!: string | null;

  /** Whether it asks for nothing; null where it was taken back. */
  @Column("boolean", { nullable: true })
  isOpen!: boolean | null;

  @Column("bigint")
  updatedAt!: number;
}

/** A number of characters before the `*` of some pattern: a model's name is looked up by its prefixes of these lengths. */
@Entity("policy_prefix")
export class PolicyPrefix {
  @PrimaryColumn("int", { unsigned: true })
  length!: number;
}

@ObjectType({
  implements: Node,
  description:
    "What it takes for a version to enter a stage. Where none is set, everything may: pol_0 at revision 0.",
  simpleResolvers: true,
})
export class Policy extends Node implements PolicyBody {
  override get nodeKind() {
    return "POLICY" as const;
  }

  nodeId!: number;

  pattern!: string;

  @Field(() => Boolean, { description: "False where none is set, or it was taken back." })
  isSet!: boolean;

  @Field(() => String, { description: "The models it holds for: `*`, risk.* or one name." })
  get model(): string {
    return this.pattern;
  }

  @Field(() => String, { description: "The stage that it guards." })
  stage!: string;

  @Field(() => Int, { description: "Counts its changes, from 1; approvals are bound to it." })
  revision!: number;

  @Field(() => Int, { description: "How many reviewers must approve." })
  approvalsNeeded!: number;

  @Field(() => Boolean, {
    description:
      "Whether who asks for a transition may not approve it. Who registered the version never may, nor who broke the glass look back at that.",
  })
  isFourEyes!: boolean;

  @Field(() => [String], {
    description: "Roles of which a reviewer must hold one there; empty: whoever may review.",
  })
  approverRoles!: string[];

  @Field(() => [String], {
    description:
      "Roles of which one must hold one to move a version there or to ask for it; empty: whoever may.",
  })
  promoterRoles!: string[];

  @Field(() => [String], {
    description:
      "Roles that may move a version there in an emergency, past gates and approvals; empty: nobody.",
  })
  breakGlassRoles!: string[];

  @Field(() => Int, {
    nullable: true,
    description: "How many versions of a model may stand there; null: any number.",
  })
  maxVersions!: number | null;

  @Field(() => OnFull, { description: "What happens where there are so many." })
  onFull!: OnFull;

  @Field(() => [Gate], { description: "What is checked." })
  gates!: Gate[];

  @Field(() => Boolean, { description: "Whether going back to an earlier version takes the same approvals." })
  rollbackNeedsApproval!: boolean;

  @Field(() => [String], {
    description:
      "Aliases that go along when the stage is given back. That a policy names them gives nobody a right to them: moving them takes what setAlias takes, alias:protect for a protected one.",
  })
  rollbackAliases!: string[];

  @Field(() => DateTime, { nullable: true, description: "When this revision was set; null where none was." })
  updatedAt!: number | null;

  @Field(() => String, { description: "Why it is this one that holds, for people." })
  why!: string;
}
