// Owns the check of data movement, conversion and detection kernels against the golden cases of stock TensorFlow Lite.
import { test } from 'uvu';
import { allocate, elementCount } from '../../src/graph/graph';
import { argKernels } from '../../src/reference/arg';
import { concatenationKernels } from '../../src/reference/concatenation';
import { detectionKernels } from '../../src/reference/detection';
import type { ReferenceKernel, ReferenceKernels } from '../../src/reference/kernel';
import { padKernels } from '../../src/reference/pad';
import { quantizeKernels } from '../../src/reference/quantize';
import { resizeKernels } from '../../src/reference/resize';
import { sliceKernels } from '../../src/reference/slice';
import { assertSameData } from '../support/equal';
import { sharedTest } from '../support/shared';
import { caseNode, describeCase, loadVectors, operatorOf } from '../support/vectors';

const files: Record<string, ReferenceKernels> = {
  'arg_max_int8.json': argKernels,
  'concat_int8.json': concatenationKernels,
  'concat_uint8.json': concatenationKernels,
  'dequantize.json': quantizeKernels,
  'detection_postprocess.json': detectionKernels,
  'detection_postprocess_uint8.json': detectionKernels,
  'pad_int8.json': padKernels,
  'pad_uint8.json': padKernels,
  'quantize.json': quantizeKernels,
  'resize_bilinear_int8.json': resizeKernels,
  'resize_bilinear_uint8.json': resizeKernels,
  'resize_nearest_int8.json': resizeKernels,
  'resize_nearest_uint8.json': resizeKernels,
  'strided_slice_int8.json': sliceKernels,
};

for (const [file, kernels] of Object.entries(files)) {
  sharedTest(test, `${file}: every output is bit-exact`, () => {
    loadVectors(file).forEach((vectorCase, index) => {
      const type = operatorOf(file, vectorCase);
      const { node, inputs, expected } = caseNode(type, vectorCase);
      const outputs = node.outputs.map((output) => allocate(output.dtype, elementCount(output.shape)));
      (kernels[type] as ReferenceKernel<typeof type>)(node, inputs, outputs);
      outputs.forEach((output, i) => {
        assertSameData(output, expected[i], `output ${i} of ${describeCase(file, index, vectorCase)}`);
      });
    });
  });
}

test.run();
