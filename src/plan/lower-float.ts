// Owns the table of lowerings from float32 nodes to kernels of the float binary; only the entry `zeropoint/float` binds it.
import { elementCount, type Node, type OperatorType, type Value } from '../graph/graph';
import { copyImage, float32 } from './formats/float32';
import { isDepthwiseByBlocks } from './layout-requirements';
import { placeParts } from './lower/concatenation';
import { convolutionLayer } from './lower/convolution';
import { multipliedLayer } from './lower/depthwise';
import { fullyConnectedLayer } from './lower/fully-connected';
import { padImage } from './lower/pad';
import { emitLayer } from './lower-float/convolution';
import { emitDepthwise } from './lower-float/depthwise';
import { elementwiseEmitters } from './lower-float/elementwise';
import { emitComputedWeights, matrixProductEmitters } from './lower-float/matrix-product';
import { normalizationEmitters } from './lower-float/normalization';
import { poolEmitters } from './lower-float/pool';
import { emitRecurrent } from './lower-float/recurrent';
import { reductionEmitters } from './lower-float/reduction';
import { resizeEmitters } from './lower-float/resize';
import { emitSparse, isSparsePointwise } from './lower-float/sparse';
import { emitTransposed } from './lower-float/transpose-convolution';
import { unaryEmitters } from './lower-float/unary';
import type { Backend, Lower, Lowering } from './lowering';

/** Operators whose results are indices. */
const indexOperators: ReadonlySet<OperatorType> = new Set(['ARG_MAX', 'ARG_MIN'] as const);

/** Whether inputs and outputs are float32 with at least one element; constant inputs, shapes and axes, may be integers. */
function isFloat({ type, inputs, outputs }: Node): boolean {
  const isFloatValue = ({ dtype, shape }: Value) => dtype === 'float32' && elementCount(shape) > 0;
  const isShape = (value: Value) => value.data !== undefined && value.dtype !== 'float32';
  if (!outputs.every((value) => (indexOperators.has(type) ? elementCount(value.shape) > 0 : isFloatValue(value)))) return false;
  return inputs.some((value) => value && isFloatValue(value)) && inputs.every((value) => !value || isFloatValue(value) || isShape(value));
}

/** `emit` for layers of constant weights in input 1 and an optional constant bias. */
function weighted<T extends 'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED' | 'TRANSPOSE_CONV'>(
  emit: (lowering: Lowering, node: Node<T>) => boolean,
): Emit<T> {
  return (lowering, node) => {
    const weights = node.inputs[1];
    const bias = node.inputs[node.type === 'TRANSPOSE_CONV' ? 3 : 2];
    if (!weights?.data || (bias && !bias.data)) return false;
    lowering.account?.charge('weight', weights.data.length);
    return emit(lowering, node);
  };
}

/** Emits the steps of a node of float32 values; false, with nothing emitted, when the binary has no kernel for it, `alias` when it has none to do. */
type Emit<T extends OperatorType> = (lowering: Lowering, node: Node<T>) => boolean | 'alias';

const emitConnected = weighted<'FULLY_CONNECTED'>((lowering, node) => emitLayer(lowering, fullyConnectedLayer(lowering, node)));

const emitters: { readonly [T in OperatorType]?: Emit<T> } = {
  CONV_2D: weighted((lowering, node) => {
    const layer = convolutionLayer(lowering, node);
    return isSparsePointwise(layer) ? emitSparse(lowering, layer) : emitLayer(lowering, layer);
  }),
  DEPTHWISE_CONV_2D: weighted((lowering, node) => {
    return isDepthwiseByBlocks(node) ? emitDepthwise(lowering, node) : emitLayer(lowering, multipliedLayer(lowering, node));
  }),
  FULLY_CONNECTED(lowering, node) {
    const [, weights, bias] = node.inputs;
    if (!weights!.data || (bias && !bias.data)) return emitComputedWeights(lowering, node);
    return emitConnected(lowering, node);
  },
  TRANSPOSE_CONV: weighted(emitTransposed),
  ...elementwiseEmitters,
  ...unaryEmitters,
  ...poolEmitters,
  ...reductionEmitters,
  ...matrixProductEmitters,
  ...normalizationEmitters,
  ...resizeEmitters,
  CONCATENATION(lowering, node) {
    if (node.attributes.activation !== 'NONE') return false;
    const copies = placeParts(lowering, node, (_, ...copy) => copyImage(lowering, ...copy));
    return copies === 0 ? 'alias' : copies !== undefined;
  },
  PAD: (lowering, node) => padImage(lowering, node, (...copy) => copyImage(lowering, ...copy)),
};

/** `kernel`: the name of all its kernels. */
function backendNamed(kernel: string): Backend {
  const lowerings = Object.entries(emitters).map(([type, emit]): [string, Lower<OperatorType>] => [
    type,
    (lowering, node) => {
      const emitted = isFloat(node) && (emit as Emit<OperatorType>)(lowering, node);
      return emitted === true ? kernel : emitted || undefined;
    },
  ]);
  const recurrent: Lower<'CUSTOM'> = (lowering, node) => (emitRecurrent(lowering, node) ? kernel : undefined);
  return { format: float32, lowerings: { ...Object.fromEntries(lowerings), CUSTOM: recurrent } };
}

export const floatBackend = backendNamed('float');

/** The same descriptors, for the float binary with relaxed multiply-adds. */
export const relaxedFloatBackend = backendNamed('float-relaxed');
