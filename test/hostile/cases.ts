// Owns hostile files made by hand: each well-formed as a file, or nearly, and bad in one way that only loading or running can see.
import type { DType, Graph, OperatorAttributes, OperatorType, Value } from '../../src/graph/graph';
import type { ErrorCode } from '../../src/index';
import { writeModel } from '../../src/tflite/write';
import { convolution, GraphBuilder, perChannel, quantized, type ValueOptions, window } from '../support/build';
import { convolutionModel, decoratedModel } from '../support/sample-models';

/** A file and what loading and running it must end in. `run:` marks codes that only run() may throw. */
export type HostileCase = readonly [name: string, make: () => Uint8Array, expected: ErrorCode | `run: ${ErrorCode}` | 'success'];

const q = quantized(0.5, 3);
const none = { activation: 'NONE' } as const;

/** One node on an int8 input of `shape`; `operands` follow the input, `output` overrides dtype and quantization of the result. */
function one<T extends OperatorType>(
  type: T,
  attributes: OperatorAttributes[T],
  shape: readonly number[],
  operands: (g: GraphBuilder) => (Value | undefined)[] = () => [],
  output: Partial<ValueOptions> = {},
  dtype: DType = 'int8',
): () => Uint8Array {
  return () => {
    const g = new GraphBuilder();
    const quantization = dtype === 'int8' ? q : undefined;
    const input = g.input(dtype, shape, quantization);
    return writeModel(g.outputs(...g.node(type, attributes, [input, ...operands(g)], { dtype, quantization, ...output })));
  };
}

/** A CONV_2D over [1, 4, 4, 2] with these weights and this bias. */
function conv(weights: readonly number[], biases: number, attributes: Partial<OperatorAttributes['CONV_2D']> = {}, scales?: number[]) {
  return one('CONV_2D', { ...convolution, ...attributes }, [1, 4, 4, 2], (g) => [
    g.constant('int8', weights, [1, -2, 3], scales ? perChannel(scales, 0) : quantized(0.1)),
    g.constant('int32', [biases], [7], quantized(0.05)),
  ]);
}

/** The convolution sample after `edit`. */
function edited(edit: (graph: Graph) => void): () => Uint8Array {
  return () => {
    const graph = convolutionModel('int8');
    edit(graph);
    return writeModel(graph);
  };
}

/** Adds an output that is a tensor of its own. */
function unwritten({ values, outputs }: Graph): void {
  const value = { ...outputs[0], id: values.length };
  values.push(value);
  outputs.push(value);
}

/** `count` nodes in a row. */
function chain(count: number): () => Uint8Array {
  return () => {
    const g = new GraphBuilder();
    let value = g.input('int8', [1, 2], q);
    for (let i = 0; i < count; i++) [value] = g.node('RELU', {}, [value], { dtype: 'int8', shape: [1, 2], quantization: q });
    return writeModel(g.outputs(value));
  };
}

/** A TRANSPOSE_CONV whose output shape claims millions of channels, of which its filter has two. */
function claimedChannels({ nodes }: Graph): void {
  const node = nodes.find(({ type }) => type === 'TRANSPOSE_CONV')!;
  node.inputs[0]!.data = Int32Array.of(1, 2, 4, 50_331_650);
}

/** Every node adds the last value to itself: 2^count paths through the graph. */
function doubling(count: number): () => Uint8Array {
  return () => {
    const g = new GraphBuilder();
    let value = g.input('int8', [1, 2], q);
    for (let i = 0; i < count; i++) [value] = g.node('ADD', none, [value, value], { dtype: 'int8', shape: [1, 2], quantization: q });
    return writeModel(g.outputs(value));
  };
}

/** Convolutions 1x1 on a large image, one after the other, with all weights the same tensor. */
function heavy(count: number): () => Uint8Array {
  return () => {
    const g = new GraphBuilder();
    let value = g.input('int8', [1, 512, 512, 8], q);
    const weights = g.constant('int8', [8, 9, 9, 8], [1, -1], quantized(0.01));
    const bias = g.constant('int32', [8], [0], quantized(0.005));
    const same = { ...convolution, padding: 'SAME' } as const;
    for (let i = 0; i < count; i++) {
      [value] = g.node('CONV_2D', same, [value, weights, bias], { dtype: 'int8', shape: [1, 512, 512, 8], quantization: q });
    }
    return writeModel(g.outputs(value));
  };
}

