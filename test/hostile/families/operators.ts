// Owns hostile families of many operators, operands and layers: what reading, checking, planning and packing do per node and operand.
import type { OperatorAttributes, OperatorType } from '../../../src/graph/graph';
import { type ModelFile, type Sharing, share } from '../model-file';
import type { Kind } from './family';

/** Operators that a graph may have; families with more would end in its count. */
const mostNodes = 4000;
const unshared: readonly Sharing[] = ['none'];
const convolution = { strideW: 1, strideH: 1, padding: 'VALID', dilationW: 1, dilationH: 1 } as const;

/** `count` nodes of one input in a row, all of them live if `isLive`. */
function chain<T extends OperatorType>(
  name: string,
  type: T,
  attributes: Partial<OperatorAttributes[T]>,
  isLive: boolean,
  more: readonly number[] = [],
): Kind {
  return {
    name,
    sharings: ['none', 'all'],
    mostLength: 1,
    build(file, count, length, sharing) {
      const output = share(sharing, length, () => file.tensorTable({ shape: [1, 2], quantization: file.quantized() }));
      let value = file.input([1, 2]);
      const operands = more.length > 0 ? [file.int32s(...more)] : [];
      if (!isLive) file.outputs.push(file.step('RELU', [value]));
      for (let i = 0; i < count; i++) value = file.step(type, [value, ...operands], attributes, output(i));
      if (isLive) file.outputs.push(value);
    },
  };
}

/** Nodes with `length` operands each, whose vectors are shared. */
function operands<T extends OperatorType>(
  name: string,
  type: T,
  attributes: (length: number) => Partial<OperatorAttributes[T]>,
  isLive: boolean,
  own = false,
): Kind {
  return {
    name,
    mostCount: mostNodes,
    build(file, count, length, sharing) {
      const input = file.input([1, 1]);
      const table = file.tensorTable({ shape: [1, 1], quantization: file.quantized() });
      const list = share(sharing, length, (n) => {
        const members = own ? Array.from({ length: n }, () => file.step('RELU', [input], {}, table)) : new Array<number>(n).fill(input);
        return { n, vector: file.flat.vector(Int32Array.from(members)) };
      });
      for (let i = 0; i < count; i++) {
        const { n, vector } = list(i);
        const output = file.step(type, vector, attributes(n));
        if (isLive || i === 0) file.outputs.push(output);
      }
    },
  };
}

/** Nodes with `length` outputs each; tensor tables are shared. */
function outputs(name: string, type: 'SPLIT' | 'SPLIT_V' | 'UNPACK', isLive: boolean): Kind {
  return {
    name,
    build(file, count, length, sharing) {
      const table = share(sharing, length, () => file.tensorTable({ shape: [1], quantization: file.quantized() }));
      const input = file.input([length]);
      const axis = file.int32s(0);
      const sizes = type === 'SPLIT_V' ? [file.int32s(...new Array<number>(length).fill(1))] : [];
      const [inputs, options] =
        type === 'UNPACK'
          ? [[input], file.options('UNPACK', { num: length, axis: 0 })]
          : [type === 'SPLIT' ? [axis, input] : [input, ...sizes, axis], file.options(type, { numSplits: length })];
      let first = -1;
      for (let i = 0; i < count; i++) {
        const members = Array.from({ length }, (_, k) => file.add(table(i * length + k)));
        file.node(type, inputs, members, options);
        first = first < 0 ? members[0] : first;
        if (isLive) for (const member of members) file.outputs.push(member);
      }
      if (!isLive) file.outputs.push(first);
    },
    mostCount: isLive ? 1 : 64,
  };
}

