// Tests every kernel of the float core against the reference kernels over grids of shapes and options.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Activation, Graph, OperatorAttributes, OperatorType, Value } from '../../src/graph/graph';
import { elementCount } from '../../src/graph/graph';
import { loadFloat } from '../../tools/model/float-model';
import { GraphBuilder } from '../support/build';
import { type Case, type Grid, gridCase, gridSize, pairwise } from '../support/grid';
import { Random } from '../support/random';
import { assertClose, checkGraph } from './check';

const activations: Activation[] = ['NONE', 'RELU', 'RELU6', 'RELU_N1_TO_1'];
const paddings = ['SAME', 'VALID'] as const;

/** Of a result's range: what the polynomial for exp costs. */
const exponentialTolerance = 2e-6;

class FloatBuilder extends GraphBuilder {
  private readonly random = new Random(7);

  floats(...shape: number[]): Value {
    return this.constant(
      'float32',
      shape,
      Array.from({ length: elementCount(shape) }, () => this.random.normal()),
    );
  }

  input4(...shape: number[]): Value {
    return this.input('float32', shape);
  }

  /** A node with one float output. */
  float<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], inputs: (Value | undefined)[]): Value {
    return this.node(type, attributes, inputs, { dtype: 'float32' })[0];
  }
}

/** Small grids are walked whole; of others every pair of values of two parameters occurs in some case. */
function casesOf<G extends Grid>(grid: G): readonly Case<G>[] {
  if (gridSize(grid) > 200) return pairwise(grid, 1).cases;
  return Array.from({ length: gridSize(grid) }, (_, i) => gridCase(grid, i));
}

/** One test per grid. */
function testGrid<G extends Grid>(name: string, grid: G, tolerance: number, build: (values: Case<G>) => Graph | undefined): void {
  const cases = casesOf(grid);
  test(`${name}: ${cases.length} cases`, () => {
    for (const values of cases) {
      const graph = build(values);
      if (graph) checkGraph(graph, tolerance, `${name} ${JSON.stringify(values)}`);
    }
  });
}

function windowFits(size: number, filter: number, dilation: number, padding: string): boolean {
  return padding === 'SAME' || size >= (filter - 1) * dilation + 1;
}

testGrid(
  'CONV_2D',
  {
    height: [1, 2, 5, 8],
    width: [1, 3, 4, 7, 9],
    channels: [1, 3, 4, 8, 12, 16],
    outputs: [1, 5, 8, 16, 19],
    filterH: [1, 2, 3, 5],
    filterW: [1, 3, 4],
    stride: [1, 2, 3],
    dilationH: [1, 2],
    dilationW: [1, 2],
    padding: paddings,
    activation: activations,
    bias: [true, false],
    batch: [1, 2, 3],
    /** A core kernel's result has padding lanes, here with 0 / 0; a graph input may have none. */
    behindDiv: [true, false],
  },
  0,
  (c) => {
    if (!windowFits(c.height, c.filterH, c.dilationH, c.padding) || !windowFits(c.width, c.filterW, c.dilationW, c.padding)) return;
    const b = new FloatBuilder();
    const input = b.input4(c.batch, c.height, c.width, c.channels);
    const x = c.behindDiv ? b.float('DIV', { activation: 'NONE' }, [input, b.floats(c.channels)]) : input;
    const weights = b.floats(c.outputs, c.filterH, c.filterW, c.channels);
    const { padding, stride, activation, dilationH, dilationW } = c;
    const attributes = { padding, strideH: stride, strideW: stride, dilationH, dilationW, activation };
    const inputs = c.bias ? [x, weights, b.floats(c.outputs)] : [x, weights];
    return b.outputs(b.float('CONV_2D', attributes, inputs));
  },
);

