// Tests functions of int16 codes in the core: over all pairs of parameters, and over all codes.
import { test } from 'uvu';
import { GraphBuilder, quantized } from '../support/build';
import { checkGuarded } from '../support/guard';
import { testFamily } from './families/family';
import { lines, reductions, resize, slopes, softmax } from './families/int16-functions';

testFamily(lines);
testFamily(softmax);
testFamily(reductions);
testFamily(slopes);
testFamily(resize);

const codes = Int16Array.from({ length: 65536 }, (_, i) => i);

test('LOGISTIC, TANH, EXP, LOG, GELU and ABS of every code', () => {
  for (const operator of ['LOGISTIC', 'TANH', 'EXP', 'LOG', 'GELU', 'ABS'] as const) {
    const isSigmoid = operator === 'LOGISTIC' || operator === 'TANH';
    for (const scale of [2 ** -12, 2 ** -11, 2 ** -15, 7e-4, 0.03, 1e-8, 5.3]) {
      const builder = new GraphBuilder();
      const input = builder.input('int16', [256, 256], quantized(scale));
      const output = { dtype: 'int16', quantization: quantized(isSigmoid ? 2 ** -15 : 1e-3) } as const;
      const attributes = operator === 'GELU' ? { approximate: false } : {};
      const graph = builder.outputs(...builder.node(operator, attributes as never, [input], output));
      checkGuarded(graph, [codes], `${operator}, scale ${scale}`);
    }
  }
});

test.run();
