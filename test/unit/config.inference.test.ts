import { describe, expect, it } from "vitest";
import { ConfigError } from "../../src/config/reading.ts";
import { readConfig } from "../../src/config.ts";

const rulesWith = (text?: string) => readConfig({ STEMMA_INFER_EDGES: text }).inference;

describe("the params and tags that edges are inferred from", () => {
  it("are three where nothing is set", () => {
    const usual = [
      { key: "training_data_hash", names: "dataset" },
      { key: "dataset_version", names: "dataset" },
      { key: "git_commit", names: "commit" },
    ];
    expect(rulesWith()).toEqual(usual);
    expect(rulesWith(" ")).toEqual(usual);
  });

  it("are those that are named, each with what its values name", () => {
    expect(rulesWith("data.sha256=dataset, build = commit,a=b=dataset")).toEqual([
      { key: "data.sha256", names: "dataset" },
      { key: "build", names: "commit" },
      { key: "a=b", names: "dataset" },
    ]);
  });

  it("are none where it is off", () => {
    expect(rulesWith("off")).toEqual([]);
  });

  it.each(["git_commit", "git_commit=sha", "=commit", "git_commit=commit,off", `${"k".repeat(256)}=commit`])(
    "stop the start where they are %s",
    (wrong) => {
      expect(() => rulesWith(wrong)).toThrow(ConfigError);
      expect(() => rulesWith(wrong)).toThrow("STEMMA_INFER_EDGES: expected");
    },
  );

  it("stop the start where a key stands there twice", () => {
    expect(() => rulesWith("a=commit,a=dataset")).toThrow(
      'STEMMA_INFER_EDGES: expected each key once; got "a"',
    );
  });
});
