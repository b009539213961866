// Owns the lowering of functions of int16 codes that the core interpolates: LOGISTIC, TANH, EXP, LOG, GELU, and SOFTMAX.
import type { Node, Value } from '../../graph/graph';
import { sigmoidInput, softmaxMultiplier16 } from '../../quant/operator-multipliers';
import { scaleOf } from '../../quant/params';
import { type InterpolatedOperator, interpolationTableOf } from '../../reference/code-functions';
import { sigmoids } from '../../reference/int16-functions';
import { softmaxTables16 } from '../../reference/softmax';
import { blocks, pixelFields } from '../fields';
import { all16Bit, core } from '../formats/centred';
import type { Lowering } from '../lowering';

/** A table of lines, and the fields of Interpolation in their order (assembly/abi-int16.ts). */
interface Lines {
  readonly table: Int16Array;
  readonly constants: readonly number[];
}

/** Lines between neighbouring entries; their changes wrap, as in `interpolated`. */
function linesOf(entries: ArrayLike<number>, offset = 0): Int16Array {
  return Int16Array.from({ length: 2 * (entries.length - 1) }, (_, i) =>
    i % 2 === 0 ? entries[i >> 1] - offset : entries[(i >> 1) + 1] - entries[i >> 1],
  );
}

/** 512 lines over all codes, of 128 each. */
function codeLines(entries: Int16Array): Lines {
  return { table: linesOf(entries), constants: [1, 0, 0, 0, 2 ** 15, 2 ** 16 - 1, 7, 64, 7] };
}

/**
 * `logistic16` and `tanh16` of reference/int16-functions.ts: lines between sigmoids, less 2^15 so that they fit int16, over magnitudes of
 * scaled codes. From the last line on there is one value.
 */
function sigmoidLines({ type, inputs: [input] }: Node<'LOGISTIC' | 'TANH'>): Lines {
  const { multiplier, shift } = sigmoidInput(type, scaleOf(input!));
  const isLogistic = type === 'LOGISTIC';
  const table = Int16Array.of(...linesOf(sigmoids, 2 ** 15), (isLogistic ? 65534 : 65535) - 2 ** 15, 0);
  const bits = isLogistic ? 9 : 8;
  // sigmoid(x), or 2 sigmoid(x) - 1, in Q0.15; a line's values are in units of 2^-bits.
  const [rounding, right] = isLogistic ? [2 ** 24 + 2 ** 9, 10] : [2 ** 7, 8];
  return { table, constants: [multiplier, shift > 0 ? 2 ** (shift - 1) : 0, shift, -1, 0, 255 << bits, bits, rounding, right] };
}

function emitLines(lowering: Lowering, node: Node, { table, constants }: Lines): void {
  const source = lowering.image(node.inputs[0]!);
  const target = lowering.createImage(node.outputs[0]);
  lowering.emit(core, 'Interpolate', {
    ...pixelFields(source, target),
    blocks: blocks(target.layout),
    table: lowering.constant('lines', table),
    constants: lowering.constant('interpolation', Int32Array.from(constants)),
  });
}

export function lowerSigmoid16(lowering: Lowering, node: Node<'LOGISTIC' | 'TANH'>): string | undefined {
  if (!all16Bit([node.inputs[0], node.outputs[0]])) return undefined;
  emitLines(lowering, node, sigmoidLines(node));
  return `${node.type.toLowerCase()} int16`;
}

/** Time of a table of 513 entries, of about three values of the function for each (graph/work.ts). */
const tableOperations = 150_000;

export function lowerInterpolated16(lowering: Lowering, node: Node<InterpolatedOperator>): string | undefined {
  if (!all16Bit([node.inputs[0], node.outputs[0]])) return undefined;
  lowering.account?.spend(0, tableOperations);
  emitLines(lowering, node, codeLines(interpolationTableOf(node)));
  return `${node.type.toLowerCase()} int16`;
}

/** So that sums of exponentials, below 2^15 each, are int32. */
const maxChannels = 2 ** 16 - 1;

export function lowerSoftmax16(lowering: Lowering, node: Node<'SOFTMAX'>): string | undefined {
  const [input, output] = [node.inputs[0] as Value, node.outputs[0]];
  if (!all16Bit([input, output]) || input.shape.at(-1)! > maxChannels) return undefined;
  const { exponential, reciprocal } = softmaxTables16();
  const source = lowering.image(input);
  lowering.emit(core, 'WideSoftmax', {
    ...pixelFields(source, lowering.createImage(output)),
    channels: source.layout.channels,
    exponentials: lowering.shared('exponentials of int16', exponential.length, () => linesOf(exponential)),
    reciprocals: lowering.shared('reciprocals of int16', reciprocal.length, () => linesOf(reciprocal)),
    ...softmaxMultiplier16(node.attributes.beta, scaleOf(input)),
  });
  return 'softmax int16';
}
