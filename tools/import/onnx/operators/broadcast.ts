// Owns operators that repeat or choose elements with broadcasting: Expand, Tile, Where.
import { elementCount, shapeFault, type Value } from 'zeropoint/graph';
import type { Call, Converter } from '../call';
import { inserted, type Operand, shapeOf } from '../operand';
import { commonType } from './elementwise';
import { axesOf, storedOrder } from './movement';

/** The shape that all shapes broadcast to. */
function commonShape(call: Call, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = sizes.find((candidate) => candidate !== 1) ?? 1;
    if (sizes.some((other) => other !== 1 && other !== size)) {
      call.fail('bad-shape', `shapes ${shapes.map((shape) => `[${shape}]`).join(' and ')} do not broadcast`);
    }
    return size;
  });
}

function withRank(operand: Operand, rank: number): Operand {
  return inserted(operand, 0, Math.max(rank - operand.axes.length, 0));
}

/** Repeats along axes of one element, in both directions: a size of 1 asks for the operand's own. */
export const expand: Converter = (call) => {
  const wanted = call.integers(1) ?? call.fail('bad-graph', 'input 1, the shape, is missing');
  const given = call.operand(0);
  const fault = shapeFault(wanted);
  if (fault) call.fail('bad-shape', `its shape is [${wanted}], ${fault}`);
  const shape = commonShape(call, [shapeOf(given), wanted]);
  const x = withRank(given, shape.length);
  if (shapeOf(x).join() === shape.join()) return x;
  const { builder, output } = call;
  const order = storedOrder(x);
  const value = builder.arrange(
    x,
    order.map((axis) => x.axes[axis]),
    call.inputName(0),
  );
  const sizes = order.map((axis) => shape[axis]);
  const result = builder.node('BROADCAST_TO', {}, [value, builder.ints(`${output}/shape`, sizes)], output);
  return { ...axesOf(result.shape, order), value: result };
};

export const tile: Converter = (call) => {
  const x = call.operand(0);
  const repeats = call.integers(1) ?? call.fail('bad-graph', 'input 1, the repeats, is missing');
  if (repeats.length !== x.axes.length || repeats.some((count) => !(count >= 1))) {
    call.fail('bad-shape', `repeats [${repeats}] do not fit [${shapeOf(x)}]; one number from 1 is needed for each dimension`);
  }
  if (repeats.every((count) => count === 1)) return x;
  const { builder, output } = call;
  const order = storedOrder(x);
  const value = builder.arrange(
    x,
    order.map((axis) => x.axes[axis]),
    call.inputName(0),
  );
  const counts = order.map((axis) => repeats[axis]);
  const result = builder.node('TILE', {}, [value, builder.ints(`${output}/repeats`, counts)], output);
  return { ...axesOf(result.shape, order), value: result };
};

/** Elements of input 1 where the condition holds, else of input 2, in the stored order of a computed operand that has the whole shape. */
export const where: Converter = (call) => {
  const operands = [0, 1, 2].map((index) => call.operand(index));
  const shape = commonShape(call, operands.map(shapeOf));
  if (elementCount(shape) === 0) call.fail('bad-shape', `[${shape}] has no elements`);
  const padded = operands.map((operand) => withRank(operand, shape.length));
  const isWhole = (operand: Operand) => shapeOf(operand).join() === shape.join();
  const leader = padded.find((operand) => isWhole(operand) && operand.value && !operand.value.data) ?? padded.find(isWhole) ?? padded[0];
  const order = storedOrder(leader);
  const [condition, ...choices] = padded;
  if (condition.value && condition.value.dtype !== 'bool') call.fail('bad-dtype', 'its condition is not of booleans');
  const dtype = commonType(call, choices);
  const inputs = [condition, ...choices].map((operand, index): Value => {
    const wanted = order.map((axis) => operand.axes[axis]);
    return call.builder.arrange(operand, wanted, call.inputName(index), index === 0 ? 'bool' : dtype);
  });
  const value = call.builder.node('SELECT_V2', {}, inputs, call.output);
  return { ...axesOf(value.shape, order), value };
};
