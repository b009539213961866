// Tests the float core's functions of one and two elements, and SOFTMAX, against the reference kernels over grids of shapes and options.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OperatorAttributes, Value } from '../../src/graph/graph';
import { validate } from '../../src/graph/validate';
import { evaluate, runReference } from '../../src/reference/run';
import { loadFloat } from '../../tools/model/float-model';
import { upTo } from '../support/grid';
import { assertClose } from './check';
import { activations, exponentialTolerance, FloatBuilder, testGrid } from './grid';

/** Of one element: it makes an image of its input. */
const pool = { padding: 'VALID', strideH: 1, strideW: 1, filterH: 1, filterW: 1, activation: 'NONE' } as const;

/** Of a result's range: one rounding more than the reference kernel has. */
const roundingTolerance = 2e-7;

testGrid(
  'ADD, SUB, MUL, DIV, MAXIMUM, MINIMUM, PRELU, SQUARED_DIFFERENCE',
  {
    type: ['ADD', 'SUB', 'MUL', 'DIV', 'MAXIMUM', 'MINIMUM', 'PRELU', 'SQUARED_DIFFERENCE'] as const,
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
      [
        [2, 3, 4, 2, 5],
        [2, 1, 1, 2, 1],
      ],
      [
        [1, 4, 1, 2],
        [3, 1, 5, 1],
      ],
      [
        [2, 3, 4, 16],
        [2, 3, 4, 1],
      ],
      [
        [2, 3, 4, 16],
        [3, 1, 1],
      ],
      [
        [2, 1, 3, 1, 5, 1],
        [1, 2, 1, 2, 1, 4],
      ],
      [
        [2, 1, 3, 1, 5, 3],
        [1, 2, 1, 2, 5, 1],
      ],
      [[], []],
    ] as const,
    constant: ['left', 'right', 'none'] as const,
    activation: activations,
    /** Behind a kernel that makes images. */
    behind: ['none', 'left', 'both'],
  },
  0,
  (c) => {
    // Slopes must not be larger than the data in any dimension.
    const [data, slopes] = c.shapes;
    if (c.type === 'PRELU' && slopes.some((size, i) => size > (data[i - slopes.length + data.length] ?? 0))) return;
    const b = new FloatBuilder();
    const make = (shape: readonly number[], side: string) => (c.constant === side ? b.floats(...shape) : b.input4(...shape));
    const pooled = (x: Value, isImage: boolean) => (isImage && x.shape.length === 4 ? b.float('MAX_POOL_2D', pool, [x]) : x);
    const left = pooled(make(c.shapes[0], 'left'), c.behind !== 'none');
    const right = pooled(make(c.shapes[1], 'right'), c.behind === 'both');
    const { type, activation } = c;
    const hasActivation = type === 'ADD' || type === 'SUB' || type === 'MUL' || type === 'DIV';
    return b.outputs(hasActivation ? b.float(type, { activation }, [left, right]) : b.float(type, {}, [left, right]));
  },
);

