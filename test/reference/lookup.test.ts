// Owns the tests of lookup tables: entry i is what the kernel computes for the code it stands for.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lookupTable } from '../../src/reference/code-functions';
import { evaluate } from '../../src/reference/run';
import { GraphBuilder, quantized } from '../support/build';

const operators = ['LOGISTIC', 'TANH', 'EXP', 'HARD_SWISH', 'RELU', 'RELU6', 'RELU_N1_TO_1', 'LEAKY_RELU', 'QUANTIZE'] as const;
const more = ['RELU_0_TO_1', 'GELU', 'ELU', 'LOG', 'ABS'] as const;

for (const type of [...operators, ...more]) {
  for (const dtype of ['int8', 'uint8'] as const) {
    test(`${type} ${dtype}: the table equals the kernel on all 256 codes`, () => {
      const lowest = dtype === 'int8' ? -128 : 0;
      const builder = new GraphBuilder();
      const input = builder.input(dtype, [256], quantized(0.05, lowest + 100));
      const attributes = type === 'LEAKY_RELU' ? { alpha: 0.3 } : { approximate: true };
      const output = { dtype, shape: [256], quantization: quantized(0.04, lowest + 90) };
      builder.node(type, attributes as never, [input], output);
      const [node] = builder.graph.nodes;
      assert.is(node.type, type);
      const codes = dtype === 'int8' ? new Int8Array(256) : new Uint8Array(256);
      const outputs = codes.slice();
      codes.forEach((_, i) => {
        codes[i] = lowest + i;
      });
      evaluate(node, [codes], [outputs]);
      assert.equal([...lookupTable(node as never)], [...outputs]);
    });
  }
}

test('int8 RELU with equal quantization: entry 0 is for code -128, entry 255 for 127', () => {
  const builder = new GraphBuilder();
  builder.node('RELU', {}, [builder.input('int8', [1], quantized(1))], { dtype: 'int8', shape: [1], quantization: quantized(1) });
  const table = lookupTable(builder.graph.nodes[0] as never);
  assert.equal([table[0], table[128], table[129], table[255]], [0, 0, 1, 127]);
});

test.run();
