// Owns writing a zip archive of one file that is not compressed, so that readers without DEFLATE read it, too.
import { crc32 } from 'node:zlib';

// Signatures and fields: PKWARE APPNOTE 4.3.7 (local header), 4.3.12 (directory entry), 4.3.16 (end record).
const localBytes = 30;
const entryBytes = 46;
const endBytes = 22;
/** 2.0, the first version with folders and DEFLATE, which every reader has. */
const version = 20;
/** 1 January 1980, the first date that the format has, so that equal content gives equal bytes. */
const date = (1 << 5) | 1;

/** The archive; offsets count from its start. `name` is ASCII. */
export function storedArchive(name: string, content: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(name);
  const directory = localBytes + text.length + content.length;
  const end = directory + entryBytes + text.length;
  const bytes = new Uint8Array(end + endBytes);
  const view = new DataView(bytes.buffer);
  /** The fields that a local header and an entry of the directory have in common, from `version needed` on. */
  const writeFields = (at: number) => {
    view.setUint16(at, version, true);
    view.setUint16(at + 8, date, true);
    view.setUint32(at + 10, crc32(content), true);
    view.setUint32(at + 14, content.length, true);
    view.setUint32(at + 18, content.length, true);
    view.setUint16(at + 22, text.length, true);
  };
  view.setUint32(0, 0x04034b50, true);
  writeFields(4);
  bytes.set(text, localBytes);
  bytes.set(content, localBytes + text.length);
  view.setUint32(directory, 0x02014b50, true);
  view.setUint16(directory + 4, version, true);
  writeFields(directory + 6);
  bytes.set(text, directory + entryBytes);
  view.setUint32(end, 0x06054b50, true);
  view.setUint16(end + 8, 1, true);
  view.setUint16(end + 10, 1, true);
  view.setUint32(end + 12, end - directory, true);
  view.setUint32(end + 16, directory, true);
  return bytes;
}
