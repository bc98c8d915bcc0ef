import { readFileSync } from "node:fs";
import type { ByteSource } from "../../src/formats/byte-source.ts";

/** Bytes that remember how much of them was read. */
export class CountingSource implements ByteSource {
  readBytes = 0;
  reads = 0;
  largestRead = 0;

  constructor(
    private readonly bytes: Buffer,
    /** Larger than what there is: the rest is zeros. */
    readonly sizeBytes = bytes.length,
  ) {}

  async read(offset: number, length: number): Promise<Buffer> {
    const given = Math.min(length, this.sizeBytes - offset);
    this.readBytes += given;
    this.reads++;
    this.largestRead = Math.max(this.largestRead, given);
    const answer = Buffer.alloc(given);
    this.bytes.copy(
      answer,
      0,
      Math.min(offset, this.bytes.length),
      Math.min(offset + given, this.bytes.length),
    );
    return answer;
  }
}

const folder = new URL("../fixtures/formats/", import.meta.url);

export function modelFile(name: string): Buffer {
  return readFileSync(new URL(name, folder));
}

export const modelFiles =
  `arrays.npz broken-behind-call.pkl dense.keras inst.pkl lambda.h5 lambda.keras latest.h5 legacy.pt memo.pkl model.gguf
  model.onnx model.safetensors module.pt numbers.npy objects.joblib objects.npy old.h5 outside.onnx packed.npz
  pipeline-zlib.joblib pipeline.joblib pipeline.pkl records.npy saved-model-plain/saved_model.pb
  saved-model-python/saved_model.pb saved-model-reads/saved_model.pb script.pt state.pt system.p0.pkl system.p4.pkl
  system.pt values.p0.pkl values.p2.pkl values.p4.pkl values.p5.pkl`.split(/\s+/);
