// Tests the staging of weights: pieces of any size cover a layer once, fit, and pack to the same panels.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allocateMemory, Core } from '../../src/core/core';
import { inlineCores } from '../../src/core/inline';
import { validate } from '../../src/graph/validate';
import { emitProgram, packWeights } from '../../src/plan/emit';
import { coreBackend } from '../../src/plan/lower';
import { type CoreJob, packingPieces, singleQueue, stagingBytes, stagingDescriptorBytes } from '../../src/plan/pack';
import { makePlan, type Plan } from '../../src/plan/plan';
import { evaluate } from '../../src/reference/run';
import { convolution, GraphBuilder, quantized } from '../support/build';
import { Random } from '../support/random';
import { scratch } from '../support/scratch';

const inputQuantization = quantized(0.05, -3);

/** A convolution whose filters of 3 x 3 x 5 codes make panels of 16, 16 and 8 (40 outputs), or as many as asked for. */
function planOf(outputs: number, groups: number): Plan {
  const builder = new GraphBuilder();
  const random = new Random(outputs);
  const image = builder.input('int8', [1, 4, 4, 5 * groups], inputQuantization);
  const codes = Array.from({ length: outputs * 45 }, () => random.integer(-127, 127));
  const filter = builder.constant('int8', [outputs, 3, 3, 5], codes, quantized(0.01));
  const result = { dtype: 'int8', quantization: quantized(1) } as const;
  const graph = builder.outputs(...builder.node('CONV_2D', convolution, [image, filter, undefined], result));
  validate(graph, { evaluate });
  return makePlan(graph, { backends: [coreBackend], hostOperators: 'forbid', maxBytes: 2 ** 24, scratch });
}

/** The packed bytes when `capacity` bytes can be staged at once. */
function packedBytes(plan: Plan, capacity: number): Uint8Array {
  const bytes = Math.ceil((plan.memory.total + stagingDescriptorBytes + capacity) / 65536) * 65536;
  const linear = allocateMemory(bytes);
  const core = new Core(inlineCores().simd.sync(), linear);
  emitProgram(plan, linear.buffer);
  const memory = { ...plan.memory, arena: stagingDescriptorBytes + capacity };
  packWeights(
    { ...plan, memory },
    linear.buffer,
    singleQueue((address) => core.run(address, 0, 1)),
  );
  const { address, bytes: length } = plan.regions.find(({ kind }) => kind === 'packed')!;
  return new Uint8Array(linear.buffer, address, length);
}

for (const [outputs, groups] of [
  [1, 1],
  [15, 1],
  [16, 1],
  [17, 1],
  [40, 1],
  [100, 1],
  [40, 4],
  [96, 2],
]) {
  test(`${outputs} filters in ${groups} groups pack to the same panels by pieces of 1, 2, .. panels and at once`, () => {
    const plan = planOf(outputs, groups);
    const panelCodes = 16 * 45;
    const whole = packedBytes(plan, outputs * 45);
    assert.ok(whole.some((byte) => byte !== 0));
    for (const capacity of [panelCodes, panelCodes + 1, 2 * panelCodes, 3 * panelCodes - 1]) {
      assert.equal(packedBytes(plan, capacity), whole, `capacity ${capacity}`);
    }
  });
}

test('pieces cover all filters once, in whole panels that fit', () => {
  const [job] = planOf(100, 1).packing as readonly CoreJob[];
  for (const capacity of [720, 721, 1439, 1440, 4000, 4500, 10000]) {
    let next = 0;
    for (const { fields, bytes } of packingPieces(job, capacity)) {
      assert.is(fields.firstOutput, next);
      assert.is(bytes.length, (fields.outputs as number) * 45);
      assert.ok(bytes.length <= capacity, `${bytes.length} bytes in ${capacity}`);
      next += fields.outputs as number;
      assert.ok(next === 100 || next % 16 === 0, `a piece ends at filter ${next}`);
    }
    assert.is(next, 100);
  }
});

test('the staging area holds a descriptor and one panel, or the whole source when it cannot be cut', () => {
  const [job] = planOf(100, 1).packing as readonly CoreJob[];
  assert.is(stagingBytes([]), 0);
  assert.is(stagingBytes([job]), Math.ceil((stagingDescriptorBytes + 720) / 64) * 64);
  assert.is(stagingBytes([{ ...job, panels: undefined }]), Math.ceil((stagingDescriptorBytes + 4500) / 64) * 64);
});

test.run();
