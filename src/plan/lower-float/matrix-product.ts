// Owns the lowering of float BATCH_MATMUL, and of FULLY_CONNECTED with computed weights.
import type { Activation, Node, Value } from '../../graph/graph';
import { broadcastIndices } from '../../reference/broadcast';
import { origin } from '../fields';
import { floatCore } from '../formats/float32';
import { type Layout, paddedChannels } from '../layout';
import { fullyConnectedLayer } from '../lower/fully-connected';
import type { Lowering } from '../lowering';
import { type Address, at } from '../region';
import type { Image } from '../step';
import { clampFields } from './activation';
import { filled } from './convolution';
import { anyImage } from './dense';

/** Matrices whose places the host lists. */
const maxMatrices = 2 ** 16;

function table(lowering: Lowering, entries: readonly number[]): Address {
  return lowering.shared(`bytes ${entries}`, entries.length, () => Int32Array.from(entries));
}

/** Bytes to matrix `index` of an image whose rows are matrices. */
function matrixBytes({ rows, imageBytes, rowBytes }: Layout, index: number): number {
  return Math.floor(index / rows) * imageBytes + (index % rows) * rowBytes;
}

function rowsOf(lowering: Lowering, { pixelBytes }: Layout, rows: number): Address {
  return table(
    lowering,
    Array.from({ length: rows }, (_, row) => row * pixelBytes),
  );
}

interface Product {
  readonly left: Image;
  readonly right: Address;
  readonly output: Image;
  /** Of each matrix of the output, bytes to those that it is the product of. */
  readonly leftMatrices: readonly number[];
  readonly rightMatrices: readonly number[];
  readonly outputMatrices: readonly number[];
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly isTransposed: boolean;
  readonly bias: Address;
  readonly activation: Activation;
}

function emitProduct(lowering: Lowering, product: Product): true {
  const { left, right, output, rows, depth, columns, isTransposed, bias, activation } = product;
  lowering.emit(floatCore, 'MatrixProduct', {
    ...{ left: origin(left), right, output: origin(output), rows, depth, columns, bias },
    matrices: product.outputMatrices.length,
    leftMatrices: table(lowering, product.leftMatrices),
    rightMatrices: table(lowering, product.rightMatrices),
    outputMatrices: table(lowering, product.outputMatrices),
    leftRows: rowsOf(lowering, left.layout, rows),
    outputRows: rowsOf(lowering, output.layout, rows),
    rightRowBytes: 4 * (isTransposed ? depth : columns),
    transposed: isTransposed ? 1 : 0,
    panel: at(lowering.workspace('panel', depth * 32)),
    tap: table(lowering, [0]),
    byLanes: lowering.dots && !lowering.dots.unsigned ? 1 : 0,
    ...clampFields(activation),
  });
  return true;
}

function noBias(lowering: Lowering, columns: number): Address {
  const count = paddedChannels(columns);
  return lowering.shared(`zeros ${count}`, count, () => new Float32Array(count));
}

/** Rows of the left matrices are pixels, the right ones dense. False where left matrices are columns, or there are too many. */
function lowerBatchMatMul(lowering: Lowering, node: Node<'BATCH_MATMUL'>): boolean {
  const [leftValue, rightValue] = node.inputs as [Value, Value];
  const { shape } = node.outputs[0];
  const { adjX, adjY } = node.attributes;
  const batch = shape.slice(0, -2);
  const [rows, columns] = shape.slice(-2);
  const depth = leftValue.shape.at(-1)!;
  const [leftIndices, rightIndices] = [leftValue, rightValue].map((value) => [...broadcastIndices(value.shape.slice(0, -2), batch)]);
  if (adjX || leftIndices.length > maxMatrices) return false;
  const left = anyImage(lowering, leftValue);
  const right = lowering.dense(rightValue);
  const output = lowering.createImage(node.outputs[0]);
  return emitProduct(lowering, {
    ...{ left, right, output, rows, depth, columns, isTransposed: adjY },
    leftMatrices: leftIndices.map((index) => matrixBytes(left.layout, index)),
    rightMatrices: rightIndices.map((index) => index * depth * columns * 4),
    outputMatrices: leftIndices.map((_, index) => matrixBytes(output.layout, index)),
    bias: noBias(lowering, columns),
    activation: 'NONE',
  });
}

/** One product: rows of the weights are columns of the right matrix. */
export function emitComputedWeights(lowering: Lowering, node: Node<'FULLY_CONNECTED'>): true {
  const [, weights, bias] = node.inputs as [Value, Value, Value?];
  const { input: left, columns, channels: depth, outputs } = fullyConnectedLayer(lowering, node);
  const data = bias?.data as Float32Array | undefined;
  const constantBias = () => filled(lowering, 'bias', paddedChannels(outputs), (target) => target.set(data ?? []));
  return emitProduct(lowering, {
    ...{ left, right: lowering.dense(weights), rows: columns.output, depth, columns: outputs, isTransposed: true },
    bias: bias && !data ? origin(lowering.image(bias)) : constantBias(),
    output: lowering.createImage(node.outputs[0]),
    ...{ leftMatrices: [0], rightMatrices: [0], outputMatrices: [0] },
    activation: node.attributes.activation,
  });
}

export const matrixProductEmitters = { BATCH_MATMUL: lowerBatchMatMul };
