// Owns the lowering of BATCH_MATMUL: a GEMM for every matrix, whose columns are packed as weights in every run.
import { elementCount, type Node, type Value } from '../../graph/graph';
import { pointAxis } from '../../graph/window';
import { matMulMultiplier } from '../../quant/operator-multipliers';
import { scalesOf, zeroPointOf } from '../../quant/params';
import { broadcastIndices } from '../../reference/broadcast';
import { all8Bit } from '../formats/centred';
import { type Layout, makeLayout } from '../layout';
import type { Lowering } from '../lowering';
import { emitMove } from '../move';
import { at } from '../region';
import type { Image } from '../step';
import { ComputedGemm } from './computed-gemm';

/** Each is three descriptors. */
const maxMatrices = 256;

/** Matrix `index` of an image: its rows are pixels. */
function matrixOf({ region, layout }: Image, index: number): Image {
  const { rows, imageBytes, rowBytes } = layout;
  const origin = layout.origin + Math.floor(index / rows) * imageBytes + (index % rows) * rowBytes;
  return { region, layout: { ...layout, images: 1, rows: 1, origin } };
}

/** A matrix whose rows and columns change places, in memory of its own. */
function transposed(lowering: Lowering, { region, layout }: Image): Image {
  const shape = { images: 1, rows: 1, columns: layout.channels, channels: layout.columns };
  const target: Layout = makeLayout(shape, layout.elementBytes);
  const image = { region: lowering.workspace('transposed', target.bytes), layout: target };
  const { elementBytes, pixelBytes } = layout;
  emitMove(lowering, elementBytes, at(region, layout.origin), at(image.region), [
    { count: shape.columns, input: elementBytes, output: target.pixelBytes },
    { count: shape.channels, input: pixelBytes, output: elementBytes },
  ]);
  return image;
}

export function lowerBatchMatMul(lowering: Lowering, node: Node<'BATCH_MATMUL'>): string | undefined {
  const [a, b] = node.inputs as Value[];
  const [output] = node.outputs;
  const { adjX, adjY } = node.attributes;
  const batches = output.shape.slice(0, -2);
  const [rows, columns] = output.shape.slice(-2);
  const depth = a.shape.at(adjX ? -2 : -1)!;
  const matrices = elementCount(batches);
  if (!all8Bit([a, b, output]) || matrices > maxMatrices || elementCount(output.shape) * depth === 0) return undefined;
  const { multiplier, shift } = matMulMultiplier(...scalesOf(node));
  const gemm = new ComputedGemm(
    lowering,
    { value: b, zeroPoint: zeroPointOf(b) },
    {
      value: output,
      activation: 'NONE',
      multiplier: new Int32Array(columns).fill(multiplier),
      shift: new Int32Array(columns).fill(shift),
      bias: new Int32Array(columns),
    },
    a,
    depth,
  );
  const codes = lowering.dense(b);
  const source = lowering.image(a);
  const target = lowering.createImage(output);
  const layer = {
    ...{
      outputs: columns,
      channels: depth,
      groups: 1,
      outputStride: adjY ? depth : 1,
      positionStride: 0,
      channelStride: adjY ? 1 : columns,
    },
  };
  const isOne = elementCount(b.shape.slice(0, -2)) === 1;
  if (isOne && !adjX && source.layout.rows === target.layout.rows) {
    const lines = { rows: pointAxis(source.layout.rows), columns: pointAxis(rows) };
    gemm.emit({ ...layer, ...lines, input: source }, codes, target);
    return 'batch matmul';
  }
  const [ofA, ofB] = [a, b].map(({ shape }) => broadcastIndices(shape.slice(0, -2), batches));
  for (let i = 0; i < matrices; i++) {
    const matrix = matrixOf(source, ofA[i]);
    const input = adjX ? transposed(lowering, matrix) : matrix;
    const place = at(codes.region, codes.offset + ofB[i] * depth * columns);
    gemm.emit({ ...layer, rows: pointAxis(1), columns: pointAxis(rows), input }, place, matrixOf(target, i));
  }
  return 'batch matmul';
}
