// Tests which steps a region is alive in.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Node } from '../../src/graph/graph';
import { core } from '../../src/plan/formats/centred';
import { regionLifetimes } from '../../src/plan/lifetimes';
import { at, Regions } from '../../src/plan/region';
import type { Step } from '../../src/plan/step';

const regions = new Regions(2 ** 20);
const [input, middle, result, unused] = ['input', 'middle', 'result', 'unused'].map((name, i) => regions.arena(name, 64 * (i + 1)));
const node = { type: 'TRANSPOSE', id: 0, attributes: {}, inputs: [], outputs: [], version: 1 } as unknown as Node;
const constant = new Int32Array(2);
const descriptor = { kind: 'core', binary: core, shape: core.operators.Copy, node } as const;

/** input -> middle (by the core), nothing, middle -> result (by the host, with a constant that is no region). */
const steps: Step[] = [
  { ...descriptor, operator: 'Copy', fields: { rows: 3, input: at(input), output: at(middle, 32) } },
  { ...descriptor, operator: 'Clear', fields: { rows: 3 } },
  { kind: 'host', node, inputs: [at(middle), constant, undefined], outputs: [at(result)] },
];
const all = [input, middle, result, unused];

test('a region lives from the first step that reads or writes it to the last; one that no step does lives through all', () => {
  assert.equal(regionLifetimes(all, steps), [
    { bytes: 64, begin: 0, end: 1 },
    { bytes: 128, begin: 0, end: 3 },
    { bytes: 192, begin: 2, end: 3 },
    { bytes: 256, begin: 0, end: 4 },
  ]);
});

test('a pinned region lives through all steps', () => {
  input.pinned = true;
  assert.equal(regionLifetimes([input], steps), [{ bytes: 64, begin: 0, end: 4 }]);
  input.pinned = false;
});

test.run();
