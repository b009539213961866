// Owns the lowering of quantized TRANSPOSE_CONV: a convolution for each phase of the output (../transposed.ts).
import type { Node, Value } from '../../graph/graph';
import type { Lowering } from '../lowering';
import { type PhaseAxis, phaseFilters, phasePixels, transposedAxes } from '../transposed';
import { gemmOf } from './wide-gemm';

/** The convolution whose results are the outputs of one phase; stride, dilation and padding are those of its axes. */
function phaseNode(node: Node<'TRANSPOSE_CONV'>, filter: Value, rows: PhaseAxis, columns: PhaseAxis): Node<'CONV_2D'> {
  const { activation, quantizedBiasType } = node.attributes;
  const shape = [filter.shape[0], rows.filter, columns.filter, filter.shape[3]];
  const filters: Value = { ...filter, shape, data: phaseFilters(filter, rows, columns, node.attributes) };
  return {
    ...node,
    type: 'CONV_2D',
    attributes: { padding: 'VALID', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation, quantizedBiasType },
    inputs: [node.inputs[2], filters, node.inputs[3]],
  };
}

/** Undefined, with nothing emitted, where there are too many phases, or some without taps, whose results are the bias alone. */
export function lowerTransposed(lowering: Lowering, node: Node<'TRANSPOSE_CONV'>): string | undefined {
  const [, filter, input] = node.inputs as Value[];
  const axes = transposedAxes(node);
  const emit = gemmOf(lowering, node);
  if (!emit || !axes) return undefined;
  const phases = axes.rows.flatMap((rows) => axes.columns.map((columns) => ({ rows, columns })));
  if (phases.some(({ rows, columns }) => rows.filter * columns.filter === 0)) return undefined;
  // The filters of all phases, each once.
  lowering.account?.charge('copiedByte', filter.data!.length);
  const source = lowering.image(input);
  const target = lowering.createImage(node.outputs[0]);
  const [outputs, filterH, filterW, channels] = filter.shape;
  let suffix = '';
  for (const { rows, columns } of phases) {
    suffix = emit(lowering, {
      ...{ node: phaseNode(node, filter, rows, columns), input: source, output: phasePixels(target, rows, columns, node.attributes) },
      ...{ rows, columns, outputs, channels, groups: 1 },
      ...{ outputStride: rows.filter * columns.filter * channels, positionStride: channels, channelStride: 1 },
    });
  }
  return `transposed ${filterH}x${filterW}${suffix}`;
}
