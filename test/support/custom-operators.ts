// Owns custom operators for tests: their attributes from options, and a small graph of each.
import { Account } from '../../src/account';
import { customOperators } from '../../src/custom';
import type { DType, Graph, OperatorAttributes } from '../../src/graph/graph';
import { GraphBuilder, quantized } from './build';
import { type FlexEntry, flexMap, structOptions } from './flex';

interface CustomCase {
  readonly version?: number;
  readonly inputs: number;
  readonly options?: Uint8Array;
}

/** The attributes of a CUSTOM node, as the reader makes them. */
export function customAttributes(
  name: string,
  { version = 1, inputs, options = new Uint8Array() }: CustomCase,
): OperatorAttributes['CUSTOM'] {
  const account = new Account(options.length);
  return { operator: customOperators[name]({ options, version, inputs, where: `${name} #0`, account }), customOptions: options };
}

export const posenetOptions: readonly FlexEntry[] = [
  ['max_detections', 3],
  ['nms_radius', 20.5],
  ['score_threshold', 0.5],
  ['stride', 16],
];

export const matrixOptions: readonly FlexEntry[] = [
  ['left_rotation_idx', 0],
  ['output_height', 4],
  ['output_width', 5],
  ['right_rotation_idx', 1],
  ['scale_x', 1.5],
  ['scale_y', 1.25],
  ['subset_idxs', [0, 1, 2]],
  ['target_rotation_radians', 0],
];

export const firstMatrixOptions: readonly FlexEntry[] = [
  ['bbox_size_multiplier', 1.5],
  ['dimensions', 3],
  ['input_hw', [9, 9]],
  ['landmarks_range', 8],
  ['left_rotation_idx', 0],
  ['output_hw', [5, 5]],
  ['right_rotation_idx', 1],
  ['subset', [0, 1, 2]],
];

interface Example {
  readonly name: string;
  readonly version: number;
  readonly options?: Uint8Array;
  readonly dtype?: DType;
  readonly shapes: readonly (readonly number[])[];
  readonly outputs?: number;
}

const examples: readonly Example[] = [
  { name: 'MaxPoolingWithArgmax2D', version: 1, options: structOptions(1, 2, 2, 3, 3, 1), shapes: [[1, 5, 5, 2]], outputs: 2 },
  {
    name: 'MaxUnpooling2D',
    version: 1,
    options: structOptions(2, 2, 2, 2, 2, 0),
    shapes: [
      [1, 3, 3, 2],
      [1, 3, 3, 2],
    ],
  },
  { name: 'Landmarks2TransformMatrix', version: 1, options: flexMap(firstMatrixOptions), shapes: [[1, 1, 1, 9]] },
  { name: 'Landmarks2TransformMatrix', version: 2, options: flexMap(matrixOptions), shapes: [[1, 3, 3]] },
  {
    name: 'TransformTensorBilinear',
    version: 1,
    options: flexMap([
      ['mode', 'bilinear'],
      ['output_size', [2, 3]],
    ]),
    shapes: [
      [1, 4, 4, 2],
      [1, 4, 4],
    ],
  },
  {
    name: 'TransformTensorBilinear',
    version: 2,
    options: flexMap([
      ['output_height', 2],
      ['output_width', 3],
    ]),
    shapes: [
      [1, 4, 4, 2],
      [1, 4, 4],
    ],
  },
  {
    name: 'TransformLandmarks',
    version: 1,
    options: flexMap([
      ['dimensions', 3],
      ['scale', 2],
    ]),
    shapes: [
      [1, 1, 1, 6],
      [1, 4, 4],
    ],
  },
  {
    name: 'TransformLandmarks',
    version: 2,
    shapes: [
      [1, 3, 2],
      [1, 4, 4],
    ],
  },
  {
    name: 'PosenetDecoderOp',
    version: 1,
    options: flexMap(posenetOptions),
    dtype: 'uint8',
    shapes: [17, 34, 64, 34].map((channels) => [1, 3, 3, channels]),
    outputs: 5,
  },
];

/** One graph for each operator and version, by name and version. */
export function customModels(): Map<string, Graph> {
  return new Map(
    examples.map(({ name, version, options, dtype = 'float32', shapes, outputs = 1 }) => {
      const builder = new GraphBuilder();
      const inputs = shapes.map((shape) => builder.input(dtype, shape, dtype === 'uint8' ? quantized(0.25, 128) : undefined));
      const attributes = customAttributes(name, { version, inputs: inputs.length, options });
      const results = Array.from({ length: outputs }, () => ({ dtype: 'float32' }) as const);
      const graph = builder.outputs(...builder.node('CUSTOM', attributes, inputs, ...results));
      graph.nodes[0].version = version;
      return [`${name} ${version}`, graph];
    }),
  );
}