/** Layers that share their weights and the scales of `length` channels. */
function layers(name: string, type: 'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED' | 'TRANSPOSE_CONV', isLive: boolean): Kind {
  return {
    name,
    mostCount: mostNodes,
    build(file, count, length, sharing) {
      const isDepthwise = type === 'DEPTHWISE_CONV_2D';
      const input = file.input(type === 'FULLY_CONNECTED' ? [1, 1] : [1, 1, 1, 1]);
      const bias = share(sharing, length, (n) => file.constant('int32', new Int32Array(n)));
      const weights = share(sharing, length, (n) => {
        const axis = isDepthwise ? 3 : 0;
        const { flat } = file;
        const channels = file.channels(flat.vector(new Float32Array(n).fill(0.01)), flat.vector(new BigInt64Array(n)), axis);
        const shape = isDepthwise ? [1, 1, 1, n] : type === 'FULLY_CONNECTED' ? [n, 1] : [n, 1, 1, 1];
        const index = file.constant('int8', new Int8Array(n).fill(1), shape, flat.table(channels));
        return { n, index, shape: type === 'TRANSPOSE_CONV' ? file.int32s(1, 1, 1, n) : 0 };
      });
      const attributes = isDepthwise
        ? { ...convolution, depthMultiplier: 1 }
        : type === 'FULLY_CONNECTED'
          ? {}
          : type === 'CONV_2D'
            ? convolution
            : { padding: 'VALID', strideW: 1, strideH: 1 };
      for (let i = 0; i < count; i++) {
        const { index, shape } = weights(i);
        const inputs = type === 'TRANSPOSE_CONV' ? [shape, index, input, bias(i)] : [input, index, bias(i)];
        const output = file.step(type as 'CONV_2D', inputs, attributes as OperatorAttributes['CONV_2D']);
        if (isLive || i === 0) file.outputs.push(output);
      }
    },
  };
}

/** One matrix of `length` rows and columns of its square root. */
function matrix(name: string, type: 'CONV_2D' | 'FULLY_CONNECTED'): Kind {
  return {
    name,
    mostCount: mostNodes,
    sharings: ['none', 'all'],
    build(file, count, length, sharing) {
      const columns = Math.max(1, Math.floor(Math.sqrt(length)));
      const rows = Math.max(1, Math.floor(length / columns));
      const input = file.input(type === 'CONV_2D' ? [1, 1, 1, columns] : [1, columns]);
      const weights = share(sharing, length, () =>
        file.constant(
          'int8',
          new Int8Array(rows * columns).fill(1),
          type === 'CONV_2D' ? [rows, 1, 1, columns] : [rows, columns],
          file.quantized(0.01, 0),
        ),
      );
      const attributes = type === 'CONV_2D' ? convolution : {};
      for (let i = 0; i < count; i++) file.outputs.push(file.step(type as 'CONV_2D', [input, weights(i)], attributes));
    },
  };
}

/** Layers of hardly a product whose images have borders of `border` pixels. */
function borders(name: string, border: number, layer: (file: ModelFile, input: number, weights: number, border: number) => number): Kind {
  return {
    name: `${name} ${border}`,
    sharings: unshared,
    mostCount: mostNodes,
    mostLength: 1,
    build(file, count) {
      const channels = 8;
      let value = file.input([1, 1, 1, channels]);
      const weights = file.constant('int8', new Int8Array(2 * channels * channels), [channels, 2, 1, channels], file.quantized(0.01, 0));
      for (let i = 0; i < count; i++) value = layer(file, value, weights, border);
      file.outputs.push(value);
    },
  };
}

function dilated(file: ModelFile, input: number, weights: number, border: number): number {
  return file.step('CONV_2D', [input, weights], { ...convolution, padding: 'SAME', dilationH: border });
}

function depthwiseDilated(file: ModelFile, input: number, _: number, border: number): number {
  const filter = file.constant('int8', new Int8Array(16), [1, 1, 2, 8], file.quantized(0.01, 0));
  return file.step('DEPTHWISE_CONV_2D', [input, filter], { ...convolution, padding: 'SAME', dilationW: border, depthMultiplier: 1 });
}

function pooled(file: ModelFile, input: number, _: number, border: number): number {
  return file.step('MAX_POOL_2D', [input], { padding: 'SAME', strideW: 1, strideH: 1, filterW: Math.min(border, 2 ** 24), filterH: 1 });
}

