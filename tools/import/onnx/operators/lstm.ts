// Owns LSTM of short sequences, unrolled step by step.
import type { Value } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { constantOperand, freshAxes, type Operand, shapeOf } from '../operand';
import { joined } from './unary';

/** Steps that are unrolled: each is some twenty nodes. */
const maxSteps = 128;

/** What all steps of one direction share; the four gates are input, output, forget and cell, in this order, as rows of the weights. */
interface Direction {
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  /** [4 hidden, inputs] and [4 hidden, hidden], and the sum of both biases [4 hidden]. */
  readonly weights: Float32Array;
  readonly recurrent: Float32Array;
  readonly bias: Float32Array;
}

function part(data: ArrayLike<number>, index: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => data[index * length + i]);
}

/** @throws ModelError for weights of other shapes, or that are not constant */
function directionOf(call: Call, index: number, batch: number): Direction {
  const [, rows, inputs] = shapeOf(call.operand(1));
  const hidden = call.int('hidden_size', rows / 4);
  const [weights, recurrent, biases] = [1, 2, 3].map((input) => call.reals(input));
  const wrong = shapeOf(call.operand(1)).join() !== [shapeOf(call.operand(1))[0], 4 * hidden, inputs].join();
  if (wrong || shapeOf(call.operand(2)).slice(1).join() !== [4 * hidden, hidden].join()) {
    call.fail('bad-shape', `weights [${shapeOf(call.operand(1))}] and [${shapeOf(call.operand(2))}] do not fit hidden_size ${hidden}`);
  }
  call.charge(4 * hidden * (inputs + hidden + 2));
  const both = biases ? part(biases, index, 8 * hidden) : new Float32Array(8 * hidden);
  return {
    batch,
    inputs,
    hidden,
    weights: part(weights!, index, 4 * hidden * inputs),
    recurrent: part(recurrent!, index, 4 * hidden * hidden),
    bias: Float32Array.from({ length: 4 * hidden }, (_, i) => both[i] + both[4 * hidden + i]),
  };
}

/** A computed operand of new axes from a value [batch, columns]. */
function matrix(value: Operand['value']): Operand {
  const axes = freshAxes(value!.shape);
  return { axes, stored: axes, value };
}

interface States {
  readonly h: Operand;
  readonly c: Operand;
}

/** C = f C + i c and H = o tanh(C) (the ONNX operator documentation of LSTM), from x [batch, inputs] times the weights. */
function step(call: Call, [recurrent, none]: readonly Value[], products: Operand, { h, c }: States, name: string): States {
  const { builder } = call;
  const state = builder.arrange(h, h.axes, `${name}/h`);
  const fed = matrix(builder.node('FULLY_CONNECTED', { activation: 'NONE', keepNumDims: false }, [state, recurrent, none], `${name}/fed`));
  const gates = joined(call, 'ADD', products, fed, `${name}/gates`);
  const axis = builder.ints(`${name}/axis`, [1], []);
  const names = ['input', 'output', 'forget', 'cell'].map((gate) => `${name}/${gate}`);
  const parts = builder.nodes('SPLIT', { numSplits: 4 }, [axis, builder.arrange(gates, gates.axes, `${name}/gates`)], names).map(matrix);
  const [input, output, forget] = parts.slice(0, 3).map((gate, i) => call.apply('LOGISTIC', {}, gate, `${names[i]}/sigmoid`));
  const candidate = call.apply('TANH', {}, parts[3], `${name}/candidate`);
  const kept = joined(call, 'MUL', forget, c, `${name}/kept`);
  const next = joined(call, 'ADD', kept, joined(call, 'MUL', input, candidate, `${name}/new`), `${name}/c`);
  return { c: next, h: joined(call, 'MUL', output, call.apply('TANH', {}, next, `${name}/tanh`), `${name}/h`) };
}

/** Rows [index, :, :] of input `input` as [batch, hidden], or zeros. */
function initial(call: Call, input: number, index: number, { batch, hidden }: Direction): Operand {
  const given = call.optional(input);
  if (!given) return constantOperand(new Float32Array(batch * hidden), [batch, hidden]);
  const shape = shapeOf(given);
  if (shape.slice(1).join() !== `${batch},${hidden}`)
    call.fail('bad-shape', `input ${input} has shape [${shape}] instead of [.., ${batch}, ${hidden}]`);
  return rows(call, given, index, `${call.output}/initial${input}`);
}

/** x [count, batch, columns] at `index` as [batch, columns]. */
function rows(call: Call, x: Operand, index: number, name: string): Operand {
  const { builder } = call;
  const [count, batch, columns] = shapeOf(x);
  const value = builder.arrange(x, x.axes, name);
  if (count === 1) return { axes: x.axes.slice(1), stored: x.axes, value };
  const bounds = [
    [index, 0, 0],
    [1, batch, columns],
  ].map((list, i) => builder.ints(`${name}/${i ? 'size' : 'begin'}`, list));
  const taken = builder.node('SLICE', {}, [value, ...bounds], name);
  const axes = freshAxes(taken.shape);
  return { axes: axes.slice(1), stored: axes, value: taken };
}

