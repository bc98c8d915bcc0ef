import { describe, expect, it } from "vitest";
import { inspect } from "../../src/formats/file-facts.ts";
import { CountingSource, modelFile, modelFiles } from "../support/counting-source.ts";

const facts = (name: string, path = name) => inspect(path, new CountingSource(modelFile(name)));

describe("a file that its own library wrote", () => {
  it.each([
    ["model.safetensors", "safetensors", "DATA", "NOT_EXECUTABLE", 3],
    ["model.onnx", "onnx", "DATA", "NOT_EXECUTABLE", 2],
    ["outside.onnx", "onnx", "DATA", "SUSPECT", 2],
    ["model.gguf", "gguf", "DATA", "NOT_EXECUTABLE", 2],
    ["old.h5", "hdf5", "DATA", "NOT_EXECUTABLE", 1],
    ["latest.h5", "hdf5", "DATA", "SUSPECT", 1],
    ["lambda.h5", "hdf5", "DATA", "SUSPECT", 0],
    ["dense.keras", "keras", "DATA", "NOT_EXECUTABLE", 2],
    ["lambda.keras", "keras", "DATA", "SUSPECT", 0],
    ["saved-model-plain/saved_model.pb", "savedmodel", "CODE", "UNSCANNED", 0],
    ["saved-model-reads/saved_model.pb", "savedmodel", "CODE", "SUSPECT", 0],
    ["saved-model-python/saved_model.pb", "savedmodel", "CODE", "SUSPECT", 0],
    ["state.pt", "torch", "CODE", "UNSCANNED", 2],
    ["module.pt", "torch", "CODE", "UNSCANNED", 2],
    ["script.pt", "torchscript", "CODE", "UNSCANNED", 2],
    ["legacy.pt", "torch", "CODE", "UNSCANNED", 2],
    ["system.pt", "torch", "CODE", "SUSPECT", 1],
    ["pipeline.pkl", "pickle", "CODE", "UNSCANNED", 0],
    ["pipeline.joblib", "joblib", "CODE", "UNSCANNED", 0],
    ["pipeline-zlib.joblib", "zlib", "CODE", "UNSCANNED", 0],
    ["objects.joblib", "joblib", "CODE", "UNSCANNED", 0],
    ["numbers.npy", "npy", "DATA", "NOT_EXECUTABLE", 1],
    ["records.npy", "npy", "DATA", "NOT_EXECUTABLE", 1],
    ["objects.npy", "npy", "CODE", "UNSCANNED", 1],
    ["arrays.npz", "npz", "DATA", "NOT_EXECUTABLE", 2],
    ["packed.npz", "npz", "DATA", "NOT_EXECUTABLE", 1],
  ])("%s is %s: %s, %s", async (name, format, content, scan, tensorCount) => {
    expect(await facts(name)).toMatchObject({ format, content, scan, tensorCount });
  });

  it("is told by its bytes, not by its name, where bytes tell", async () => {
    const silent = ["model.onnx", "outside.onnx", "inst.pkl", "pipeline-zlib.joblib"];
    for (const name of modelFiles.filter((one) => !silent.includes(one) && !/saved_model|p0/.test(one)))
      expect((await facts(name, "file")).format, name).toBe((await facts(name)).format);
  });

  it("lists tensors by name, dtype and shape", async () => {
    const tensorsOf = async (name: string) =>
      (await facts(name)).tensors.map((tensor) => `${tensor.name} ${tensor.dtype} [${tensor.shape}]`);
    expect(await tensorsOf("model.safetensors")).toEqual([
      "ids I64 [2]",
      "dense.weight F32 [2,3]",
      "dense.bias F16 [2]",
    ]);
    expect(await tensorsOf("model.onnx")).toEqual(["W FLOAT [3,2]", "B FLOAT [2]"]);
    expect(await tensorsOf("model.gguf")).toEqual(["token_embd.weight F32 [8,3]", "norm F16 [8]"]);
    expect(await tensorsOf("old.h5")).toEqual(["a float32 [2,3]"]);
    expect(await tensorsOf("dense.keras")).toEqual([
      "layers/dense/vars/0 float32 [3,2]",
      "layers/dense/vars/1 float32 [2]",
    ]);
    for (const name of ["state.pt", "legacy.pt"])
      expect(await tensorsOf(name)).toEqual(["weight float32 [2,3]", "bias float32 [2]"]);
    expect(await tensorsOf("arrays.npz")).toEqual(["a <f8 [2,3]", "b <i8 [4]"]);
    expect(await tensorsOf("records.npy")).toEqual([" [('a', '<f4'), ('b', '<i8', (2,))] [2]"]);
  });

  it("says what it says of itself", async () => {
    expect((await facts("model.safetensors")).metadata).toEqual({ format: "np" });
    expect((await facts("model.onnx")).metadata).toMatchObject({
      producer_name: "by-hand",
      "opset ai.onnx": "17",
    });
    expect((await facts("model.gguf")).metadata).toMatchObject({ version: "3", "general.name": "tiny" });
    expect((await facts("lambda.h5")).metadata).toMatchObject({ keras_version: "3" });
    expect((await facts("saved-model-plain/saved_model.pb")).metadata).toMatchObject({
      tag: "serve",
      operators: "4",
    });
  });

  it.each([
    ["outside.onnx", 'tensors in the file "../../etc/passwd": a path upwards'],
    ["outside.onnx", 'operators of the domain "com.example", which no runtime brings along'],
    ["latest.h5", '"/outside" is in another file'],
    ["lambda.h5", "a Lambda layer or object: code inside"],
    ["lambda.keras", "a Lambda layer or object: code inside"],
    ["saved-model-reads/saved_model.pb", "operator ReadFile"],
    ["saved-model-python/saved_model.pb", "operator EagerPyFunc"],
    ["script.pt", "contains TorchScript code"],
    ["system.pt", "global posix.system at byte 169"],
    ["pipeline-zlib.joblib", "compressed: a pickle that is not listed"],
    ["objects.npy", 'array "" of objects: a pickle inside'],
    ["model.gguf", "holds a chat template"],
  ])("%s: %s", async (name, finding) => {
    expect((await facts(name)).findings).toContain(finding);
  });
});

describe("a file that is not what its name says", () => {
  it.each(["model.safetensors", "model.onnx", "config.json", "weights.h5", "card.md"])(
    "is suspect as %s where it is a pickle",
    async (path) => {
      const { format, scan, findings } = await facts("values.p4.pkl", path);
      expect({ format, scan }).toEqual({ format: "pickle", scan: "SUSPECT" });
      expect(findings).toContain("named like data, but pickle");
    },
  );

  it("is suspect where it is of torch and called safetensors", async () => {
    expect((await facts("state.pt", "model.safetensors")).findings).toContain("named like data, but torch");
  });

  it("is a pickle as well, of an old protocol, whatever it is called", async () => {
    const { scan, findings } = await facts("system.p0.pkl", "notes.txt");
    expect(scan).toBe("SUSPECT");
    expect(findings).toContain("a pickle as well, which calls posix.system");
  });
});

it("what the source throws is thrown", async () => {
  const broken = { sizeBytes: 10, read: () => Promise.reject(new Error("the store is away")) };
  await expect(inspect("a.bin", broken)).rejects.toThrow("the store is away");
});
