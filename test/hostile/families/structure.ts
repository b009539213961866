// Owns hostile families of tables, vectors, strings and buffers as a file stores them; what the graph computes is next to nothing.
import { slots } from '../../../src/tflite/schema';
import { sparsityTable } from '../../support/sparse';
import type { FlatField, Ref } from '../flat';
import { type ModelFile, type Sharing, share } from '../model-file';
import type { Kind } from './family';

/** Of strings with `length` characters, so that own ones differ. */
function text(length: number, i: number): string {
  return `${i}`.padStart(length, 'n').slice(-Math.max(length, 1));
}

/** Names of unused tensors, or of whatever `add` makes of a string. */
function strings(name: string, add: (file: ModelFile, string: Ref, i: number) => void): Kind {
  return {
    name,
    build(file, count, length, sharing) {
      file.plain();
      const string = share(sharing, length, (n, i) => file.flat.string(text(n, i)));
      for (let i = 0; i < count; i++) add(file, string(i), i);
    },
  };
}

/** Unused tensors with the quantization vectors that `fields` makes, of as many elements as there are channels. */
function quantization(
  name: string,
  tables: boolean,
  fields: (file: ModelFile, length: number, sharing: Sharing) => (i: number) => FlatField[],
): Kind {
  return {
    name,
    build(file, count, length, sharing) {
      file.plain();
      const made = fields(file, length, sharing);
      const table = share(tables ? sharing : 'none', length, (_, i) => file.flat.table(made(i)));
      for (let i = 0; i < count; i++) {
        const isShort = sharing === 'half' && i % 2 === 1;
        file.tensor({ shape: [isShort ? Math.min(4, length) : length], quantization: table(i) });
      }
    },
  };
}

const ones = (length: number) => new Float32Array(length).fill(1);

function perChannel(file: ModelFile, length: number, sharing: Sharing): (i: number) => FlatField[] {
  const pair = share(sharing, length, (n) => file.channels(file.flat.vector(ones(n)), file.flat.vector(new BigInt64Array(n))));
  return pair;
}

/** Recorded ranges of `length` entries beside one scale. */
function ranges(file: ModelFile, length: number, sharing: Sharing): (i: number) => FlatField[] {
  const slot = slots.QuantizationParameters;
  const one = file.channels(file.flat.vector(ones(1)), file.flat.vector(new BigInt64Array(1)));
  return share(sharing, length, (n): FlatField[] => {
    const vector = file.flat.vector(ones(n));
    return [...one, [slot.min, 'ref', vector], [slot.max, 'ref', vector]];
  });
}

/** Constants that no node reads, of `dtype` with 4 bytes if they are `shift` bytes off their alignment. */
function constants(name: string, shift: number, shared: 'vectors' | 'buffers' | 'tensors'): Kind {
  return {
    name,
    build(file, count, length, sharing) {
      file.plain();
      const vector = share(sharing, length, (n) => ({ n, ref: file.flat.vector(new Uint8Array(4 * n), shift) }));
      const add = (i: number) => ({ n: vector(i).n, buffer: file.buffer(vector(i).ref) });
      const buffer = share(shared === 'vectors' ? 'none' : sharing, length, (_, i) => add(i));
      const table = share(shared === 'tensors' ? sharing : 'none', length, (_, i) => {
        const { n, buffer: index } = buffer(i);
        return file.tensorTable({ dtype: 'int32', shape: [n], buffer: index });
      });
      for (let i = 0; i < count; i++) file.add(table(i));
    },
  };
}

/** Signatures whose maps have `length` entries each. */
const signatureMaps: Kind = {
  name: 'signature maps',
  build(file, count, length, sharing) {
    file.plain();
    const { flat } = file;
    const entry = flat.table([[slots.TensorMap.name, 'ref', flat.string('name')]]);
    const map = share(sharing, length, (n) => flat.refs(new Array<Ref>(n).fill(entry)));
    for (let i = 0; i < count; i++) {
      const fields: FlatField[] = [
        [slots.SignatureDef.inputs, 'ref', map(i)],
        [slots.SignatureDef.outputs, 'ref', map(i)],
      ];
      file.signatures.push(flat.table(fields));
    }
  },
};

