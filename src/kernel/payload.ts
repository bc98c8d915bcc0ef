import { Field, InputType, ObjectType, registerEnumType } from "type-graphql";
import { type ErrorCode, StemmaError } from "./errors.ts";
import type { Repetition } from "./repetition.ts";

/** The codes of errors.ts that a caller can act on. */
export enum UserErrorCode {
  NOT_FOUND = "NOT_FOUND",
  ALREADY_EXISTS = "ALREADY_EXISTS",
  INVALID = "INVALID",
  CONFLICT = "CONFLICT",
  REFUSED_BY_POLICY = "REFUSED_BY_POLICY",
  APPROVAL_REQUIRED = "APPROVAL_REQUIRED",
  STALE = "STALE",
  LIMIT = "LIMIT",
  IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH",
}

registerEnumType(UserErrorCode, {
  name: "UserErrorCode",
  description: "What kind of refusal a user error is.",
  valuesConfig: {
    NOT_FOUND: { description: "Something named in the input is not there." },
    ALREADY_EXISTS: { description: "What should be made is there already." },
    INVALID: { description: "A value is not of the expected form; the message says what was expected." },
    CONFLICT: { description: "The registry is in another state than the input expected." },
    REFUSED_BY_POLICY: { description: "A check of the policy failed." },
    APPROVAL_REQUIRED: { description: "The policy asks for approvals that are not given." },
    STALE: { description: "What the decision rested on has changed since." },
    LIMIT: { description: "A limit would be exceeded." },
    IDEMPOTENCY_MISMATCH: { description: "The idempotency key was used for another request." },
  },
});

@ObjectType({ description: "A refusal that the caller can act on.", simpleResolvers: true })
export class UserError {
  @Field(() => UserErrorCode, { description: "For programs." })
  code!: UserErrorCode;

  @Field(() => String, { description: "For people: the field, what was expected, what came." })
  message!: string;

  @Field(() => [String], { nullable: true, description: "Where in the input, from the outside in." })
  path!: readonly string[] | null;
}

/** What every mutation answers: its entity, or the refusals. Not a type of the schema itself. */
@ObjectType()
export abstract class Payload {
  @Field(() => [UserError], { description: "Empty where the mutation was done.", simple: true })
  userErrors!: UserError[];
}

/** What every mutation takes. */
@InputType()
export abstract class MutationInput {
  /** In place of a key, of a caller who has none. No field of GraphQL. */
  declare repetition?: Repetition;

  @Field(() => String, {
    nullable: true,
    description:
      "At most 255 characters of the caller's choice: within 7 days, the same input under the same key acts once.",
  })
  idempotencyKey?: string | null;
}

type Answer<P extends Payload> = Omit<P, "userErrors"> & { userErrors?: UserError[] };

/** Runs a verb for a mutation; a refusal the user must read becomes data. */
export async function answer<P extends Payload>(
  refused: Answer<P>,
  act: () => Promise<Answer<P>>,
): Promise<P> {
  try {
    return { userErrors: [], ...(await act()) } as unknown as P;
  } catch (error) {
    if (!(error instanceof StemmaError) || !error.isForUser) throw error;
    return { ...refused, userErrors: [userErrorOf(error)] } as unknown as P;
  }
}

export function userErrorOf(error: StemmaError): UserError {
  return {
    code: error.code as ErrorCode & UserErrorCode,
    message: error.message,
    path: error.inputPath ? ["input", ...error.inputPath] : null,
  };
}
