// Owns writing NumPy files for tests: format 1, C order, by hand.

/** A `.npy` file: `descr` as NumPy has it, `elements` its data's bytes. `extra` goes to the header as it is. */
export function npy(descr: string, shape: readonly number[], elements: ArrayBufferView, order = 'False'): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${dimensions}), }`;
  const header = `${text.padEnd(128 - 11 - 10 + 10)}\n`;
  const bytes = new Uint8Array(10 + header.length + elements.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength), 10 + header.length);
  return bytes;
}
