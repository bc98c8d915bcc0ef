import { describe, expect, it } from "vitest";
import { azureTrouble } from "../../src/objects/azure-errors.mapping.ts";
import { ObjectStoreError } from "../../src/objects/object-store.ts";
import { s3Trouble } from "../../src/objects/s3-errors.mapping.ts";

const s3 = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error("s3://secret"), { name, $metadata: { httpStatusCode } });
const azure = (code: string, statusCode?: number) =>
  Object.assign(new Error("https://secret"), { name: "RestError", code, statusCode });
const network = Object.assign(new Error("connect 10.0.0.1"), { code: "ECONNREFUSED" });

describe("An error of a store", () => {
  it.each([
    ["NoSuchKey", 404, "MISSING"],
    ["NotFound", 404, "MISSING"],
    ["NoSuchUpload", 404, "MISSING"],
    ["InvalidPart", 400, "MISSING"],
    ["PreconditionFailed", 412, "MISSING"],
    ["InvalidRange", 416, "MISSING"],
    ["QuotaExceeded", 403, "FULL"],
    ["XMinioStorageFull", 507, "FULL"],
    ["InsufficientStorage", 507, "FULL"],
    ["NoSuchBucket", 404, "AWAY"],
    ["AccessDenied", 403, "AWAY"],
    ["SlowDown", 503, "AWAY"],
    ["CredentialsProviderError", undefined, "AWAY"],
    ["TimeoutError", undefined, "AWAY"],
  ])("of S3, %s (%s), is %s", (name, status, trouble) => {
    const told = s3Trouble(s3(name, status));
    expect(told).toMatchObject({ name: "ObjectStoreError", trouble });
    expect(told.cause).toBeUndefined();
    expect(told.message).not.toContain("secret");
  });

  it.each([
    ["BlobNotFound", 404, "MISSING"],
    ["CannotVerifyCopySource", 404, "MISSING"],
    ["ConditionNotMet", 412, "MISSING"],
    ["InvalidRange", 416, "MISSING"],
    ["InvalidBlockList", 400, "MISSING"],
    ["InsufficientStorage", 507, "FULL"],
    ["ContainerNotFound", 404, "AWAY"],
    ["AuthenticationFailed", 403, "AWAY"],
    ["ServerBusy", 503, "AWAY"],
    ["REQUEST_SEND_ERROR", undefined, "AWAY"],
  ])("of Azure, %s (%s), is %s", (code, status, trouble) => {
    const told = azureTrouble(azure(code, status));
    expect(told).toMatchObject({ name: "ObjectStoreError", trouble });
    expect(told.cause).toBeUndefined();
    expect(told.message).not.toContain("secret");
  });

  it.each([
    ["S3", s3Trouble],
    ["Azure", azureTrouble],
  ])("of the network, of ours, and its own are told apart (%s)", (_, troubleOf) => {
    expect(troubleOf(network)).toMatchObject({ trouble: "AWAY" });
    expect(troubleOf(network).cause).toBeUndefined();
    expect(troubleOf(network).message).toBe("the object store does not answer (ECONNREFUSED)");
    const fault = new TypeError("x is not a function");
    expect(troubleOf(fault)).toMatchObject({ trouble: "AWAY", cause: fault });
    const own = new ObjectStoreError("FULL", "full");
    expect(troubleOf(own)).toBe(own);
  });
});