const pool = { ...window, filterH: 2, filterW: 2 };
const huge = 2 ** 31 - 1;
const slice = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, offset: false };
const bilinear = { alignCorners: false, halfPixelCenters: false };

const files: HostileCase[] = [
  ['no bytes', () => new Uint8Array(), 'not-tflite'],
  ['a picture', () => Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13), 'not-tflite'],
  ['half a file', () => writeModel(decoratedModel()).slice(0, 700), 'malformed'],
  ['a file with garbage behind it', () => Uint8Array.of(...writeModel(convolutionModel('int8')), ...new Array(999).fill(0xa5)), 'success'],
];

const structure: HostileCase[] = [
  ['a node that reads what a later one computes', edited(({ nodes }) => nodes.reverse()), 'bad-graph'],
  ['a node that reads its own output', edited(({ nodes }) => nodes[2].inputs.splice(0, 1, nodes[2].outputs[0])), 'bad-graph'],
  ['two nodes that write one tensor', edited(({ nodes }) => nodes[3].outputs.splice(0, 1, nodes[2].outputs[0])), 'bad-graph'],
  ['a node that writes a constant', edited(({ nodes }) => nodes[2].outputs.splice(0, 1, nodes[0].inputs[1]!)), 'bad-graph'],
  ['a node that writes the graph input', edited(({ nodes, inputs }) => nodes[2].outputs.splice(0, 1, inputs[0])), 'bad-graph'],
  ['an output that nobody computes', edited(unwritten), 'bad-graph'],
  ['a required input left out', edited(({ nodes }) => nodes[2].inputs.splice(0, 1, undefined)), 'bad-graph'],
  ['inputs missing at the end', edited(({ nodes }) => nodes[0].inputs.splice(1)), 'bad-graph'],
  ['millions of channels claimed by an output shape', edited(claimedChannels), 'bad-shape'],
  ['a node without outputs', edited(({ nodes }) => nodes[7].outputs.splice(0)), 'bad-graph'],
  ['2,000 nodes in a row', chain(2000), 'success'],
  ['20,000 nodes in a row', chain(20_000), 'too-large'],
  ['2^64 paths', doubling(64), 'success'],
  ['more work than anybody waits for', heavy(200), 'too-large'],
];

