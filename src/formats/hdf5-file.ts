import { type BoundedBytes, HeaderError } from "./bounded-bytes.ts";

// https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
export const hdf5Magic = Buffer.from("\x89HDF\r\n\x1a\n", "latin1");
const pageBytes = 4096;
const mostPages = 1_024;

/** What is in a file of HDF5 is spread over it in small pieces that point at each other: pages are kept. */
export class Hdf5File {
  readonly rootAt: number;
  private readonly pages = new Map<number, Buffer>();

  private constructor(
    private readonly bytes: BoundedBytes,
    readonly version: number,
    /** Bytes of an address, and of a length. */
    readonly addressBytes: number,
    readonly lengthBytes: number,
    superblock: Buffer,
  ) {
    const base = this.number(superblock, rootPlace(version, addressBytes).base, addressBytes);
    if (base !== 0) throw new HeaderError(`a file that begins at byte ${base}`);
    this.rootAt = this.number(superblock, rootPlace(version, addressBytes).root, addressBytes);
  }

  static async open(bytes: BoundedBytes): Promise<Hdf5File> {
    const superblock = await bytes.first(128);
    const version = superblock[8] ?? 255;
    if (version > 3 || superblock.length < 48) throw new HeaderError(`no superblock of version ${version}`);
    const sizesAt = version < 2 ? 13 : 9;
    const [addressBytes, lengthBytes] = [superblock[sizesAt]!, superblock[sizesAt + 1]!];
    if (![4, 8].includes(addressBytes) || ![4, 8].includes(lengthBytes))
      throw new HeaderError(`addresses of ${addressBytes} and lengths of ${lengthBytes} bytes`);
    return new Hdf5File(bytes, version, addressBytes, lengthBytes, superblock);
  }

  async read(at: number, length: number): Promise<Buffer> {
    if (!(at >= 0 && at + length <= this.bytes.sizeBytes))
      throw new HeaderError(`ends at byte ${this.bytes.sizeBytes}, before byte ${at + length}`);
    const first = Math.floor(at / pageBytes);
    const last = Math.floor((at + Math.max(length, 1) - 1) / pageBytes);
    if (last - first > 16) return this.bytes.read(at, length);
    const pages: Buffer[] = [];
    for (let page = first; page <= last; page++) pages.push(await this.page(page));
    const joined = pages.length === 1 ? pages[0]! : Buffer.concat(pages);
    return joined.subarray(at - first * pageBytes, at - first * pageBytes + length);
  }

  /** As many bytes as there are, up to so many. */
  readUpTo(at: number, length: number): Promise<Buffer> {
    return this.read(at, Math.max(0, Math.min(length, this.bytes.sizeBytes - at)));
  }

  /** The piece at that place, which begins with four letters; behind them. */
  async marked(mark: string, at: number, length: number): Promise<Buffer> {
    const piece = await this.read(at, length);
    if (piece.toString("latin1", 0, 4) !== mark) throw new HeaderError(`no ${mark} at byte ${at}`);
    return piece;
  }

  /** An address or a length, of four or eight bytes; the address of nothing is above every other. */
  number(piece: Buffer, at: number, bytes: number): number {
    if (at + bytes > piece.length) throw new HeaderError("a piece that ends too early");
    return bytes === 4 ? piece.readUInt32LE(at) : Number(piece.readBigUInt64LE(at));
  }

  address(piece: Buffer, at: number): number {
    return this.number(piece, at, this.addressBytes);
  }

  isNowhere(address: number): boolean {
    return address >= (this.addressBytes === 4 ? 2 ** 32 - 1 : 2 ** 63);
  }

  private async page(number: number): Promise<Buffer> {
    const kept = this.pages.get(number);
    if (kept) return kept;
    const at = number * pageBytes;
    const page = await this.bytes.read(at, Math.min(pageBytes, this.bytes.sizeBytes - at));
    if (this.pages.size < mostPages) this.pages.set(number, page);
    return page;
  }
}

function rootPlace(version: number, addressBytes: number): { base: number; root: number } {
  if (version >= 2) return { base: 12, root: 12 + 3 * addressBytes };
  const base = version === 0 ? 24 : 28;
  return { base, root: base + 5 * addressBytes };
}
