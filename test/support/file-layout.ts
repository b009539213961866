// Owns the map of a valid .tflite file: where its offsets, vtables, lengths and scalars lie. Written apart from the reader, to test it.

/** `offset`, `length`, `vtable` entry (u16), `soffset` (table to vtable), or `scalar`. */
export interface Place {
  readonly kind: 'offset' | 'soffset' | 'vtable' | 'length' | 'scalar';
  readonly position: number;
  readonly bytes: 1 | 2 | 4 | 8;
  /** As `Tensor.shape[2]`. */
  readonly path: string;
}

/** A field: bytes of a scalar, `[n]` vector of n-byte scalars, `string`, a table's name, or `[Name]` for a vector of tables. */
type Fields = Readonly<Record<number, string>>;

/** The tables of schema.fbs as far as files hold them; builtin options are walked as tables of unknown fields. */
const schema: Readonly<Record<string, Fields>> = {
  Model: { 0: '4', 1: '[OperatorCode]', 2: '[SubGraph]', 3: 'string', 4: '[Buffer]', 5: '[4]', 6: '[Metadata]', 7: '[SignatureDef]' },
  OperatorCode: { 0: '1', 1: 'string', 2: '4', 3: '4' },
  SubGraph: { 0: '[Tensor]', 1: '[4]', 2: '[4]', 3: '[Operator]', 4: 'string' },
  Tensor: { 0: '[4]', 1: '1', 2: '4', 3: 'string', 4: 'Quantization', 5: '1', 7: '[4]', 8: '1' },
  Quantization: { 0: '[4]', 1: '[4]', 2: '[4]', 3: '[8]', 4: '1', 6: '4' },
  Operator: { 0: '4', 1: '[4]', 2: '[4]', 3: '1', 4: 'Options', 5: '[1]', 6: '1', 7: '[1]', 8: '[4]' },
  Options: {},
  Buffer: { 0: '[1]' },
  Metadata: { 0: 'string', 1: '4' },
  SignatureDef: { 0: '[TensorMap]', 1: '[TensorMap]', 2: 'string', 4: '4' },
  TensorMap: { 0: 'string', 1: '4' },
};

/** Elements of long vectors beyond these many are left out: they are weights. */
const mostElements = 64;

/** Every place of a valid file, parents before children. Throws where the file is not valid. */
export function fileLayout(bytes: Uint8Array): Place[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places: Place[] = [];
  const add = (kind: Place['kind'], position: number, size: number, path: string) => {
    if (position + size > bytes.length) throw new Error(`${path} at ${position} lies outside the file`);
    places.push({ kind, position, bytes: size as Place['bytes'], path });
  };

  function follow(position: number, path: string): number {
    add('offset', position, 4, path);
    return position + view.getUint32(position, true);
  }

  function vector(position: number, element: string, path: string): void {
    add('length', position, 4, `${path}.length`);
    const count = view.getUint32(position, true);
    const isTable = element in schema;
    const size = isTable ? 4 : Number(element);
    for (let i = 0; i < Math.min(count, isTable ? count : mostElements); i++) {
      const at = position + 4 + i * size;
      if (isTable) table(follow(at, `${path}[${i}]`), element, `${path}[${i}]`);
      else add('scalar', at, size, `${path}[${i}]`);
    }
  }

  function table(position: number, name: string, path: string): void {
    add('soffset', position, 4, `${path}.vtable`);
    const vtable = position - view.getInt32(position, true);
    const vtableBytes = view.getUint16(vtable, true);
    const tableBytes = view.getUint16(vtable + 2, true);
    for (let at = vtable; at < vtable + vtableBytes; at += 2) add('vtable', at, 2, `${path}.vtable[${(at - vtable) / 2}]`);
    for (let slot = 0; 4 + 2 * slot < vtableBytes; slot++) {
      const offset = view.getUint16(vtable + 4 + 2 * slot, true);
      const type = schema[name][slot];
      const at = position + offset;
      const where = `${path}.${slot}`;
      if (offset === 0) continue;
      // Options: an i32, float or offset where 4 bytes are left, else an enum.
      if (name === 'Options') add('scalar', at, at % 4 === 0 && offset + 4 <= tableBytes ? 4 : 1, where);
      else if (!type) continue;
      else if (type === 'string') vector(follow(at, where), '1', where);
      else if (type.startsWith('[')) vector(follow(at, where), type.slice(1, -1), where);
      else if (type in schema) table(follow(at, where), type, where);
      else add('scalar', at, Number(type), where);
    }
  }

  table(follow(0, 'root'), 'Model', 'Model');
  return places;
}
