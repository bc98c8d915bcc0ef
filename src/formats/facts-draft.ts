/** What a file is, by what its bytes say. Lower-case, as people write them. */
export type FileFormat =
  | "safetensors"
  | "onnx"
  | "gguf"
  | "hdf5"
  | "keras"
  | "torchscript"
  | "torch"
  | "pickle"
  | "joblib"
  | "npy"
  | "npz"
  | "savedmodel"
  | "keras-metadata"
  | "tensorflow-checkpoint"
  | "tflite"
  | "pmml"
  | "parquet"
  | "json"
  | "yaml"
  | "csv"
  | "markdown"
  | "xml"
  | "text"
  | "script"
  | "program"
  | "zip"
  | "tar"
  | "gzip"
  | "bzip2"
  | "xz"
  | "zstd"
  | "lz4"
  | "zlib";

/** DATA: nothing in it is run by what reads it. CODE: reading it may run what is in it. UNKNOWN: it may be either. */
export type Content = "DATA" | "CODE" | "UNKNOWN";

/**
 * None of them says that a file may be trusted.
 * NOT_EXECUTABLE: read by the rules of its format, it holds nothing that is run.
 * UNSCANNED: it may hold code, or was not read to its end; what that does nobody looked at.
 * SUSPECT: it holds what an honest file of its format has no need of.
 */
export type Scan = "NOT_EXECUTABLE" | "UNSCANNED" | "SUSPECT";

export interface TensorFacts {
  name: string;
  /** As the format names it. */
  dtype: string;
  shape: number[];
}

export interface FileFacts {
  format: FileFormat | null;
  content: Content;
  scan: Scan;
  /** Short sentences, at most 100. */
  findings: string[];
  /** The first 1,000. */
  tensors: TensorFacts[];
  /** How many were met; where a finding says that not all was read, there are more. */
  tensorCount: number;
  /** What the file says of itself, at most 40 short texts. */
  metadata: Record<string, string>;
}

const mostFindings = 100;
const mostTensors = 1_000;
const mostMetadata = 40;
const longestText = 200;
const longestShape = 32;

/** Texts of strangers: short, and nothing in them that a terminal or a page would obey. */
export function printable(text: string, most = longestText): string {
  const short = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return short.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "?");
}

/** Facts as they are being found. A scan is only ever raised. */
export class FactsDraft {
  content: Content = "DATA";
  private scan: Scan = "NOT_EXECUTABLE";
  private readonly findings = new Set<string>();
  private readonly tensors: TensorFacts[] = [];
  private tensorCount = 0;
  private readonly metadata = new Map<string, string>();

  constructor(public format: FileFormat | null) {}

  get isSuspect(): boolean {
    return this.scan === "SUSPECT";
  }

  note(finding: string): void {
    if (this.findings.size === mostFindings) this.findings.add("more findings than are kept");
    if (this.findings.size < mostFindings) this.findings.add(printable(finding));
  }

  /** It may hold code. */
  doubt(finding: string | null): void {
    if (this.scan === "NOT_EXECUTABLE") this.scan = "UNSCANNED";
    if (finding !== null) this.note(finding);
  }

  suspect(finding: string): void {
    this.scan = "SUSPECT";
    this.note(finding);
  }

  tensor(name: string, dtype: string, shape: readonly number[]): void {
    this.tensorCount++;
    if (this.tensors.length >= mostTensors) return;
    this.tensors.push({
      name: printable(name),
      dtype: printable(dtype, 60),
      shape: shape.slice(0, longestShape),
    });
  }

  say(name: string, value: string | number): void {
    if (this.metadata.size < mostMetadata) this.metadata.set(printable(name, 80), printable(String(value)));
  }

  /** Adds to what was counted before. */
  count(name: string, more: number): void {
    this.say(name, Number(this.metadata.get(name) ?? 0) + more);
  }

  finish(): FileFacts {
    return {
      format: this.format,
      content: this.content,
      scan: this.scan,
      findings: [...this.findings],
      tensors: this.tensors,
      tensorCount: this.tensorCount,
      metadata: Object.fromEntries(this.metadata),
    };
  }
}
