/** Where a store keeps what, in a bucket or container that others may use too. */
export class StoreFolders {
  /** Of the mark of the registry whose objects these are. */
  readonly mark: string;

  /** `prefix`: "" or ending with "/". */
  constructor(private readonly prefix: string) {
    this.mark = `${prefix}registry`;
  }

  /** What callers may write to. */
  incoming(key: string): string {
    return `${this.prefix}incoming/${key}`;
  }

  /** What nobody but the server ever writes to. */
  committed(key: string): string {
    return `${this.prefix}objects/${key}`;
  }
}
