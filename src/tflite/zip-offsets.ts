// Owns moving a zip archive inside a file: archives of labels behind a model store offsets from the start of the file.

/** Record signatures, little-endian (APPNOTE.TXT, sections 4.3.12 and 4.3.16). */
const centralEntry = 0x02014b50;
const endOfCentralDirectory = 0x06054b50;
const endBytes = 22;
const centralEntryBytes = 46;
/** Of the comment behind the end record. */
const maxCommentBytes = 0xffff;

/**
 * `trailer` with its offsets changed for a file in which it starts at byte `start`. TFLite's metadata writer opens the model as a zip file for appending
 * (`tensorflow_lite_support/metadata/python/metadata.py`), and zip then stores offsets from the start of the file; strict readers refuse
 * archives whose offsets are too large. A trailer that is no zip archive, or whose offsets count from its own start, is returned as it is.
 */
export function moveArchive(trailer: Uint8Array, start: number): Uint8Array {
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
  const end = findEnd(view);
  if (end < 0) return trailer;
  const directoryBytes = view.getUint32(end + 12, true);
  const directoryOffset = view.getUint32(end + 16, true);
  const directory = end - directoryBytes;
  const shift = start - (directoryOffset - directory);
  if (directory < 0 || directoryOffset === directory || shift === 0) return trailer;
  const moved = new Uint8Array(trailer);
  const target = new DataView(moved.buffer);
  target.setUint32(end + 16, directoryOffset + shift, true);
  let entry = directory;
  for (let i = view.getUint16(end + 10, true); i > 0; i--) {
    if (entry + centralEntryBytes > end || view.getUint32(entry, true) !== centralEntry) return trailer;
    target.setUint32(entry + 42, view.getUint32(entry + 42, true) + shift, true);
    entry += centralEntryBytes + view.getUint16(entry + 28, true) + view.getUint16(entry + 30, true) + view.getUint16(entry + 32, true);
  }
  return moved;
}

/** Position of the end-of-central-directory record, -1 if there is none. */
function findEnd(view: DataView): number {
  const first = Math.max(0, view.byteLength - endBytes - maxCommentBytes);
  for (let position = view.byteLength - endBytes; position >= first; position--) {
    if (view.getUint32(position, true) === endOfCentralDirectory) return position;
  }
  return -1;
}