testGrid(
  'CONV_2D with groups',
  { groups: [2, 3, 5], groupChannels: [1, 3, 4, 8], groupOutputs: [1, 2, 3, 8, 11], filter: [1, 3], width: [1, 5], padding: paddings },
  0,
  (c) => {
    if (!windowFits(c.width, c.filter, 1, c.padding)) return;
    const b = new FloatBuilder();
    const x = b.input4(1, 4, c.width, c.groups * c.groupChannels);
    const outputs = c.groups * c.groupOutputs;
    const attributes = { padding: c.padding, strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
    const inputs = [x, b.floats(outputs, c.filter, c.filter, c.groupChannels), b.floats(outputs)];
    return b.outputs(b.float('CONV_2D', attributes, inputs));
  },
);

testGrid(
  'DEPTHWISE_CONV_2D',
  {
    height: [1, 2, 5, 8],
    width: [1, 2, 3, 4, 5, 7, 9],
    channels: [1, 3, 8, 12, 16],
    multiplier: [1, 1, 2, 3, 8],
    filterH: [1, 3, 3, 5],
    filterW: [1, 3, 3, 4],
    strideH: [1, 2, 3],
    strideW: [1, 2, 3],
    dilation: [1, 1, 2],
    padding: paddings,
    activation: activations,
    bias: [true, false],
    batch: [1, 2],
  },
  0,
  (c) => {
    if (!windowFits(c.height, c.filterH, c.dilation, c.padding) || !windowFits(c.width, c.filterW, c.dilation, c.padding)) return;
    const b = new FloatBuilder();
    const x = b.input4(c.batch, c.height, c.width, c.channels);
    const outputs = c.channels * c.multiplier;
    const { padding, strideH, strideW, activation, dilation } = c;
    const attributes = { padding, strideH, strideW, dilationH: dilation, dilationW: dilation, activation, depthMultiplier: c.multiplier };
    const weights = b.floats(1, c.filterH, c.filterW, outputs);
    const inputs = c.bias ? [x, weights, b.floats(outputs)] : [x, weights];
    return b.outputs(b.float('DEPTHWISE_CONV_2D', attributes, inputs));
  },
);

/** The tiled microkernels, at every width around their tiles. */
testGrid(
  'DEPTHWISE_CONV_2D 3x3',
  {
    width: [3, 4, 5, 6, 7, 8, 9, 10, 11, 17],
    height: [3, 4],
    channels: [4, 8, 20],
    stride: [1, 2],
    padding: paddings,
    /** The output gets a border that nothing may write into. */
    reader: [true, false],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const { padding, stride } = c;
    const common = {
      padding,
      strideH: stride,
      strideW: stride,
      dilationH: 1,
      dilationW: 1,
      activation: 'RELU6',
      depthMultiplier: 1,
    } as const;
    const inputs = [b.input4(1, c.height, c.width, c.channels), b.floats(1, 3, 3, c.channels), b.floats(c.channels)];
    const result = b.float('DEPTHWISE_CONV_2D', common, inputs);
    if (!c.reader) return b.outputs(result);
    const attributes = { padding: 'SAME', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
    return b.outputs(b.float('CONV_2D', attributes, [result, b.floats(4, 3, 3, c.channels)]));
  },
);

testGrid(
  'FULLY_CONNECTED',
  {
    batch: [1, 2, 5, 9],
    depth: [1, 3, 8, 33],
    outputs: [1, 7, 8, 20],
    rank: [1, 2, 4],
    keepNumDims: [true, false],
    bias: [true, false],
    activation: activations,
  },
  0,
  (c) => {
    if (c.keepNumDims && c.rank === 1) return;
    const b = new FloatBuilder();
    const shape = { 1: [c.batch * c.depth], 2: [c.batch, c.depth], 4: [c.batch, 1, 1, c.depth] }[c.rank]!;
    const inputs = [b.input4(...shape), b.floats(c.outputs, c.depth), ...(c.bias ? [b.floats(c.outputs)] : [])];
    const { activation, keepNumDims } = c;
    return b.outputs(b.float('FULLY_CONNECTED', { activation, keepNumDims }, inputs));
  },
);

testGrid(
  'ADD, SUB, MUL, DIV',
  {
    type: ['ADD', 'SUB', 'MUL', 'DIV'] as const,
    shapes: [
      [
        [1, 4, 5, 8],
        [1, 4, 5, 8],
      ],
      [
        [2, 3, 5, 7],
        [2, 3, 5, 7],
      ],
      [[2, 3, 5, 7], [7]],
      [[2, 3, 5, 7], []],
      [
        [2, 3, 5, 8],
        [1, 1, 5, 1],
      ],
      [
        [2, 1, 5, 3],
        [2, 4, 1, 3],
      ],
      [
        [1, 1, 1, 12],
        [2, 3, 3, 12],
      ],
      [
        [3, 1],
        [4, 1, 9],
      ],
      [[6], [6]],
      [
        [2, 1, 3, 2, 5],
        [2, 1, 3, 2, 5],
      ],
      [[2, 1, 3, 2, 5], [5]],
    ] as const,
    constant: ['left', 'right', 'none'] as const,
    activation: activations,
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const make = (shape: readonly number[], side: string) => (c.constant === side ? b.floats(...shape) : b.input4(...shape));
    const inputs = [make(c.shapes[0], 'left'), make(c.shapes[1], 'right')];
    return b.outputs(b.float(c.type, { activation: c.activation }, inputs));
  },
);

testGrid(
  'AVERAGE_POOL_2D, MAX_POOL_2D',
  {
    type: ['AVERAGE_POOL_2D', 'MAX_POOL_2D'] as const,
    height: [2, 5, 8],
    width: [2, 3, 7],
    channels: [1, 3, 8, 12],
    filterH: [1, 2, 3],
    filterW: [1, 2, 5],
    strideH: [1, 2],
    strideW: [1, 3],
    padding: paddings,
    activation: activations,
    batch: [1, 2],
  },
  0,
  (c) => {
    if (!windowFits(c.height, c.filterH, 1, c.padding) || !windowFits(c.width, c.filterW, 1, c.padding)) return;
    const b = new FloatBuilder();
    const { type, padding, strideH, strideW, filterH, filterW, activation } = c;
    const attributes = { padding, strideH, strideW, filterH, filterW, activation };
    return b.outputs(b.float(type, attributes, [b.input4(c.batch, c.height, c.width, c.channels)]));
  },
);

testGrid(
  'MEAN',
  {
    shape: [
      [1, 7, 7, 8],
      [2, 3, 5, 3],
    ],
    axes: [[1, 2], [1], [2], [-2, 1], [3], [0], [1, 3]],
    keepDims: [true, false],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    return b.outputs(b.float('MEAN', { keepDims: c.keepDims }, [b.input4(...c.shape), b.ints(...c.axes)]));
  },
);

testGrid('SOFTMAX', { shape: [[1, 1], [1, 5], [3, 8], [1, 1001], [2, 3, 2, 6], [9]], beta: [1, 0.5, 3] }, exponentialTolerance, (c) => {
  const b = new FloatBuilder();
  return b.outputs(b.float('SOFTMAX', { beta: c.beta }, [b.input4(...c.shape)]));
});

for (const type of ['RELU', 'RELU6', 'RELU_N1_TO_1', 'HARD_SWISH', 'LOGISTIC', 'TANH'] as const) {
  const tolerance = type === 'LOGISTIC' || type === 'TANH' ? exponentialTolerance : 0;
  testGrid(type, { shape: [[1, 5], [2, 3, 5, 7], [1, 4, 4, 8], [1000], [1, 2, 1, 3, 4]] }, tolerance, (c) => {
    const b = new FloatBuilder();
    return b.outputs(b.float(type, {}, [b.input4(...c.shape)]));
  });
}

test('RELU keeps infinity', () => {
  const b = new FloatBuilder();
  const model = loadFloat(b.outputs(b.float('RELU', {}, [b.input4(4)])));
  assert.equal(
    model.run([Float32Array.of(Infinity, -Infinity, 3.4028234663852886e38, -1)])[0],
    Float32Array.of(Infinity, 0, 3.4028234663852886e38, 0),
  );
});

const extremes = Float32Array.of(-Infinity, -1e30, -104, -88, -20, -1e-8, 0, 1e-8, 20, 88, 104, 1e30, Infinity);
const functions = { LOGISTIC: (x: number) => 1 / (1 + Math.exp(-x)), TANH: Math.tanh } as const;

for (const type of ['LOGISTIC', 'TANH'] as const) {
  test(`${type} of ${extremes.join(', ')}`, () => {
    const b = new FloatBuilder();
    const model = loadFloat(b.outputs(b.float(type, {}, [b.input4(extremes.length)])));
    assertClose(model.run([extremes])[0], extremes.map(functions[type]), exponentialTolerance, type);
  });
}

test('SOFTMAX of -1e30, 0, -100, 1e30 and of equal elements', () => {
  const b = new FloatBuilder();
  const model = loadFloat(b.outputs(b.float('SOFTMAX', { beta: 1 }, [b.input4(2, 4)])));
  const [output] = model.run([Float32Array.of(-1e30, 0, -100, 1e30, -1e30, -1e30, -1e30, -1e30)]);
  assertClose(output, Float32Array.of(0, 0, 0, 1, 0.25, 0.25, 0.25, 0.25), exponentialTolerance, 'SOFTMAX');
});

testGrid(
  'CONCATENATION',
  { parts: [1, 2, 3], axis: [0, 1, 2, 3, -1, -2], channels: [1, 3, 8], rank: [2, 4], behindRelu: [true, false] },
  0,
  (c) => {
    if (c.axis >= c.rank || c.axis < -c.rank) return;
    const b = new FloatBuilder();
    const inputs = Array.from({ length: c.parts }, (_, i) => {
      const shape = c.rank === 4 ? [2, 3, 4, c.channels] : [3, c.channels];
      shape[(c.axis + c.rank) % c.rank] += i;
      const input = b.input4(...shape);
      return c.behindRelu ? b.float('HARD_SWISH', {}, [input]) : input;
    });
    return b.outputs(b.float('CONCATENATION', { axis: c.axis, activation: 'NONE' }, inputs));
  },
);

testGrid(
  'PAD and what reads it',
  {
    channels: [1, 3, 8],
    paddings: [
      [0, 0, 1, 2, 3, 0, 0, 0],
      [0, 0, 0, 0, 0, 1, 0, 0],
      [0, 0, 1, 0, 1, 0, 1, 1],
      [1, 0, 0, 0, 0, 0, 0, 0],
    ],
    reader: ['none', 'HARD_SWISH', 'CONV_2D'],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const padding = b.constant('int32', [4, 2], c.paddings);
    const padded = b.float('PAD', {}, [b.input4(1, 3, 4, c.channels), padding]);
    const depth = c.channels + c.paddings[6] + c.paddings[7];
    if (c.reader === 'none') return b.outputs(padded);
    if (c.reader === 'HARD_SWISH') return b.outputs(padded, b.float('HARD_SWISH', {}, [padded]));
    const attributes = { padding: 'SAME', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
    return b.outputs(b.float('CONV_2D', attributes, [padded, b.floats(4, 3, 3, depth)]));
  },
);

testGrid(
  'RESHAPE between kernels',
  {
    from: [
      [1, 4, 4, 8],
      [1, 2, 4, 3],
      [2, 1, 1, 12],
    ],
    to: [[-1], [1, -1, 2], [-1, 1, 1, 4], [-1, 3], [2, -1]],
    before: ['none', 'HARD_SWISH', 'GATHER'],
    after: ['none', 'HARD_SWISH', 'GATHER'],
  },
  0,
  (c) => {
    if (elementCount(c.from) % Math.abs(elementCount(c.to)) > 0) return;
    const b = new FloatBuilder();
    const apply = (type: string, x: Value): Value => {
      if (type === 'none') return x;
      if (type === 'HARD_SWISH') return b.float('HARD_SWISH', {}, [x]);
      return b.float('GATHER', { axis: 0, batchDims: 0 }, [x, b.ints(0, 0)]);
    };
    const x = apply(c.before, b.input4(...c.from));
    const count = elementCount(c.from) * (c.before === 'GATHER' ? 2 / c.from[0] : 1);
    const known = Math.abs(elementCount(c.to));
    if (count % known > 0) return;
    const to = c.to.map((size) => (size < 0 ? count / known : size));
    const y = b.float('RESHAPE', { newShape: to }, [x, b.ints(...to)]);
    return b.outputs(apply(c.after, y));
  },
);

test.run();
