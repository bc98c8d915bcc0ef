import { Arg, Ctx, Query, Resolver } from "type-graphql";
import { notFound, StemmaError } from "../kernel/errors.ts";
import { instanceOf } from "../kernel/node.ts";
import type { Request } from "../kernel/request.ts";
import { Json, VersionRef } from "../kernel/scalars.ts";
import { checkPayload } from "./payload-check.rules.ts";
import { PayloadError, PayloadReport } from "./payload-report.entity.ts";
import { payloadOf } from "./payload-rows.rules.ts";
import { readSignature } from "./signature.rules.ts";
import type { ModelVersion } from "./version.entity.ts";
import type { VersionLoaders } from "./version.loaders.ts";

@Resolver()
export class PayloadCheckResolver {
  constructor(private readonly versions: VersionLoaders) {}

  @Query(() => PayloadReport, {
    description:
      "Checks rows against the inputs of a version's signature, without conversions: a null is good only where the input is optional.",
  })
  async validatePayload(
    @Ctx() request: Request,
    @Arg("ref", () => VersionRef, { description: "Such as fraud-detector@champion." }) ref: string,
    @Arg("rows", () => Json, {
      description:
        "1–1,000 rows: objects by column, or lists where the inputs have no names; or one of MLflow's payloads: dataframe_split, dataframe_records, instances or inputs, and params beside it.",
    })
    rows: unknown,
  ): Promise<PayloadReport> {
    const version = await this.versions.byRef(request, ref);
    if (!version) throw notFound(`model version ${ref}`, "ref");
    const { signature, notUnderstood } = readSignature(version.signature);
    if (!signature) throw unusable(version, notUnderstood);
    const payload = payloadOf("rows", rows);
    const { faults, faultCount, ignored } = checkPayload(signature, payload);
    return instanceOf(PayloadReport, {
      isValid: faultCount === 0,
      rowCount: payload.rows.length,
      errors: faults.map((fault) => instanceOf(PayloadError, fault)),
      errorCount: faultCount,
      ignored,
    });
  }
}

function unusable({ id }: ModelVersion, why: readonly string[]): StemmaError {
  const expected = "a version with a signature in MLflow's form";
  return new StemmaError("INVALID", `ref: expected ${expected}; got ${id}: ${why.join("; ")}`, ["ref"]);
}
