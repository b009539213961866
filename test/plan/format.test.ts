// Tests that a format can be added beside the two that exist: a backend of a test gives the planner a third one.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../../src/graph/validate';
import { imageFields, origin, strides } from '../../src/plan/fields';
import type { Format } from '../../src/plan/format';
import { centred, core } from '../../src/plan/formats/centred';
import { coreBackend } from '../../src/plan/lower';
import type { Backend } from '../../src/plan/lowering';
import { makePlan } from '../../src/plan/plan';
import { evaluate } from '../../src/reference/run';
import { convolution, GraphBuilder, quantized } from '../support/build';
import { scratch } from '../support/scratch';

const unused = () => {
  throw new Error('not for an int8 image');
};

/** int8 scratch, made of the centred image whenever a kernel reads it; no value has it as its own format. */
const int8: Format = {
  name: 'int8',
  binary: core,
  elementBytes: 1,
  multipliesPadding: true,
  denseIsImage: false,
  represents: () => false,
  sameElements: unused,
  fill(emitter, value, image) {
    const source = emitter.image(value, centred);
    const { layout } = image;
    emitter.emit(core, 'Uncenter', {
      ...{ input: origin(source), output: origin(image), ...imageFields(layout), channels: layout.channels },
      ...{ ...strides('input', source.layout), zeroPoint: 0 },
    });
  },
  fillConstant: unused,
  toDense: unused,
  read: unused,
};

/** A backend whose only kernel is RELU, on int8 images of its input. */
const narrow: Backend = {
  format: int8,
  lowerings: {
    RELU(lowering, node) {
      const input = lowering.image(node.inputs[0]!, int8);
      lowering.image(node.inputs[0]!, int8);
      const output = lowering.createImage(node.outputs[0]);
      lowering.emit(core, 'Clear', {
        ...{ output: origin(output), images: 1, rows: 1, imageBytes: 0, rowBytes: input.layout.rowBytes },
        ...{ topBytes: 0, bottomBytes: 0, leftBytes: 0, rightBytes: 0 },
      });
      return 'narrow';
    },
  },
};

test('a kernel on a third format: its image is made of the centred one, once, with the border and elements of the new format', () => {
  const builder = new GraphBuilder();
  const quantization = quantized(0.5);
  const result = { dtype: 'int8', quantization } as const;
  const input = builder.input('int8', [1, 4, 6, 8], quantization);
  const filter = builder.constant('int8', [8, 3, 3, 8], [1, 2, 3], quantized(0.01));
  const [sum] = builder.node('CONV_2D', { ...convolution, padding: 'SAME' }, [input, filter, undefined], result);
  const [positive] = builder.node('RELU', {}, [input], result);
  const graph = builder.outputs(positive, sum);
  validate(graph, { evaluate });
  const plan = makePlan(graph, { backends: [narrow, coreBackend], hostOperators: 'forbid', maxBytes: 2 ** 24, scratch });
  assert.equal(
    plan.nodes.map(({ kernel }) => kernel),
    ['convolution 3x3', 'narrow'],
  );
  const operators = plan.steps.map((step) => step.kind === 'core' && step.operator);
  assert.equal(operators, ['Clear', 'Center', 'Convolution', 'Uncenter', 'Clear', 'Uncenter', 'Clear', 'Uncenter']);
  // One border, 3x3 SAME, in both formats: (4 + 2) x (6 + 2) pixels of 8 channels, of two bytes and of one.
  const bytes = plan.regions.filter(({ name }) => name === input.name).map((region) => region.bytes);
  assert.equal(bytes, [768, 384]);
});

test.run();
