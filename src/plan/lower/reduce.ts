// Owns the lowering of MEAN, SUM, REDUCE_MAX, REDUCE_MIN, ARG_MAX and ARG_MIN over any axes.
import { ReduceForm } from '../../core/abi';
import { dtypeBytes, elementCount, type Node, type Value } from '../../graph/graph';
import { meanMultiplier, rescaleMultiplier } from '../../quant/operator-multipliers';
import { scaleOf, zeroPointOf } from '../../quant/params';
import { denseImage, origin } from '../fields';
import { allCentred, centredClamp, core, is8Bit, maxElement } from '../formats/centred';
import type { Lowering } from '../lowering';
import { type MoveLoop, mergeLoops } from '../move';
import type { Address } from '../region';
import { scalarRequantization } from '../requantization';
import type { Image } from '../step';
import { axisBytes } from './movement';
import { lowerReduction } from './pool';

/** Loops over the elements of one result that a descriptor has room for. */
const maxReducedLoops = 3;

/** The axes of more than one position that a node reduces; undefined where a run decides them, or there are too many. */
function reducedAxes({ shape }: Value, axes: Value): Set<number> | undefined {
  if (!axes.data) return undefined;
  const rank = shape.length;
  const reduced = Array.from<number | bigint, number>(axes.data, (axis) => (Number(axis) + rank) % rank).filter((axis) => shape[axis] > 1);
  const different = new Set(reduced);
  return different.size > maxReducedLoops ? undefined : different;
}

/** Loops over the results, from the input to `target`, and over the elements of one result. */
function reduceLoops(input: Value, source: Image, output: Value, target: Image, reduced: ReadonlySet<number>) {
  const from = axisBytes(input.shape, source.layout);
  const sizes = output.shape.map((count, axis) => ({ count, bytes: axisBytes(output.shape, target.layout)[axis] }));
  // Axes of one position are left out on both sides, so that it makes no difference whether the output keeps the reduced ones.
  const places = sizes.filter(({ count }) => count > 1).map(({ bytes }) => bytes);
  const one = { count: 1, input: 0, output: 0 };
  const results: MoveLoop[] = [];
  const elements: MoveLoop[] = [];
  input.shape.forEach((count, axis) => {
    if (count === 1) return;
    if (reduced.has(axis)) elements.push({ count, input: from[axis], output: 0 });
    else results.push({ count, input: from[axis], output: places[results.length] });
  });
  const merged = mergeLoops(elements);
  const [outer, middle, inner] = [...Array.from({ length: maxReducedLoops - merged.length }, () => one), ...merged];
  return { results: results.length > 0 ? mergeLoops(results) : [one], outer, middle, inner };
}

interface Result {
  readonly form: ReduceForm;
  readonly positionBytes: number;
  readonly offset: number;
  readonly constants: Address | 0;
  readonly lower: number;
  readonly upper: number;
}

const noResult = { positionBytes: 0, offset: 0, constants: 0, lower: 0, upper: 0 } as const;

function emitReduce(lowering: Lowering, input: Value, output: Value, target: Image, reduced: ReadonlySet<number>, result: Result): void {
  const source = lowering.image(input);
  const { results, outer, middle, inner } = reduceLoops(input, source, output, target, reduced);
  const words = results.flatMap((loop) => [loop.count, loop.input as number, loop.output, -1]);
  lowering.emit(core, 'Reduce', {
    input: origin(source),
    output: origin(target),
    loopCount: results.length,
    loops: lowering.shared(`loops ${words}`, words.length, () => Int32Array.from(words)),
    outerCount: outer.count,
    outerBytes: outer.input as number,
    middleCount: middle.count,
    middleBytes: middle.input as number,
    innerCount: inner.count,
    innerBytes: inner.input as number,
    ...result,
  });
}

const isEmpty = ({ shape }: Value) => elementCount(shape) === 0;

/** MEAN and SUM over rows and columns have a kernel of their own. */
export function lowerSum(lowering: Lowering, node: Node<'MEAN' | 'SUM'>): string | undefined {
  const [input, axes] = node.inputs as Value[];
  const [output] = node.outputs;
  if (!allCentred([input, output]) || input.quantization!.scale.length > 1 || isEmpty(input)) return undefined;
  const pixels = lowerReduction(lowering, node);
  const reduced = reducedAxes(input, axes);
  if (pixels || !reduced) return pixels;
  const count = [...reduced].reduce((product, axis) => product * input.shape[axis], 1);
  const scales = [scaleOf(input), scaleOf(output)] as const;
  const { multiplier, shift } = node.type === 'MEAN' ? meanMultiplier(...scales, count) : rescaleMultiplier(...scales);
  const constants = lowering.constant(
    'requantization',
    new Uint8Array(scalarRequantization(multiplier, shift, 0, maxElement(input) * count)),
  );
  const result = { ...noResult, form: ReduceForm.Sum, constants, ...centredClamp(output) };
  emitReduce(lowering, input, output, lowering.createImage(output), reduced, result);
  return `${node.type.toLowerCase()} of any axes`;
}

/** Codes are compared and stay as they are. */
export function lowerExtreme(lowering: Lowering, node: Node<'REDUCE_MAX' | 'REDUCE_MIN'>): string | undefined {
  const [input, axes] = node.inputs as Value[];
  const [output] = node.outputs;
  if (!allCentred([input, output]) || isEmpty(input)) return undefined;
  const reduced = reducedAxes(input, axes);
  if (!reduced) return undefined;
  const isMaximum = node.type === 'REDUCE_MAX';
  const form = isMaximum ? ReduceForm.Maximum : ReduceForm.Minimum;
  const offset = zeroPointOf(input) - zeroPointOf(output);
  emitReduce(lowering, input, output, lowering.createImage(output), reduced, { ...noResult, form, offset });
  return isMaximum ? 'reduce max' : 'reduce min';
}

export function lowerArg(lowering: Lowering, node: Node<'ARG_MAX' | 'ARG_MIN'>): string | undefined {
  const [input, axis] = node.inputs as Value[];
  const [output] = node.outputs;
  if (!is8Bit(input) || isEmpty(input)) return undefined;
  const reduced = reducedAxes(input, axis);
  if (!reduced) return undefined;
  const isMaximum = node.type === 'ARG_MAX';
  const positionBytes = dtypeBytes[output.dtype];
  const target = denseImage(output, positionBytes, lowering.createDense(output));
  const form = isMaximum ? ReduceForm.ArgMaximum : ReduceForm.ArgMinimum;
  emitReduce(lowering, input, output, target, reduced, { ...noResult, form, positionBytes });
  return isMaximum ? 'arg max' : 'arg min';
}
