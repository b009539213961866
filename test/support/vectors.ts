// Owns reading the golden cases per operator: JSON -> nodes over values, with inputs and expected outputs as typed arrays.
import { readFileSync } from 'node:fs';
import type { DType, Node, OperatorAttributes, OperatorType, TensorData, Value } from '../../src/graph/graph';
import { allocate, elementCount } from '../../src/graph/graph';
import { sharedPath } from './shared';

interface VectorTensor {
  type: DType;
  shape: number[];
  scale?: number[];
  zero_point?: number[];
  quantized_dimension?: number;
  data: number[];
}

/** One case of a file; `params` holds the operator's options in the file's spelling. */
export interface VectorCase {
  // biome-ignore lint/suspicious/noExplicitAny: the keys differ per operator and are read by the table below only
  params: any;
  inputs: VectorTensor[];
  outputs: VectorTensor[];
}

/** A case made ready to run: `inputs` for the node's inputs, `expected` for its outputs. */
export interface VectorNode {
  node: Node;
  inputs: TensorData[];
  expected: TensorData[];
}

/** All cases of a file in the folder of vectors, as `add_int8.json`. */
export function loadVectors(file: string): VectorCase[] {
  return JSON.parse(readFileSync(sharedPath('vectors', file), 'utf8')).cases;
}

/** A table of primitives.json: rows of arguments and, last, results. */
export function loadPrimitives(table: string): number[][] {
  return JSON.parse(readFileSync(sharedPath('vectors', 'primitives.json'), 'utf8'))[table];
}

const operators: Record<string, OperatorType> = {
  add: 'ADD',
  arg_max: 'ARG_MAX',
  avg_pool: 'AVERAGE_POOL_2D',
  concat: 'CONCATENATION',
  conv2d: 'CONV_2D',
  depthwise_conv2d: 'DEPTHWISE_CONV_2D',
  dequantize: 'DEQUANTIZE',
  detection_postprocess: 'TFLite_Detection_PostProcess',
  fully_connected: 'FULLY_CONNECTED',
  hard_swish: 'HARD_SWISH',
  l2norm: 'L2_NORMALIZATION',
  leaky_relu: 'LEAKY_RELU',
  logistic: 'LOGISTIC',
  max_pool: 'MAX_POOL_2D',
  mean: 'MEAN',
  mul: 'MUL',
  prelu: 'PRELU',
  quantize: 'QUANTIZE',
  resize_bilinear: 'RESIZE_BILINEAR',
  resize_nearest: 'RESIZE_NEAREST_NEIGHBOR',
  softmax: 'SOFTMAX',
  strided_slice: 'STRIDED_SLICE',
  sub: 'SUB',
  tanh: 'TANH',
  transpose_conv: 'TRANSPOSE_CONV',
};

/** The operator of one case of `file`; files of PAD and RELU mix several. */
export function operatorOf(file: string, vectorCase: VectorCase): OperatorType {
  return vectorCase.params.kind ?? operators[file.replace(/(_u?int8)?\.json$/, '')];
}

type Attributes = { [T in OperatorType]?: (params: VectorCase['params']) => OperatorAttributes[T] };

const activation: Attributes['ADD'] = (p) => ({ activation: p.activation });
const resize: Attributes['RESIZE_BILINEAR'] = (p) => ({ alignCorners: p.align_corners, halfPixelCenters: p.half_pixel_centers });
const window = (p: VectorCase['params']) => ({
  padding: p.padding,
  strideH: p.stride_h,
  strideW: p.stride_w,
  activation: p.activation,
});
const pool: Attributes['MAX_POOL_2D'] = (p) => ({ ...window(p), filterH: p.filter_h, filterW: p.filter_w });

