// Owns changing one thing about an ONNX network at a time so that a file stays readable but says what no exporter would.
import { converters } from '../../../../tools/import/onnx/operators';
import type { Random } from '../../../support/random';
import type { Attribute, FileModel, FileNode, FileTensor } from './file';

const attributeNames = [
  'allowzero',
  'alpha',
  'approximate',
  'auto_pad',
  'axes',
  'axis',
  'beta',
  'bias',
  'blocksize',
  'ceil_mode',
  'count_include_pad',
  'dilations',
  'direction',
  'end',
  'ends',
  'epsilon',
  'group',
  'hidden_size',
  'keepdims',
  'kernel_shape',
  'max',
  'min',
  'mode',
  'num_groups',
  'num_outputs',
  'output_padding',
  'output_shape',
  'p',
  'pads',
  'perm',
  'scales',
  'size',
  'split',
  'start',
  'starts',
  'strides',
  'to',
  'training_mode',
  'value',
] as const;

const integers = [0, 1, -1, 2, 3, 4, 5, -4, 255, 65536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53)] as const;
const reals = [0, -0, 1e-30, 1e30, -3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const;
const words = ['', 'SAME_UPPER', 'SAME_LOWER', 'VALID', 'NOTSET', 'linear', 'nearest', 'cubic', 'reflect', 'edge', 'wrap'] as const;

function list<T>(generator: Random, from: readonly T[]): T[] {
  return Array.from({ length: generator.pick([0, 1, 2, 2, 3, 4, 4, 5, 8, 40]) }, () => generator.pick(from));
}

function attribute(generator: Random): Attribute {
  const kind = generator.integer(0, 5);
  if (kind === 0) return generator.pick(integers);
  if (kind === 1) return { float: generator.pick(reals) };
  if (kind === 2) return generator.pick(words);
  if (kind === 3) return { floats: list(generator, reals) };
  if (kind === 4) return { shape: list(generator, [0, 1, 2, 2 ** 31]), data: list(generator, integers) };
  return list(generator, integers);
}

function constant(generator: Random, { shape, data }: FileTensor): FileTensor {
  switch (generator.integer(0, 3)) {
    case 0:
      return { shape: list(generator, integers), data };
    case 1:
      return { shape: [data.length], data: Array.from(data, () => generator.pick(integers)) };
    case 2:
      return { shape, data: Float32Array.from(data, () => generator.pick(reals)) };
    default:
      return { shape: [0], data: [] };
  }
}

function node(generator: Random, { type, inputs, outputs, attributes = {} }: FileNode, names: readonly string[]): FileNode {
  const same = { type, inputs, outputs, attributes };
  switch (generator.integer(0, 5)) {
    case 0:
      return { ...same, type: generator.pick([...converters.keys()]) };
    case 1:
      return { ...same, inputs: inputs.map((name) => (generator.integer(0, 1) ? name : generator.pick(names))) };
    case 2:
      return { ...same, inputs: generator.integer(0, 1) ? inputs.slice(1) : [...inputs, generator.pick(names)] };
    case 3:
      return { ...same, attributes: {} };
    case 4: {
      const known = Object.keys(attributes);
      const name = known.length > 0 ? generator.pick(known) : generator.pick(attributeNames);
      return { ...same, attributes: { ...attributes, [name]: attribute(generator) } };
    }
    default:
      return { ...same, attributes: { ...attributes, [generator.pick(attributeNames)]: attribute(generator) } };
  }
}

/** `model` with one to three changes. */
export function absurd(model: FileModel, generator: Random): FileModel {
  let result = { constants: {}, ...model };
  for (let changes = generator.integer(1, 3); changes > 0; changes--) {
    const names = ['', ...Object.keys(result.inputs), ...Object.keys(result.constants), ...result.nodes.flatMap(({ outputs }) => outputs)];
    const kind = generator.integer(0, 9);
    if (kind === 0) result = { ...result, opset: generator.integer(7, 21) };
    else if (kind === 1) {
      const name = generator.pick(Object.keys(result.inputs));
      result = { ...result, inputs: { ...result.inputs, [name]: list(generator, [...integers, 'N']) } };
    } else if (kind <= 3 && Object.keys(result.constants).length > 0) {
      const name = generator.pick(Object.keys(result.constants));
      result = { ...result, constants: { ...result.constants, [name]: constant(generator, result.constants[name]) } };
    } else {
      const at = generator.integer(0, result.nodes.length - 1);
      result = { ...result, nodes: result.nodes.map((old, i) => (i === at ? node(generator, old, names) : old)) };
    }
  }
  return result;
}
