// Owns the list of operators that graphs hold as CUSTOM nodes: custom ones, and builtin ones that few networks have.
import type { CustomOperators, ReadExtensions } from '../tflite/read-operator';
import { densified } from '../tflite/read-sparsity';
import { landmarksToMatrix } from './landmarks-to-matrix';
import { lstm } from './lstm';
import { maxPoolingWithArgmax, maxUnpooling } from './max-pooling';
import { posenetDecoder } from './posenet';
import { svdf } from './svdf';
import { transformLandmarks } from './transform-landmarks';
import { transformTensor } from './transform-tensor';

/**
 * Custom ones by the names of `mediapipe/util/tflite/cpu_op_resolver.cc` and of libcoral, `coral/pose_estimation/posenet_decoder_op.h`,
 * builtin ones by those of schema.fbs.
 */
export const customOperators: CustomOperators = {
  MaxPoolingWithArgmax2D: maxPoolingWithArgmax,
  MaxUnpooling2D: maxUnpooling,
  Landmarks2TransformMatrix: landmarksToMatrix,
  TransformTensorBilinear: transformTensor,
  // Version 1 was also registered under this name (transform_tensor_bilinear.cc).
  TransformTensor: transformTensor,
  TransformLandmarks: transformLandmarks,
  PosenetDecoderOp: posenetDecoder,
  UNIDIRECTIONAL_SEQUENCE_LSTM: lstm,
  SVDF: svdf,
};

/** All that files may hold: these operators, and sparse constants. */
export const readExtensions: ReadExtensions = { operators: customOperators, densify: densified };