/** All hidden states of one direction, in the order of the sequence, and the last states. */
function unrolled(call: Call, x: Operand, index: number, isReverse: boolean): States & { all: Operand[] } {
  const { builder, output } = call;
  const [steps, batch, inputs] = shapeOf(x);
  const direction = directionOf(call, index, batch);
  if (direction.inputs !== inputs) call.fail('bad-shape', `its input [${shapeOf(x)}] does not fit weights of ${direction.inputs} inputs`);
  const { hidden } = direction;
  const name = `${output}/direction${index}`;
  const weights = builder.floats(`${name}/weights`, [4 * hidden, inputs], () => direction.weights);
  const bias = builder.floats(`${name}/bias`, [4 * hidden], () => direction.bias);
  const recurrent = [
    builder.floats(`${name}/recurrent`, [4 * hidden, hidden], () => direction.recurrent),
    builder.floats(`${name}/none`, [4 * hidden], (count) => new Float32Array(count)),
  ];
  // All products with the sequence at once.
  const sequence = builder.arrange(x, x.axes, `${name}/sequence`);
  const product = builder.node(
    'FULLY_CONNECTED',
    { activation: 'NONE', keepNumDims: false },
    [sequence, weights, bias],
    `${name}/products`,
  );
  const axes = freshAxes([steps, batch, 4 * hidden]);
  const products: Operand = { axes, stored: [[...axes[0], ...axes[1]], axes[2]], value: product };
  let state: States = { h: initial(call, 5, index, direction), c: initial(call, 6, index, direction) };
  const all: Operand[] = new Array(steps);
  for (let i = 0; i < steps; i++) {
    const at = isReverse ? steps - 1 - i : i;
    state = step(call, recurrent, rows(call, products, at, `${name}/${at}/products`), state, `${name}/${at}`);
    all[at] = state.h;
  }
  return { all, ...state };
}

/** Joins [batch, hidden] operands as [first, second, batch, hidden]. */
function stacked(call: Call, parts: readonly Operand[], counts: readonly number[], name: string): Operand {
  const { builder } = call;
  const [batch, hidden] = shapeOf(parts[0]);
  const values = parts.map((operand, i) => builder.arrange(operand, [[], ...operand.axes], `${name}/${i}`));
  const value = values.length === 1 ? values[0] : builder.node('CONCATENATION', { axis: 0, activation: 'NONE' }, values, name);
  const axes = freshAxes([...counts, batch, hidden]);
  return { axes, stored: [axes.slice(0, -2).flat(), ...axes.slice(-2)], value };
}

/** Inputs: x [steps, batch, inputs], weights, recurrent weights, biases, lengths, initial h and c; outputs: all h, the last h and c. */
export const lstm: Converter = (call) => {
  const x = call.operand(0);
  if (x.axes.length !== 3) call.fail('bad-shape', `its input [${shapeOf(x)}] is no sequence of batches`);
  const [steps] = shapeOf(x);
  const named = call.text('direction', 'forward');
  const unsupported = ['clip', 'activations', 'activation_alpha', 'activation_beta'].find((name) => call.has(name));
  if (unsupported) call.fail('unsupported-feature', `its ${unsupported} is not supported; use the default`);
  if (call.int('input_forget', 0) !== 0 || call.int('layout', 0) !== 0)
    call.fail('unsupported-feature', 'input_forget and layout 1 are not supported');
  if (call.optional(4) || call.optional(7)) call.fail('unsupported-feature', 'lengths of sequences and peepholes are not supported');
  if (steps > maxSteps) call.fail('unsupported-feature', `its sequence has ${steps} steps; at most ${maxSteps} are unrolled`);
  const directions = named === 'bidirectional' ? [false, true] : [named === 'reverse'];
  if (shapeOf(call.operand(1))[0] !== directions.length)
    call.fail('bad-shape', `its weights [${shapeOf(call.operand(1))}] do not fit '${named}'`);
  const results = directions.map((isReverse, index) => unrolled(call, x, index, isReverse));
  const count = results.length;
  const all = Array.from({ length: steps * count }, (_, i) => results[i % count].all[Math.floor(i / count)]);
  const { output } = call;
  const last = (name: string, parts: readonly Operand[]) => stacked(call, parts, [count], `${output}/${name}`);
  return [
    stacked(call, all, [steps, count], output),
    last(
      'last-h',
      results.map(({ h }) => h),
    ),
    last(
      'last-c',
      results.map(({ c }) => c),
    ),
  ];
};
