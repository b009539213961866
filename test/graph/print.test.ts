// Tests the text dump: what it contains, that equal graphs print equal, and that every difference shows.
import { crc32 } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../src/graph/graph';
import { printGraph } from '../../src/graph/print';
import { convolution, GraphBuilder, perChannel, quantized } from '../support/build';

function graph(): Graph {
  const builder = new GraphBuilder();
  const data = builder.input('int8', [1, 4, 4, 1], quantized(0.5, -3));
  const filter = builder.constant('int8', [2, 3, 3, 1], [1, 2, 3], perChannel([0.5, 0.25], 0));
  const attributes = { ...convolution, padding: { top: 1, bottom: 0, left: 1, right: 0 } };
  const [output] = builder.node('CONV_2D', attributes, [data, filter, undefined], { dtype: 'int8', quantization: quantized(1) });
  const result = builder.outputs(output);
  result.signatures.push({ key: 'serving', inputs: [{ name: 'x', value: data }], outputs: [{ name: 'y', value: output }] });
  result.metadata.push({ name: 'note', data: new TextEncoder().encode('hello') });
  result.trailer = Uint8Array.of(1, 2, 3);
  return result;
}

test('the dump of a small graph', () => {
  const weights = Uint8Array.from({ length: 18 }, (_, i) => (i % 3) + 1);
  // The oracle is zlib's own.
  const crc = (bytes: Uint8Array) => crc32(bytes).toString(16).padStart(8, '0');
  assert.is(
    printGraph(graph()),
    `graph "hand-built" ""
value %0 int8[1,4,4,1] "t0" scale [0.5] zeroPoint [-3] axis 0
value %1 int8[2,3,3,1] "t1" scale [0.5,0.25] zeroPoint [0,0] axis 0 constant 18 bytes crc32 ${crc(weights)}
value %2 int8[] "t2" scale [1] zeroPoint [0] axis 0
inputs %0
outputs %2
node #0 CONV_2D v1 activation=NONE dilationH=1 dilationW=1 padding={bottom:0,left:1,right:0,top:1} strideH=1 strideW=1 (%0 %1 none) -> %2
signature "serving" ("x"=%0) -> "y"=%2
metadata "note" 5 bytes crc32 3610a686
trailer 3 bytes crc32 ${crc(Uint8Array.of(1, 2, 3))}
`,
  );
});

test('the order of values and of attribute keys does not show', () => {
  const other = graph();
  other.values.reverse();
  const { attributes } = other.nodes[0];
  other.nodes[0].attributes = Object.fromEntries(Object.entries(attributes).reverse()) as never;
  assert.is(printGraph(other), printGraph(graph()));
});

const changes: Record<string, (graph: Graph) => void> = {
  'graph name': (g) => Object.assign(g, { name: 'other' }),
  description: (g) => Object.assign(g, { description: 'other' }),
  'value name': (g) => Object.assign(g.values[0], { name: 'other' }),
  dtype: (g) => Object.assign(g.values[0], { dtype: 'uint8' }),
  shape: (g) => Object.assign(g.values[0], { shape: [1, 4, 4, 2] }),
  'shape signature': (g) => Object.assign(g.values[0], { shapeSignature: [-1, 4, 4, 1] }),
  scale: (g) => Object.assign(g.values[0], { quantization: quantized(0.25, -3) }),
  range: (g) => Object.assign(g.values[0], { quantization: { ...g.values[0].quantization, min: [0], max: [1] } }),
  variable: (g) => Object.assign(g.values[0], { isVariable: true }),
  'one weight': (g) => Object.assign(g.values[1].data as Int8Array, { 4: 99 }),
  attribute: (g) => Object.assign(g.nodes[0].attributes, { strideH: 2 }),
  version: (g) => Object.assign(g.nodes[0], { version: 2 }),
  'node inputs': (g) => g.nodes[0].inputs.pop(),
  outputs: (g) => g.outputs.pop(),
  signature: (g) => Object.assign(g.signatures[0], { key: 'other' }),
  metadata: (g) => Object.assign(g.metadata[0], { data: Uint8Array.of(104) }),
  trailer: (g) => Object.assign(g, { trailer: Uint8Array.of(1, 2) }),
};
for (const [what, change] of Object.entries(changes)) {
  test(`a changed ${what} shows`, () => {
    const other = graph();
    change(other);
    assert.is.not(printGraph(other), printGraph(graph()));
  });
}

test('names cannot imitate other lines', () => {
  const other = graph();
  other.values[0].name = 'a"\nvalue %9';
  assert.match(printGraph(other), '"a\\"\\nvalue %9"');
});

test.run();