/** One signature with `count` map entries. */
const signatureEntries: Kind = {
  name: 'signature entries',
  build(file, count, length, sharing) {
    file.plain();
    const { flat } = file;
    const entry = share(sharing, length, (n, i) => flat.table([[slots.TensorMap.name, 'ref', flat.string(text(n, i))]]));
    const map = flat.refs(Array.from({ length: count }, (_, i) => entry(i)));
    file.signatures.push(flat.table([[slots.SignatureDef.inputs, 'ref', map]]));
  },
};

const metadataBuffers: Kind = {
  name: 'metadata of one buffer',
  build(file, count, length, sharing) {
    file.plain();
    const buffer = share(sharing, length, (n) => file.buffer(new Uint8Array(n).fill(7)));
    const name = file.flat.string('m');
    const fields = (i: number): FlatField[] => [
      [slots.Metadata.name, 'ref', name],
      [slots.Metadata.buffer, 'int32', buffer(i)],
    ];
    for (let i = 0; i < count; i++) file.metadata.push(file.flat.table(fields(i)));
  },
};

const metadataTables: Kind = {
  name: 'metadata tables',
  build(file, count, length, sharing) {
    file.plain();
    const table = share(sharing, length, (n) => {
      const buffer = file.buffer(new Uint8Array(n).fill(7));
      return file.flat.table([[slots.Metadata.buffer, 'int32', buffer]]);
    });
    for (let i = 0; i < count; i++) file.metadata.push(table(i));
  },
};

/** Shapes, or signatures, of unused tensors. */
function dimensions(name: string, mostLength: number, field: 'shape' | 'signature'): Kind {
  return {
    name,
    mostLength,
    build(file, count, length, sharing) {
      file.plain();
      const vector = share(sharing, length, (n) => ({ n, ref: file.flat.vector(new Int32Array(n).fill(1)) }));
      for (let i = 0; i < count; i++) {
        const { n, ref } = vector(i);
        file.tensor(field === 'shape' ? { shape: ref } : { shape: new Array(n).fill(1), signature: ref });
      }
    },
  };
}

/** FlexBuffer maps of detection nodes; `key` names their entries beside the options. */
function customOptions(name: string, key: (i: number) => string): Kind {
  return {
    name,
    build(file, count, length, sharing) {
      const inputs = [file.input([1, 2, 4], 'float32'), file.input([1, 2, 1], 'float32'), file.constant('float32', ones(8), [2, 4])];
      const operands = file.flat.vector(Int32Array.from(inputs));
      const table = file.tensorTable({ dtype: 'float32' });
      const blob = share(sharing, length, (n) =>
        file.flat.vector(optionMap([...detectionKeys, ...Array.from({ length: n }, (_, i) => key(i))])),
      );
      for (let i = 0; i < count; i++) {
        const outputs = [0, 1, 2, 3].map(() => file.add(table));
        file.node('TFLite_Detection_PostProcess', operands, outputs, undefined, blob(i));
        if (i === 0) file.outputs.push(...outputs);
      }
    },
  };
}

const detectionKeys = 'h_scale max_classes_per_detection max_detections nms_iou_threshold num_classes w_scale x_scale y_scale'.split(' ');