const attributes: Attributes = {
  ADD: activation,
  SUB: activation,
  MUL: activation,
  L2_NORMALIZATION: activation,
  CONV_2D: (p) => ({ ...window(p), dilationH: p.dilation_h, dilationW: p.dilation_w }),
  DEPTHWISE_CONV_2D: (p) => ({
    ...window(p),
    dilationH: p.dilation_h,
    dilationW: p.dilation_w,
    depthMultiplier: p.depth_multiplier,
  }),
  TRANSPOSE_CONV: window,
  FULLY_CONNECTED: (p) => ({ activation: p.activation, keepNumDims: p.keep_num_dims }),
  AVERAGE_POOL_2D: pool,
  MAX_POOL_2D: pool,
  MEAN: (p) => ({ keepDims: p.keep_dims }),
  SOFTMAX: (p) => ({ beta: Math.fround(p.beta) }),
  LEAKY_RELU: (p) => ({ alpha: Math.fround(p.alpha) }),
  CONCATENATION: (p) => ({ axis: p.axis, activation: p.activation }),
  STRIDED_SLICE: (p) => ({
    beginMask: p.begin_mask,
    endMask: p.end_mask,
    ellipsisMask: p.ellipsis_mask,
    newAxisMask: p.new_axis_mask,
    shrinkAxisMask: p.shrink_axis_mask,
    offset: p.offset,
  }),
  MIRROR_PAD: (p) => ({ mode: p.mode }),
  RESIZE_BILINEAR: resize,
  RESIZE_NEAREST_NEIGHBOR: resize,
  ARG_MAX: (p) => ({ outputType: p.output_type }),
  TFLite_Detection_PostProcess: (p) => ({
    maxDetections: p.max_detections,
    maxClassesPerDetection: p.max_classes_per_detection,
    detectionsPerClass: p.detections_per_class ?? 100,
    useRegularNms: p.use_regular_nms ?? false,
    nmsScoreThreshold: Math.fround(p.nms_score_threshold),
    nmsIouThreshold: Math.fround(p.nms_iou_threshold),
    numClasses: p.num_classes,
    yScale: p.y_scale,
    xScale: p.x_scale,
    hScale: p.h_scale,
    wScale: p.w_scale,
    customOptions: Uint8Array.from(p.flexbuffer ?? []),
  }),
};

function value(id: number, tensor: VectorTensor): Value {
  const { type, shape, scale, zero_point, quantized_dimension } = tensor;
  return {
    id,
    name: `t${id}`,
    dtype: type,
    shape,
    quantization: scale?.length
      ? { scale: scale.map(Math.fround), zeroPoint: zero_point ?? scale.map(() => 0), axis: quantized_dimension ?? 0 }
      : undefined,
  };
}

function elements(tensor: VectorTensor): TensorData {
  const data = allocate(tensor.type, elementCount(tensor.shape));
  for (let i = 0; i < data.length; i++) data[i] = tensor.type === 'int64' ? BigInt(tensor.data[i]) : tensor.data[i];
  return data;
}

/** The node of one case: scales rounded to float32, shapes and quantization of the outputs from the case. */
export function caseNode(type: OperatorType, vectorCase: VectorCase): VectorNode {
  const { params, inputs, outputs } = vectorCase;
  const node = {
    type,
    id: 0,
    attributes: attributes[type]?.(params) ?? {},
    inputs: inputs.map((tensor, i) => value(i, tensor)),
    outputs: outputs.map((tensor, i) => value(inputs.length + i, tensor)),
    version: 1,
  } as Node;
  return { node, inputs: inputs.map(elements), expected: outputs.map(elements) };
}

/** Everything that reproduces a case in one line, for messages. */
export function describeCase(file: string, index: number, vectorCase: VectorCase): string {
  const tensors = (list: VectorTensor[]) =>
    list.map((t) => `${t.type}[${t.shape}]${t.scale ? ` scale ${t.scale} zeroPoint ${t.zero_point}` : ''}`).join(', ');
  const { flexbuffer: _, ...params } = vectorCase.params;
  return `${file} case ${index} ${JSON.stringify(params)} (${tensors(vectorCase.inputs)}) -> ${tensors(vectorCase.outputs)}`;
}
