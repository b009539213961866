// Owns the lowering of SVDF to kernels of the float binary.
import { RecurrentForm } from '../../core/abi-float';
import { svdfOperand, svdfParameters, svdfSizes } from '../../custom/svdf';
import type { Node } from '../../graph/graph';
import { floatCore } from '../formats/float32';
import type { Lowering } from '../lowering';
import { at } from '../region';
import { recurrentActivation } from './activation';
import { constantsOf } from './constants';
import { codeBytes, maxCodeColumns, packPanels, paddedRows } from './panels';

const { fround } = Math;

/** What both forms have. */
function layerFields(lowering: Lowering, node: Node<'CUSTOM'>) {
  const { batch, inputs, filters, memory } = svdfSizes(node);
  const rows = paddedRows(filters);
  const { rank } = node.attributes.operator.options as { rank: number };
  const weights = node.inputs[svdfOperand.featureWeights]!;
  const bias = node.inputs[svdfOperand.bias];
  const [output, after] = node.outputs.map((value) => lowering.createDense(value));
  return {
    input: lowering.dense(node.inputs[svdfOperand.input]!),
    output,
    before: lowering.dense(node.inputs[svdfOperand.state]!),
    after,
    weights: packPanels(lowering, 'filters', { parts: [{ data: weights.data as Int8Array, row: 0 }], columns: inputs, rows }),
    bias: bias ? lowering.dense(bias) : (0 as const),
    workspace: at(lowering.workspace('step', 4 * rows + codeBytes(inputs))),
    ...{ batch, inputs, filters, rank, memory },
  };
}

function emitFloatSvdf(lowering: Lowering, node: Node<'CUSTOM'>): boolean {
  const { activation, asymmetric } = node.attributes.operator.options as Record<string, number>;
  const [weights, time] = [svdfOperand.featureWeights, svdfOperand.timeWeights].map((index) => node.inputs[index]!);
  const scaleOf = ({ quantization }: typeof weights) => quantization?.scale[0] ?? 1;
  const isFloat = weights.dtype === 'float32';
  if (!isFloat && weights.shape[1] > maxCodeColumns) return false;
  const factor = time.dtype === 'float32' ? 1 : scaleOf(time);
  lowering.emit(floatCore, 'Svdf', {
    ...layerFields(lowering, node),
    scales: lowering.constant('scales', new Float32Array(paddedRows(weights.shape[0])).fill(scaleOf(weights))),
    time: lowering.constant(
      'time weights',
      Float32Array.from(time.data as Int8Array, (weight) => fround(weight * factor)),
    ),
    constants: constantsOf(lowering),
    form: isFloat ? RecurrentForm.Float : asymmetric ? RecurrentForm.Asymmetric : RecurrentForm.Symmetric,
    ...recurrentActivation(activation),
  });
  return true;
}

function emitIntegerSvdf(lowering: Lowering, node: Node<'CUSTOM'>): boolean {
  const { first, second, ...zeroPoints } = svdfParameters(node);
  // Left shifts beyond 30 bits leave nothing of a product.
  if (Math.max(first.shift, second.shift) > 30) return false;
  lowering.emit(floatCore, 'IntegerSvdf', {
    ...layerFields(lowering, node),
    time: lowering.constant('time weights', Int16Array.from(node.inputs[svdfOperand.timeWeights]!.data as Int8Array)),
    wide: node.inputs[svdfOperand.state]!.dtype === 'int16' ? 1 : 0,
    ...zeroPoints,
    stateMultiplier: first.multiplier,
    stateShift: first.shift,
    outputMultiplier: second.multiplier,
    outputShift: second.shift,
  });
  return true;
}

export function emitSvdf(lowering: Lowering, node: Node<'CUSTOM'>): boolean {
  return node.inputs[0]!.dtype === 'int8' ? emitIntegerSvdf(lowering, node) : emitFloatSvdf(lowering, node);
}
