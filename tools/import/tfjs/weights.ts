// Owns the weights of a TensorFlow.js model: from the bytes of its shards to elements, decoded when they are first read.
import { ModelError } from 'zeropoint';
import { elementCount, type TensorData } from 'zeropoint/graph';
import { float16Values } from 'zeropoint/reference';
import { quote } from '../../quote';
import type { ImportAccount } from '../account';
import { bytesOfGroup, bytesOfWeight, type WeightGroup, type WeightSpec } from './manifest';

/** The last elements of a path, as `conv1/kernel` of `model/conv1/kernel`. */
const shortPath = (path: string): string => path.split('/').slice(-2).join('/');

/** A weight with its encoded elements. */
interface Encoded {
  readonly spec: WeightSpec;
  readonly bytes: Uint8Array;
}

/** A weight of the model. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: WeightSpec['dtype'];
  /** Row-major; bool as 0 and 1. */
  readonly data: TensorData;
}

export class Weights {
  private readonly encoded = new Map<string, Encoded>();
  /** Weights by the last two elements of their names. */
  private readonly byShortPath = new Map<string, Encoded[]>();
  private readonly decoded = new Map<string, Weight>();

  /**
   * @param shards bytes by the paths of the manifest
   * @throws ModelError `malformed` where shards are missing or have other lengths than their weights, `too-large`
   */
  constructor(
    groups: readonly WeightGroup[],
    shards: ReadonlyMap<string, Uint8Array>,
    private readonly account: ImportAccount,
  ) {
    for (const group of groups) {
      const bytes = this.join(group, shards);
      let offset = 0;
      for (const spec of group.weights) {
        const length = bytesOfWeight(spec);
        const encoded = { spec, bytes: bytes.subarray(offset, offset + length) };
        this.encoded.set(spec.name, encoded);
        const short = shortPath(spec.name);
        this.byShortPath.set(short, [...(this.byShortPath.get(short) ?? []), encoded]);
        offset += length;
      }
    }
  }

  private join(group: WeightGroup, shards: ReadonlyMap<string, Uint8Array>): Uint8Array {
    const parts = group.paths.map((path) => {
      const part = shards.get(path);
      if (!part)
        throw new ModelError('malformed', 'the file is missing; copy it from where the model came from', { where: shardName(path) });
      return part;
    });
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    requireLength(group, length);
    if (parts.length === 1) return parts[0];
    // Bytes, of which a unit is up to 8.
    this.account.charge(length / 8, 'weights');
    const joined = new Uint8Array(length);
    let offset = 0;
    for (const part of parts) {
      joined.set(part, offset);
      offset += part.length;
    }
    return joined;
  }

  /** The weight of exactly that name. */
  get(name: string): Weight | undefined {
    const encoded = this.encoded.get(name);
    return encoded && this.decode(encoded);
  }

  /**
   * A weight of a layer: `LAYER/ROLE`, else by its number among the layer's weights, as Keras 3 writes it, else with any path in front.
   * @throws ModelError `bad-graph` where several weights fit
   */
  of(layer: string, role: string, index: number): Weight | undefined {
    for (const name of [`${layer}/${role}`, `${layer}/${index}`, `${layer}/vars/${index}`]) {
      const exact = this.get(name);
      if (exact) return exact;
    }
    const own = layer.slice(layer.lastIndexOf('/') + 1);
    const found = this.byShortPath.get(`${own}/${role}`) ?? [];
    if (found.length > 1)
      throw new ModelError('bad-graph', `${found.length} weights end in this`, { where: `weight '${quote(`${own}/${role}`)}'` });
    return found.length === 1 ? this.decode(found[0]) : undefined;
  }

  private decode({ spec, bytes }: Encoded): Weight {
    const { name, shape, dtype } = spec;
    const known = this.decoded.get(name);
    if (known) return known;
    this.account.charge(elementCount(shape), `weight '${quote(name)}'`);
    const weight = { name, shape, dtype, data: elementsOf(spec, bytes) };
    this.decoded.set(name, weight);
    return weight;
  }
}

/** How messages name a shard. */
export function shardName(path: string): string {
  return `shard '${quote(path)}'`;
}

/** @throws ModelError `malformed` where the shards of a group have another length than its weights */
export function requireLength(group: WeightGroup, length: number): void {
  const wanted = bytesOfGroup(group);
  if (length === wanted) return;
  throw new ModelError('malformed', `${length} bytes where its weights take ${wanted}; is it complete, and of this model?`, {
    where: group.paths.length === 1 ? shardName(group.paths[0]) : `shards '${quote(String(group.paths))}'`,
  });
}

/** tfjs-core/src/io/io_utils.ts, decodeWeights. */
function elementsOf({ dtype, quantization }: WeightSpec, bytes: Uint8Array): TensorData {
  // A copy, since weights need not be aligned; not by slice(), which for Buffer is a view.
  const { buffer } = new Uint8Array(bytes);
  if (!quantization)
    return dtype === 'float32' ? new Float32Array(buffer) : dtype === 'int32' ? new Int32Array(buffer) : new Uint8Array(buffer);
  const { scale = 1, min = 0 } = quantization;
  if (quantization.dtype === 'float16') return float16Values(new Uint16Array(buffer));
  const codes = quantization.dtype === 'uint8' ? new Uint8Array(buffer) : new Uint16Array(buffer);
  if (dtype === 'int32') return Int32Array.from(codes, (code) => Math.round(code * scale + min));
  return Float32Array.from(codes, (code) => code * scale + min);
}
