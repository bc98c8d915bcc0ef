/** The bytes of one file, to be looked at here and there; never as a whole. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Exactly these bytes, fewer only at the end of the file. */
  read(offset: number, length: number): Promise<Buffer>;
}