function averaged(file: ModelFile, input: number, _: number, border: number): number {
  return file.step('AVERAGE_POOL_2D', [input], { padding: 'SAME', strideW: 1, strideH: 1, filterW: 1, filterH: Math.min(border, 2 ** 24) });
}

/** Pads, then takes the pixel in the middle again. */
function padded(file: ModelFile, input: number, _: number, border: number): number {
  const paddings = file.constant('int32', Int32Array.of(0, 0, border >> 1, border >> 1, 0, 0, 0, 0), [4, 2]);
  const large = file.step('PAD', [input, paddings]);
  return file.step('MAX_POOL_2D', [large], { padding: 'VALID', strideW: 1, strideH: border + 1, filterW: 1, filterH: 1 });
}

function paddedConvolution(file: ModelFile, input: number, weights: number, border: number): number {
  const paddings = file.constant('int32', Int32Array.of(0, 0, border >> 1, border >> 1, 0, 0, 0, 0), [4, 2]);
  const large = file.step('PAD', [input, paddings]);
  return file.step('CONV_2D', [large, weights], { ...convolution, strideH: border + 1 });
}

/** Tensors that all live until one node reads them; `width` bytes each, growing if `grows`. */
function arena(name: string, grows: boolean): Kind {
  return {
    name,
    sharings: ['none', 'all'],
    mostCount: mostNodes,
    mostLength: 1,
    build(file, count, length, sharing) {
      const input = file.input([1, 1]);
      const output = share(sharing, length, () => file.tensorTable({ shape: [1, 1], quantization: file.quantized() }));
      const parts = Array.from({ length: count }, (_, i) => {
        const source = grows ? file.step('TILE', [input, file.int32s(1, 1 + (i % 97))], {}, output(i)) : input;
        return file.step('RELU', [source], {}, output(i));
      });
      file.outputs.push(file.step('CONCATENATION', parts, { axis: 1 }));
    },
  };
}

/** Axes to reduce, which may repeat; computed by a node where `isComputed`. */
function axes(name: string, isComputed: boolean): Kind {
  return {
    name,
    mostCount: mostNodes,
    mostLength: 4096,
    build(file, count, length, sharing) {
      const input = file.input([1, 2]);
      const zero = isComputed ? file.int32s(0) : 0;
      const operand = share(sharing, length, (n) => {
        const constant = file.int32s(...new Array<number>(n).fill(0));
        return isComputed ? file.step('ADD', [constant, zero], {}, file.stepOutput('int32')) : constant;
      });
      for (let i = 0; i < count; i++) file.outputs.push(file.step('MEAN', [input, operand(i)], { keepDims: true }));
    },
  };
}

/** A row of computations on shape operands as large as they may be. */
const shapeArithmetic: Kind = {
  name: 'shape arithmetic',
  sharings: unshared,
  mostCount: mostNodes,
  mostLength: 4096,
  build(file, count, length) {
    let value = file.int32s(...new Array<number>(length).fill(1));
    const zero = file.int32s(0);
    for (let i = 0; i < count; i++) value = file.step('ADD', [value, zero], {}, file.stepOutput('int32'));
    const input = file.input([1]);
    file.outputs.push(file.step('MEAN', [input, file.step('SUB', [value, value], {}, file.stepOutput('int32'))], { keepDims: true }));
  },
};

/** RESHAPE by its option, whose vectors are shared. */
const reshapeOptions: Kind = {
  name: 'long reshape options',
  mostCount: mostNodes,
  build(file, count, length, sharing) {
    const input = file.input([1]);
    const options = share(
      sharing,
      length,
      (n) => file.options('RESHAPE', { newShape: file.flat.vector(new Int32Array(n).fill(1)) as unknown as number[] })!,
    );
    for (let i = 0; i < count; i++) {
      const output = file.add(file.stepOutput());
      file.node('RESHAPE', [input], [output], options(i));
      if (i === 0) file.outputs.push(output);
    }
  },
};

