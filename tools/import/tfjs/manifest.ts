// Owns the weights manifest of a TensorFlow.js model: names, shapes and encodings of weights, in the order of their bytes in the shards.
import { ModelError } from 'zeropoint';
import { elementCount, shapeFault } from 'zeropoint/graph';
import { checkJson, count, finite, list, literal, maybe, record, text } from '../../json';
import { quote } from '../../quote';

/** Encoded elements: real = code * scale + min; float16 without both (tfjs-core/src/io/types.ts, WeightsManifestEntry). */
interface WeightQuantization {
  readonly dtype: 'uint8' | 'uint16' | 'float16';
  readonly scale?: number;
  readonly min?: number;
}

export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly quantization?: WeightQuantization;
}

/** Weights that lie one after the other, without gaps, in the joined bytes of `paths`. */
export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

const bytesOfElement = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;

const checkGroups = list(
  record<WeightGroup>({
    paths: list(text),
    weights: list(
      record<WeightSpec>({
        name: text,
        shape: list(count),
        dtype: literal('float32', 'int32', 'bool'),
        quantization: maybe(
          record<WeightQuantization>({ dtype: literal('uint8', 'uint16', 'float16'), scale: maybe(finite), min: maybe(finite) }),
        ),
      }),
    ),
  }),
);

/** Checks `weightsManifest`. @throws ModelError `bad-data` for one that is damaged, `bad-shape`, `bad-quantization`, `bad-graph` */
export function readManifest(value: unknown): WeightGroup[] {
  const groups = checkJson(checkGroups, value, 'weightsManifest', 'convert the model again');
  const names = new Set<string>();
  for (const { name, shape, dtype, quantization } of groups.flatMap(({ weights }) => weights)) {
    const fail = (code: 'bad-graph' | 'bad-shape' | 'bad-quantization', message: string): never => {
      throw new ModelError(code, message, { where: `weight '${quote(name)}'` });
    };
    if (names.has(name)) fail('bad-graph', 'is listed twice');
    names.add(name);
    const fault = shapeFault(shape);
    if (fault) fail('bad-shape', `it has shape [${quote(String(shape))}], ${fault}`);
    if (!quantization) continue;
    const { dtype: code, scale, min } = quantization;
    if (code === 'float16' ? dtype !== 'float32' : dtype === 'bool' || scale === undefined || min === undefined) {
      fail('bad-quantization', `${code} with scale ${scale} and min ${min} does not encode ${dtype}`);
    }
  }
  return groups;
}

/** Bytes of a weight in its shards. */
export function bytesOfWeight({ shape, dtype, quantization }: WeightSpec): number {
  return elementCount(shape) * bytesOfElement[quantization?.dtype ?? dtype];
}

/** Bytes of all weights of a group. */
export function bytesOfGroup({ weights }: WeightGroup): number {
  return weights.reduce((sum, weight) => sum + bytesOfWeight(weight), 0);
}
