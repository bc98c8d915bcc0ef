import { describe, expect, it } from "vitest";
import { inspect } from "../../src/formats/file-facts.ts";
import { CountingSource } from "../support/counting-source.ts";

const factsOf = (text: string | Buffer, path = "file") =>
  inspect(path, new CountingSource(Buffer.from(text)));

const pmml = `<?xml version="1.0"?><!-- <PMML> -->
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
  <Header><Application name="a > b" version="1"/></Header>
  <DataDictionary><DataField name="x"/></DataDictionary>
  <RegressionModel functionName="regression"><MiningSchema/></RegressionModel>
</PMML>`;

describe("PMML", () => {
  it("is told by its root, with its version and models", async () => {
    for (const path of ["model.pmml", "model.xml", "model"])
      expect(await factsOf(pmml, path)).toMatchObject({
        format: "pmml",
        content: "DATA",
        scan: "NOT_EXECUTABLE",
        metadata: { version: "4.4", model: "RegressionModel", function: "regression", application: "a > b" },
      });
  });

  it("with a prefix is PMML, too", async () => {
    expect((await factsOf('<p:PMML version="4.2"><p:TreeModel/></p:PMML>')).metadata).toMatchObject({
      version: "4.2",
      model: "TreeModel",
    });
  });

  it.each([
    ['<!DOCTYPE a SYSTEM "file:///etc/passwd"><PMML version="4.4"/>', "DOCTYPE"],
    ['<?xml version="1.0"?><!doctype lolz [<!ENTITY a "b">]><PMML/>', "doctype"],
    ['<!ENTITY a "b"><PMML/>', "ENTITY"],
  ])("with a document type is suspect, and not read on: %s", async (text, declaration) => {
    const { scan, findings, metadata } = await factsOf(text, "model.pmml");
    expect(scan).toBe("SUSPECT");
    expect(findings).toEqual([expect.stringMatching(`^a ${declaration}, which could define entities, at `)]);
    expect(metadata).toEqual({});
  });

  it.each([
    ["<a></a></a>", "xml"],
    ["<", "text"],
    ["<!--", "xml"],
    ['<PMML version="', "xml"],
    ["<a".repeat(100_000), "xml"],
    ["<a>".repeat(100_000), "xml"],
    [`<a ${"b='".repeat(100_000)}`, "xml"],
    [`<a ${"version ".repeat(50_000)}>`, "xml"],
  ])("that is none gives facts", async (text, format) => {
    expect((await factsOf(text)).format).toBe(format);
  });
});

describe("text", () => {
  it.each([
    ["config.json", '{"a": 1}', "json"],
    ["a", '[{"a": 1}]', "json"],
    ["MLmodel", "flavors:\n  sklearn: {}\n", "yaml"],
    ["conda.yaml", "name: env\n", "yaml"],
    ["x.csv", "a,b\n1,2\n", "csv"],
    ["README.md", "# Card\n", "markdown"],
    ["vocab.txt", "[PAD]\n[UNK]\n", "text"],
    ["empty", "", "text"],
    ["notes", "Ünïcode\n", "text"],
  ])("%s is %j: %s", async (path, text, format) => {
    expect(await factsOf(text, path)).toMatchObject({
      format,
      content: "DATA",
      scan: "NOT_EXECUTABLE",
      findings: [],
    });
  });

  it.each(["train.py", "run.sh", "index.html", "notes.ipynb"])("of a program is code: %s", async (path) => {
    expect(await factsOf("x", path)).toMatchObject({ content: "CODE", scan: "UNSCANNED" });
  });

  it("that begins like a script is suspect under a name of data", async () => {
    expect(await factsOf("#!/bin/sh\necho\n", "a")).toMatchObject({ format: "script", scan: "UNSCANNED" });
    expect((await factsOf("#!/bin/sh\necho\n", "vocab.txt")).content).toBe("CODE");
  });

  it("of YAML that makes objects of Python is suspect", async () => {
    expect((await factsOf("a: !!python/object/apply:os.system [echo]", "a.yaml")).scan).toBe("SUSPECT");
  });
});

describe("what is neither", () => {
  it.each([
    ["model.bin", Buffer.from([1, 2, 3, 0]), null],
    ["x", Buffer.from("\x7fELF\x02", "latin1"), "program"],
    ["x.parquet", Buffer.from("PAR1\x00\x15"), "parquet"],
    ["x.tflite", Buffer.from("\x1c\0\0\0TFL3\0", "latin1"), "tflite"],
  ])("is named where it can be: %s", async (path, bytes, format) => {
    const facts = await factsOf(bytes, path);
    expect(facts.format).toBe(format);
    if (format === null) expect(facts).toMatchObject({ content: "UNKNOWN", scan: "UNSCANNED" });
  });
});