/** A FlexBuffer map from each key to 1 as int32. Equal keys are stored once, in the order of their first occurrence. */
function optionMap(keys: readonly string[]): Uint8Array {
  const starts = new Map<string, number>();
  let text = 0;
  for (const key of keys) {
    if (starts.has(key)) continue;
    starts.set(key, text);
    text += key.length + 1;
  }
  const count = keys.length;
  const keyVector = Math.ceil(text / 4) * 4 + 4;
  const values = keyVector + 4 * count + 12;
  const types = values + 4 * count;
  const bytes = new Uint8Array(types + count + 6);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode([...starts.keys()].map((key) => `${key}\0`).join('')));
  view.setUint32(keyVector - 4, count, true);
  for (const [i, key] of keys.entries()) {
    view.setUint32(keyVector + 4 * i, keyVector + 4 * i - starts.get(key)!, true);
    view.setInt32(values + 4 * i, 1, true);
  }
  view.setUint32(values - 12, values - 12 - keyVector, true);
  view.setUint32(values - 8, 4, true);
  view.setUint32(values - 4, count, true);
  // Types: int, 4 bytes wide; behind them the root, a map.
  bytes.fill((1 << 2) | 2, types, types + count);
  view.setUint32(types + count, types + count - values, true);
  bytes.set([(9 << 2) | 2, 4], types + count + 4);
  return bytes;
}

/** Bytes behind the model, as label archives are: the reader keeps them all. */
const trailer: Kind = {
  name: 'trailer',
  sharings: ['none'],
  mostCount: 1,
  build: (file) => file.plain(),
  behind: (file, length) => {
    const longer = new Uint8Array(file.length + length).fill(80);
    longer.set(file);
    return longer;
  },
};

/** Sparse constants of `length` elements, stored one by one; each is made dense on its own. */
const sparse: Kind = {
  name: 'sparse constants',
  build(file, count, length, sharing) {
    file.plain();
    const stored = share(sharing, length, (n) => {
      const format = { shape: [n], order: [0], compressed: [true], blockMap: [], blockSizes: [] };
      const indices = Array.from({ length: n }, (_, i) => i);
      const sparsity = sparsityTable(file, format, [{ size: n, segments: [0, n], indices }]);
      return { dtype: 'int8' as const, shape: [n], buffer: file.buffer(new Int8Array(n)), quantization: file.quantized(), sparsity };
    });
    for (let i = 0; i < count; i++) file.tensor(stored(i));
  },
};

export const structureKinds: readonly Kind[] = [
  sparse,
  {
    name: 'tensors',
    mostLength: 1,
    build(file, count, length, sharing) {
      file.plain();
      const table = share(sharing, length, () => file.tensorTable({ shape: [2], quantization: file.quantized() }));
      for (let i = 0; i < count; i++) file.add(table(i));
    },
  },
  strings('tensor names', (file, name) => file.tensor({ name })),
  strings('operator codes', (file, name) => file.operatorCodes.push(file.flat.table([[slots.OperatorCode.customCode, 'ref', name]]))),
  strings('metadata names', (file, name) => file.metadata.push(file.flat.table([[slots.Metadata.name, 'ref', name]]))),
  strings('signature keys', (file, key) => file.signatures.push(file.flat.table([[slots.SignatureDef.signatureKey, 'ref', key]]))),
  signatureMaps,
  signatureEntries,
  metadataBuffers,
  metadataTables,
  dimensions('shapes', 6, 'shape'),
  dimensions('long shapes', Number.POSITIVE_INFINITY, 'shape'),
  dimensions('shape signatures', 6, 'signature'),
  quantization('scales', false, perChannel),
  quantization('scale tables', true, perChannel),
  quantization('ranges', false, ranges),
  constants('buffers', 0, 'buffers'),
  constants('buffer vectors', 0, 'vectors'),
  constants('unaligned buffers', 1, 'buffers'),
  constants('unaligned vectors', 1, 'vectors'),
  constants('unaligned tensors', 3, 'tensors'),
  customOptions('custom options', (i) => `z${i.toString(36)}`),
  customOptions('custom options of long keys', (i) => 'z'.repeat(60) + String(i).padStart(8, '0')),
  customOptions('custom options of one key', () => 'z'.repeat(80)),
  trailer,
];