const shapes: HostileCase[] = [
  ['an input of 2^40 bytes', one('RELU', {}, [1024, 1024, 1024, 1024]), 'too-large'],
  ['an input of 100 MB', one('RELU', {}, [1, 100_000_000]), 'too-large'],
  ['an input without elements', one('RELU', {}, [1, 0]), 'bad-shape'],
  ['channels that do not fit', conv([4, 1, 1, 3], 4), 'bad-shape'],
  ['a bias that is too short', conv([4, 1, 1, 2], 3), 'bad-shape'],
  ['a filter larger than the image', conv([4, 5, 5, 2], 4), 'bad-shape'],
  ['a filter without taps', conv([4, 0, 3, 2], 4), 'bad-shape'],
  ['a filter without outputs', conv([0, 3, 3, 2], 0), 'bad-shape'],
  ['dilation 2^31-1', conv([4, 3, 3, 2], 4, { padding: 'SAME', dilationH: huge }), 'bad-shape'],
  ['stride 2^31-1', conv([4, 3, 3, 2], 4, { padding: 'SAME', strideH: huge, strideW: huge }), 'success'],
  ['a pool of 2^31-1 rows', one('MAX_POOL_2D', { ...pool, padding: 'SAME', filterH: huge }, [1, 4, 4, 2]), 'bad-shape'],
  ['RESHAPE to another count', one('RESHAPE', { newShape: undefined }, [1, 6], (g) => [g.ints(4)]), 'bad-shape'],
  ['RESHAPE with two open dimensions', one('RESHAPE', { newShape: [-1, -1] }, [1, 6]), 'bad-shape'],
  ['RESIZE to 2^62 pixels', one('RESIZE_BILINEAR', bilinear, [1, 2, 2, 1], (g) => [g.ints(huge, huge)]), 'bad-shape'],
  ['RESIZE to 2^30 pixels', one('RESIZE_NEAREST_NEIGHBOR', bilinear, [1, 2, 2, 1], (g) => [g.ints(32768, 32768)]), 'too-large'],
  ['RESIZE to -1 rows', one('RESIZE_BILINEAR', bilinear, [1, 2, 2, 1], (g) => [g.ints(-1, 2)]), 'bad-shape'],
  ['PAD by 2^30', one('PAD', {}, [1, 4], (g) => [g.constant('int32', [2, 2], [0, 0, 2 ** 30, 0])]), 'too-large'],
  ['PAD by -1', one('PAD', {}, [1, 4], (g) => [g.constant('int32', [2, 2], [0, 0, -1, 0])]), 'bad-shape'],
  ['TILE 2^20 times', one('TILE', {}, [1, 100], (g) => [g.ints(1024, 1024)]), 'too-large'],
  ['TRANSPOSE with one axis twice', one('TRANSPOSE', {}, [1, 4], (g) => [g.ints(1, 1)]), 'bad-shape'],
  ['SLICE behind the end', one('SLICE', {}, [4], (g) => [g.ints(3), g.ints(2)]), 'bad-shape'],
  ['STRIDED_SLICE by steps of 0', one('STRIDED_SLICE', slice, [4], (g) => [g.ints(0), g.ints(4), g.ints(0)]), 'bad-shape'],
  ['CONCATENATION along axis 9', one('CONCATENATION', { ...none, axis: 9 }, [1, 4]), 'bad-shape'],
  ['MEAN over axis -5', one('MEAN', { keepDims: true }, [1, 4], (g) => [g.ints(-5)]), 'bad-shape'],
];

const quantization: HostileCase[] = [
  ['a third of the channels has scales', conv([3, 1, 1, 2], 3, {}, [1, Number.NaN, 1]), 'bad-quantization'],
  ['scales at both ends of float32', conv([2, 1, 1, 2], 2, {}, [3e38, 2e-38]), 'bad-quantization'],
  ['int8 without quantization', one('ADD', none, [4], (g) => [g.input('int8', [4])]), 'bad-quantization'],
  ['an ADD whose scales are 2^200 apart', one('ADD', none, [4], (g) => [g.input('int8', [4], quantized(2 ** 100))]), 'unsupported-feature'],
];

const runs: HostileCase[] = [
  ['GATHER with indices that are inputs', one('GATHER', { axis: 0, batchDims: 0 }, [4], (g) => [g.input('int32', [2])]), 'run: bad-data'],
  ['GATHER with a constant index of 9', one('GATHER', { axis: 0, batchDims: 0 }, [4], (g) => [g.ints(9)]), 'run: bad-data'],
  ['GATHER_ND with indices that are inputs', one('GATHER_ND', {}, [4], (g) => [g.input('int32', [2, 1])]), 'run: bad-data'],
  ['FLOOR_DIV by zero', one('FLOOR_DIV', {}, [4], (g) => [g.input('int32', [4])], {}, 'int32'), 'run: bad-data'],
  ['float infinities to int8', one('QUANTIZE', {}, [4], () => [], { dtype: 'int8', quantization: q }, 'float32'), 'success'],
  ['NaN to int32', one('CAST', {}, [4], () => [], { dtype: 'int32' }, 'float32'), 'success'],
  ['ARG_MAX of NaN', one('ARG_MAX', { outputType: 'int32' }, [4], (g) => [g.ints(0)], { dtype: 'int32' }, 'float32'), 'success'],
];

export const hostileCases: readonly HostileCase[] = [...files, ...structure, ...shapes, ...quantization, ...runs];