/** Graph inputs; those not read live all the same. */
function inputs(name: string, isRead: boolean): Kind {
  return {
    name,
    sharings: ['none', 'all'],
    mostLength: 1,
    build(file, count, length, sharing) {
      const table = share(sharing, length, () => file.tensorTable({ shape: [1, 2], quantization: file.quantized() }));
      const list = Array.from({ length: count }, (_, i) => file.add(table(i)));
      for (const index of list) file.inputs.push(index);
      file.outputs.push(isRead ? file.step('CONCATENATION', list, { axis: 1 }) : file.step('RELU', [list[0]]));
    },
  };
}

/** Graph outputs, all of them one tensor. */
const repeatedOutputs: Kind = {
  name: 'graph outputs',
  sharings: ['all'],
  mostLength: 1,
  build(file, count) {
    file.plain();
    for (let i = 0; i < count; i++) file.outputs.push(file.outputs[0]);
  },
};

/** Constants without elements, which no buffer holds, joined to one. */
const empties: Kind = {
  name: 'empty constants',
  mostLength: 1,
  build(file, count, length, sharing) {
    file.plain();
    const table = share(sharing, length, () => file.tensorTable({ dtype: 'int32', shape: [0] }));
    const list = Array.from({ length: count }, () => file.add(table(0)));
    for (let i = 1; i < count; i++) list[i] = sharing === 'all' ? list[0] : list[i];
    file.step('CONCATENATION', list, { axis: 0 }, file.stepOutput('int32'));
  },
};

export const operatorKinds: readonly Kind[] = [
  chain('operators', 'RELU', {}, true),
  chain('dead operators', 'RELU', {}, false),
  chain('reshapes', 'RESHAPE', {}, true, [1, 2]),
  { ...chain('squeezes', 'SQUEEZE', { squeezeDims: [] }, true), mostCount: mostNodes },
  { ...chain('tables', 'HARD_SWISH', {}, true), mostCount: mostNodes },
  { ...chain('live operators', 'RELU', {}, true), mostCount: mostNodes },
  { ...chain('live reshapes', 'RESHAPE', {}, true, [1, 2]), mostCount: mostNodes },
  { ...chain('live dead operators', 'RELU', {}, false), mostCount: mostNodes },
  operands('concat', 'CONCATENATION', () => ({ axis: 1 }), false),
  operands('live concat', 'CONCATENATION', () => ({ axis: 1 }), true),
  operands('pack', 'PACK', (valuesCount) => ({ axis: 0, valuesCount }), true),
  {
    ...operands('concat of own', 'CONCATENATION', () => ({ axis: 1 }), true, true),
    mostCount: 1,
    sharings: unshared,
    mostLength: mostNodes - 2,
  },
  outputs('split', 'SPLIT', false),
  outputs('live split', 'SPLIT', true),
  { ...outputs('split_v', 'SPLIT_V', false), mostLength: 4096 },
  outputs('unpack', 'UNPACK', false),
  outputs('live unpack', 'UNPACK', true),
  ...(['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'TRANSPOSE_CONV'] as const).flatMap((type) => [
    layers(`channels ${type}`, type, false),
    layers(`live channels ${type}`, type, true),
  ]),
  matrix('matrix CONV_2D', 'CONV_2D'),
  matrix('matrix FULLY_CONNECTED', 'FULLY_CONNECTED'),
  ...[1e4, 5e6].flatMap((border) => [
    borders('border CONV_2D', border, dilated),
    borders('border DEPTHWISE', border, depthwiseDilated),
    borders('border MAX_POOL', border, pooled),
    borders('border AVERAGE_POOL', border, averaged),
    borders('border PAD', border, padded),
    borders('border PAD CONV_2D', border, paddedConvolution),
  ]),
  arena('arena', false),
  arena('arena of sizes', true),
  axes('axes', false),
  { ...axes('computed axes', true), mostCount: mostNodes / 2 },
  shapeArithmetic,
  reshapeOptions,
  { ...reshapeOptions, name: 'reshape options', mostLength: 6 },
  inputs('inputs', false),
  inputs('read inputs', true),
  repeatedOutputs,
  empties,
  { ...inputs('inputs, batch 1000', true), options: { batch: 1000 } },
];
