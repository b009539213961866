// Owns the entry `zeropoint/graph`: graphs, their edits, checks, costs and passes, and the formulas of quantization, for tools that make
// models. Names here may change with any minor version.

export { consumersOf } from './graph/consumers';
export { copyGraph, isolateNode, variableInputs } from './graph/copy';
export { addConstant, makeConstant, replaceInput, setAttributes } from './graph/edit';
export * from './graph/graph';
export { printGraph } from './graph/print';
export { inferShapes, isReshape, shapeFault } from './graph/shapes';
export { validate } from './graph/validate';
export { type WeightedNode, weightedInputs, weightedValues, weightZeroPoint } from './graph/weighted';
export { paddingBefore, windowPositions, windowSpan } from './graph/window';
export { workOf } from './graph/work';
export { checkOptionNames, type OptionNames } from './options';
export { runPasses } from './passes';
export { foldBatchNorm } from './passes/fold-batch-norm';
export { foldConstants } from './passes/fold-constants';
export { foldInputScale } from './passes/fold-input-scale';
export { fuseActivation } from './passes/fuse-activation';
export { removeDead } from './passes/remove-dead';
export { codeRange, quantizedBound } from './quant/activation-range';
export { roundHalfAwayFromZero } from './quant/multiplier';
export {
  activationParams,
  quantizeBias,
  quantizeWeights,
  quantizeWideBias,
  scaleOf,
  type TensorParams,
  tensorParams,
  weightRanges,
  widenForBias,
  zeroPointOf,
} from './quant/params';
export { tensorInfo } from './tensor';
