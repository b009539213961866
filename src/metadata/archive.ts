// Owns zip archives: their directory, and unpacking chosen entries within a limit on the sum of their bytes.
import { ModelError } from '../errors';
import { decodeText } from './text';

/** Entries of a directory; each is a few dozen bytes of the file. */
const maxEntries = 4096;

// Signatures and offsets: PKWARE APPNOTE 4.3.7 (local header), 4.3.12 (directory entry), 4.3.16 (end record).
const localSignature = 0x04034b50;
const entrySignature = 0x02014b50;
const endSignature = 0x06054b50;
const localBytes = 30;
const entryBytes = 46;
const endBytes = 22;
const maxCommentBytes = 0xffff;
const stored = 0;
const deflated = 8;

/**
 * Decompresses DEFLATE data (RFC 1951) of `size` bytes. Throws where they are others.
 */
export type Inflate = (data: Uint8Array, size: number) => Uint8Array;

interface Entry {
  readonly method: number;
  /** Bytes in the archive, and unpacked as the directory announces them. */
  readonly packed: number;
  readonly size: number;
  /** Of the local header, from the start of the bytes. */
  readonly offset: number;
}

function damaged(reason: string): ModelError {
  return new ModelError('bad-data', `is no readable archive: ${reason}`);
}

/** Place of the end record, which a comment may follow; -1 where there is none. */
function findEnd(view: DataView): number {
  const last = view.byteLength - endBytes;
  for (let at = last; at >= Math.max(0, last - maxCommentBytes); at--) if (view.getUint32(at, true) === endSignature) return at;
  return -1;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength);

/** Whether bytes end like an archive. */
export function hasEndRecord(bytes: Uint8Array): boolean {
  return findEnd(viewOf(bytes)) >= 0;
}

/** An archive of which nothing is unpacked yet. */
export class Archive {
  private readonly view: DataView;
  private readonly entries = new Map<string, Entry>();
  /** Bytes that may still be unpacked, and read in doing so. */
  private left: number;
  private unread: number;

  /**
   * Reads the directory. Offsets may count from the start of a file that `bytes` is the end of: the end record holds the directory's offset
   * and size, and the directory ends where the end record begins, so the difference is the length of what comes before.
   * `maxBytes` bounds what all calls of `unpack` give together. Without `inflate`, entries must be stored uncompressed.
   * @throws ModelError `bad-data` for what is no archive or a damaged one, `too-large` for more than 4096 entries
   */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly maxBytes: number,
    private readonly inflate?: Inflate,
  ) {
    this.view = viewOf(bytes);
    this.left = maxBytes;
    this.unread = bytes.length;
    const end = findEnd(this.view);
    if (end < 0) throw damaged('it has no end record');
    const count = this.view.getUint16(end + 10, true);
    if (count > maxEntries) throw new ModelError('too-large', `holds ${count} files; ${maxEntries} are the most`);
    const first = end - this.view.getUint32(end + 12, true);
    const before = this.view.getUint32(end + 16, true) - first;
    for (let i = 0, at = first; i < count; i++) at = this.readEntry(at, before);
  }

  /** Names of all entries. */
  get names(): string[] {
    return [...this.entries.keys()];
  }

  /** Whether `length` bytes at `at` are inside and begin with `signature`. */
  private has(at: number, length: number, signature: number): boolean {
    return at >= 0 && at + length <= this.bytes.length && this.view.getUint32(at, true) === signature;
  }

  /** Reads the directory's entry at `at`; returns the place of the next. */
  private readEntry(at: number, before: number): number {
    const { view } = this;
    if (!this.has(at, entryBytes, entrySignature)) throw damaged('its directory is cut short');
    const nameEnd = at + entryBytes + view.getUint16(at + 28, true);
    const name = decodeText(this.bytes.subarray(at + entryBytes, nameEnd));
    this.entries.set(name, {
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true) - before,
    });
    return nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }

  /**
   * The bytes of an entry; undefined where there is none of that name. Entries that share their packed bytes are counted each, and all
   * together may read no more than the archive has.
   * @throws ModelError `bad-data` for damaged entries, `too-large` beyond `maxBytes` in all
   */
  unpack(name: string): Uint8Array | undefined {
    const entry = this.entries.get(name);
    if (!entry) return undefined;
    const { method, packed, size, offset } = entry;
    this.left -= size;
    if (this.left < 0) throw new ModelError('too-large', `unpacks to more than ${this.maxBytes} bytes`);
    this.unread -= packed;
    if (this.unread < 0) throw damaged('its files overlap');
    if (!this.has(offset, localBytes, localSignature)) throw damaged(`'${name}' is not where its directory says`);
    const start = offset + localBytes + this.view.getUint16(offset + 26, true) + this.view.getUint16(offset + 28, true);
    const data = this.bytes.subarray(start, start + packed);
    if (data.length !== packed) throw damaged(`'${name}' is cut short`);
    const content = method === stored ? data : this.decompressed(name, method, data, size);
    if (content.length !== size) throw damaged(`'${name}' has ${content.length} bytes instead of ${size}`);
    return content;
  }

  private decompressed(name: string, method: number, data: Uint8Array, size: number): Uint8Array {
    if (method !== deflated) throw damaged(`'${name}' is compressed by method ${method}`);
    if (!this.inflate) throw damaged(`'${name}' is compressed; store it uncompressed, as TFLite's tools do`);
    try {
      return this.inflate(data, size);
    } catch (cause) {
      throw damaged(`'${name}' does not unpack to ${size} bytes (${(cause as Error).message})`);
    }
  }
}
