import { describe, expect, it } from "vitest";
import { mustBePromptSource, sourceOf } from "../../src/mlflow/source.rules.ts";

const refused = expect.objectContaining({ code: "INVALID_PARAMETER_VALUE" });

describe("the source of a version of MLflow", () => {
  it("is read for what it names", () => {
    const id = `m-${"0".repeat(32)}`;
    expect(sourceOf("runs:/abc/model/deep")).toEqual({
      is: "run",
      runId: "abc",
      path: "model/deep",
    });
    expect(sourceOf(`models:/${id}`)).toEqual({ is: "loggedModel", modelId: id });
    expect(sourceOf("models:/credit/7")).toMatchObject({ is: "version", model: "credit", version: "7" });
    expect(sourceOf("models:/credit@champion")).toMatchObject({ model: "credit", alias: "champion" });
    for (const source of [
      "s3://bucket/path",
      "gs://b/a%20b",
      "mlflow-artifacts:/0/r/artifacts",
      "dbfs:/a/b",
    ]) {
      expect(sourceOf(source)).toEqual({ is: "elsewhere" });
    }
  });

  it.each([
    "/etc/passwd",
    "etc/passwd",
    "file:///etc/passwd",
    "FILE:/etc",
    "file://host/share",
    "C:\\models",
    "C:/models",
    "\\\\host\\share",
    "",
    "s3://bucket/../x",
    "s3://bucket/a/..",
    "s3:/..",
    "s3://bucket/%2e%2e/x",
    "s3://bucket/%2E./x",
    "s3://bucket/%252e%252e/x",
    "s3://bucket/%25252e%2525252e/x",
    "s3://bucket/%%32%65%%32%65/x",
    "s3://bucket/..%2fx",
    "s3://bucket/..\\x",
    "s3://bucket/..%5cx",
    "s3://bucket/./x",
    "s3://bucket/a?b=/../c",
    "s3://bucket/x%00",
    "s3://bucket",
    "s3:x",
    "mlflow-artifacts:/../0",
    "mlflow-artifacts://host/0/r/artifacts",
    "mlflow-artifacts:/\t/host/0/r/artifacts",
    "mlflow-artifacts:/%09/host/0/r/artifacts",
    "mlflow-artifacts:/\n/host/x",
    "s3://bucket/a\rb",
    "\thttp://host/x",
    "http://169.254.169.254/latest/meta-data",
    "https://host/x",
    "ftp://host/x",
    "runs:/abc",
    "runs:abc/model",
    "runs://abc/model",
    "models:/",
    "models:/name",
    "models:/@alias",
    "models:/name@",
    "models:/a/b/c",
    "models:/m-12",
    `s3://bucket/${"x".repeat(2_000)}`,
  ])("is refused as %j", (source) => {
    expect(() => sourceOf(source)).toThrow(refused);
  });

  it("is a word where there are no files", () => {
    mustBePromptSource("prompt-template");
    for (const source of ["/etc/passwd", "s3://b/x", "a/b", "..", "a b"]) {
      expect(() => mustBePromptSource(source)).toThrow(refused);
    }
  });
});