testGrid(
  'two operands of any width',
  {
    channels: upTo(17),
    width: [1, 2, 3, 9],
    type: ['SUB', 'DIV', 'PRELU'] as const,
    operand: ['same', 'channels', 'pixels', 'rows', 'scalar'] as const,
    swapped: [true, false],
    isImage: [true, false],
    reader: [true, false],
  },
  0,
  (c) => {
    const b = new FloatBuilder();
    const { channels, width, type } = c;
    const shapes = { same: [2, 3, width, channels], channels: [channels], pixels: [2, 3, width, 1], rows: [3, 1, 1], scalar: [] };
    const input = b.input4(2, 3, width, channels);
    const x = c.isImage ? b.float('MAX_POOL_2D', pool, [input]) : input;
    const other = b.floats(...shapes[c.operand]);
    if (type === 'PRELU' && c.swapped) return;
    const operands = c.swapped ? [other, x] : [x, other];
    const result = type === 'PRELU' ? b.float(type, {}, operands) : b.float(type, { activation: 'NONE' }, operands);
    if (!c.reader) return b.outputs(result);
    const attributes = { padding: 'SAME', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
    return b.outputs(b.float('CONV_2D', attributes, [result, b.floats(4, 3, 3, channels)]));
  },
);

testGrid(
  'SOFTMAX, LOG_SOFTMAX',
  {
    shape: [...upTo(17).map((channels) => [3, channels]), [1, 1001], [2, 3, 2, 6], [9], [2, 1, 3, 2, 5]],
    beta: [1, 0.5, 3],
    isLog: [false, true],
  },
  exponentialTolerance,
  (c) => {
    if (c.isLog && c.beta !== 1) return;
    const b = new FloatBuilder();
    const x = b.input4(...c.shape);
    return b.outputs(c.isLog ? b.float('LOG_SOFTMAX', {}, [x]) : b.float('SOFTMAX', { beta: c.beta }, [x]));
  },
);

/** Attributes and the tolerance of functions of one element. */
const unary = {
  NEG: {},
  ABS: {},
  SQUARE: {},
  FLOOR: {},
  CEIL: {},
  ROUND: {},
  RELU_0_TO_1: {},
  ELU: {},
  GELU: { approximate: false },
  LOG: {},
  SIN: {},
  COS: {},
  RELU: {},
  RELU6: {},
  RELU_N1_TO_1: {},
  LEAKY_RELU: { alpha: Math.fround(0.3) },
  SQRT: {},
  RSQRT: {},
  HARD_SWISH: {},
  LOGISTIC: {},
  TANH: {},
  EXP: {},
} as const;
const tolerances: Partial<Record<keyof typeof unary, number>> = {
  ELU: exponentialTolerance,
  GELU: exponentialTolerance,
  LOG: exponentialTolerance,
  SIN: roundingTolerance,
  COS: roundingTolerance,
  HARD_SWISH: roundingTolerance,
  LOGISTIC: exponentialTolerance,
  TANH: exponentialTolerance,
  EXP: exponentialTolerance,
};

for (const type of Object.keys(unary) as (keyof typeof unary)[]) {
  testGrid(
    type,
    {
      shape: [...upTo(17).map((channels) => [2, 3, 5, channels]), [1, 5], [1, 4, 4, 8], [1000], [1, 2, 1, 3, 4], []],
      isImage: [true, false],
      reader: [true, false],
    },
    tolerances[type] ?? 0,
    (c) => {
      if (c.shape.length !== 4 && (c.isImage || c.reader)) return;
      const b = new FloatBuilder();
      const input = b.input4(...c.shape);
      const x = c.isImage ? b.float('MAX_POOL_2D', pool, [input]) : input;
      const result = b.float(type, unary[type] as OperatorAttributes[typeof type], [x]);
      if (!c.reader) return b.outputs(result);
      return b.outputs(b.float('AVERAGE_POOL_2D', { ...pool, filterH: 2, padding: 'SAME' }, [result]));
    },
  );
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

/** Units in the last place of `expected`, a float32, by which `actual` differs. */
function ulps(actual: number, expected: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const unit = 2 ** Math.max(Math.floor(Math.log2(Math.abs(expected))) - 23, -149);
  return Math.abs(actual - expected) / unit;
}

/** Throws where the results of a function of one element are more than `bound` units in the last place away. */
function assertUlps(type: keyof typeof unary, inputs: Float32Array, compute: (x: number) => number, bound: number): void {
  const b = new FloatBuilder();
  const model = loadFloat(b.outputs(b.float(type, unary[type] as OperatorAttributes[typeof type], [b.input4(inputs.length)])));
  const [output] = model.run([inputs]) as Float32Array[];
  inputs.forEach((x, i) => {
    const expected = Math.fround(compute(x));
    if (!(ulps(output[i], expected) <= bound)) throw new Error(`${type} of ${x} is ${output[i]}, expected ${expected}`);
  });
}

/** Magnitudes from 2^-126 to the largest float, of both signs. */
const magnitudes = Float32Array.from({ length: 20000 }, (_, i) => (i % 2 ? -1 : 1) * 2 ** ((i * 254) / 20000 - 126)).map(
  (x, i) => x * (1 + ((i * 7919) % 1000) / 1000.5),
);

test('EXP is within 2 units in the last place from denormals to infinity', () => {
  const inputs = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 18.5);
  const bounded = inputs.map((x) => (x > 89 ? Infinity : x < -106 ? -Infinity : x));
  assertUlps('EXP', bounded, Math.exp, 2);
});

test('LOG is within 2 units in the last place from denormals to infinity, also near 1', () => {
  const near = Float32Array.from({ length: 2001 }, (_, i) => 1 + (i - 1000) * 2 ** -20);
  const denormals = Float32Array.from({ length: 1000 }, (_, i) => (i + 1) * 3 * 2 ** -146);
  for (const inputs of [magnitudes.map(Math.abs), near, denormals, Float32Array.of(0, -0, -1, Infinity, -Infinity, Number.NaN)]) {
    assertUlps('LOG', inputs, Math.log, 2);
  }
});

test('SIN and COS are within 1 unit in the last place for every magnitude', () => {
  const ends = Float32Array.of(0, -0, Infinity, -Infinity, 2 ** 28, 2 ** 28 - 16, 3.4028234663852886e38, 16367173 * 2 ** 72);
  for (const inputs of [magnitudes, ends]) {
    assertUlps('SIN', inputs, Math.sin, 1);
    assertUlps('COS', inputs, Math.cos, 1);
  }
});

test('ELU is within 16 units in the last place near zero', () => {
  const inputs = Float32Array.from({ length: 3000 }, (_, i) => -(2 ** (i / 100 - 24)));
  assertUlps('ELU', inputs, Math.expm1, 16);
});

const bases = [-Infinity, -1e30, -3, -2.5, -1, -0.75, -1e-30, -0, 0, 1e-40, 1e-30, 0.3, 0.9999999, 1, 1.0000001, 2, 7.7, 1e30, Infinity];
const exponents = [-Infinity, -1e9, -127.5, -3, -2, -1, -0.5, -0, 0, 1e-9, 0.25, 0.5, 1, 2, 2.2, 3, 16777215, 1e20, Infinity, Number.NaN];

test('POW is within 1 unit in the last place of the power of JavaScript, ends and signs included', () => {
  const b = new FloatBuilder();
  const model = loadFloat(b.outputs(b.float('POW', {}, [b.input4(bases.length, 1), b.input4(exponents.length)])));
  const [left, right] = [Float32Array.from(bases), Float32Array.from(exponents)];
  const [output] = model.run([left, right]) as Float32Array[];
  left.forEach((x, i) => {
    right.forEach((y, k) => {
      const [actual, expected] = [output[i * right.length + k], Math.fround(x ** y)];
      if (!(ulps(actual, expected) <= 1)) throw new Error(`${x} to the power of ${y} is ${actual}, expected ${expected}`);
    });
  });
});

testGrid(
  'POW',
  { exponent: ['input', 2, 0.5, 3, -1] as const, shape: [[5], [2, 3, 4, 8], [2, 3, 5, 7], []], isImage: [false, true] },
  exponentialTolerance,
  (c) => {
    if (c.isImage && c.shape.length !== 4) return;
    const b = new FloatBuilder();
    const input = b.float('ABS', {}, [b.input4(...c.shape)]);
    const x = c.isImage ? b.float('MAX_POOL_2D', pool, [input]) : input;
    const y = c.exponent === 'input' ? b.input4(...c.shape) : b.constant('float32', [], [c.exponent]);
    return b.outputs(b.float('POW', {}, [x, y]));
  },
);

test('GELU by tanh, and both of large and small numbers', () => {
  const inputs = Float32Array.of(-Infinity, -1e30, -20, -9, -3, -1, -1e-3, -1e-20, 0, 1e-20, 1e-3, 0.5, 2, 4, 9, 20, 1e30, Infinity);
  for (const approximate of [false, true]) {
    for (const part of [inputs.filter((x) => Math.abs(x) < 0.01), inputs.filter((x) => Math.abs(x) < 25), inputs.filter((x) => x > 0)]) {
      const b = new FloatBuilder();
      const graph = b.outputs(b.float('GELU', { approximate }, [b.input4(part.length)]));
      validate(graph, { evaluate });
      assertClose(loadFloat(graph).run([part])[0], runReference(graph, [part])[0], exponentialTolerance, `GELU ${approximate}`);
    }
  }
});

test('sums and products of long spans end at the largest floats, NaN stays, and what is below them stays as it is', () => {
  const largest = 3.4028234663852886e38;
  for (const type of ['ADD', 'MUL'] as const) {
    for (const [shape, place] of [
      [[512], 300],
      [[], 511],
    ] as const) {
      const b = new FloatBuilder();
      const operands = [b.input('float32', [512]), b.input('float32', shape)];
      const [result] = b.node(type, { activation: 'NONE' }, operands, { dtype: 'float32', shape: [512] });
      const graph = b.outputs(result);
      const right = new Float32Array(shape.length > 0 ? 512 : 1).fill(largest);
      for (const special of [largest, -Infinity, Infinity, Number.NaN, 3]) {
        const left = Float32Array.from({ length: 512 }, (_, i) => (i === place ? special : i / 1e6));
        const expected = runReference(graph, [left, right]);
        assertClose(loadFloat(graph).run([left, right])[0], expected[0], 0, `${type} [${shape}] ${special}`);
      }
    }
  }
});

test('NaN stays NaN in every function of one element', () => {
  for (const type of Object.keys(unary) as (keyof typeof unary)[]) {
    const b = new FloatBuilder();
    const model = loadFloat(b.outputs(b.float(type, unary[type] as OperatorAttributes[typeof type], [b.input4(5)])));
    const [output] = model.run([new Float32Array(5).fill(Number.NaN)]) as Float32Array[];
    assert.ok(output.every(Number.isNaN), `${type}: ${output}`);
  }
});

test('SOFTMAX of -1e30, 0, -100, 1e30 and of equal elements', () => {
  const b = new FloatBuilder();
  const model = loadFloat(b.outputs(b.float('SOFTMAX', { beta: 1 }, [b.input4(2, 4)])));
  const [output] = model.run([Float32Array.of(-1e30, 0, -100, 1e30, -1e30, -1e30, -1e30, -1e30)]);
  assertClose(output, Float32Array.of(0, 0, 0, 1, 0.25, 0.25, 0.25, 0.25), exponentialTolerance, 'SOFTMAX');
});

test.run();
