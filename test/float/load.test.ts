// Tests zeropoint/float as its users see it: host operators among core ones, constants as outputs, and the binary from outside.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { floatBytes } from '../../src/core/inline-float';
import { loadFloat } from '../../tools/model/float-model';
import { convolution, GraphBuilder, perChannel, quantized } from '../support/build';
import { mixedGraph } from '../support/mixed-graph';
import { checkGraph } from './check';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const brotliLimit = 13 * 1024;

test('host operators among core ones: every value and output as the reference kernels compute it', () =>
  checkGraph(mixedGraph(), 0, 'mixed graph'));

test('quantized layers in a float graph run on the host', () => {
  const b = new GraphBuilder();
  const quantization = quantized(1 / 16);
  const weights = b.constant('int8', [4, 1, 1, 4], [3, -5, 7], perChannel([0.1, 0.2, 0.3, 0.4], 0));
  const [codes] = b.node('QUANTIZE', {}, [b.input('float32', [1, 2, 2, 4])], { dtype: 'int8', quantization });
  const [sums] = b.node(
    'CONV_2D',
    convolution,
    [
      codes,
      weights,
      b.constant(
        'int32',
        [4],
        [1],
        perChannel(
          [0.1, 0.2, 0.3, 0.4].map((s) => s / 16),
          0,
        ),
      ),
    ],
    { dtype: 'int8', quantization },
  );
  const [reals] = b.node('DEQUANTIZE', {}, [sums], { dtype: 'float32' });
  const [output] = b.node('RELU', {}, [reals], { dtype: 'float32' });
  checkGraph(b.outputs(output), 0, 'QUANTIZE, CONV_2D, DEQUANTIZE, RELU');
});

test('a constant and an input may be outputs', () => {
  const b = new GraphBuilder();
  const constant = b.constant('float32', [3], [1, 2, 3]);
  const input = b.input('float32', [2]);
  const model = loadFloat(b.outputs(constant, input));
  assert.equal(model.run([Float32Array.of(4, 5)]), [Float32Array.of(1, 2, 3), Float32Array.of(4, 5)]);
});

test('the inlined binary is the one in wasm/, imports the memory and has no state', () => {
  const bytes = readFileSync(path('wasm/float.wasm'));
  assert.ok(bytes.equals(floatBytes.simd()), 'build again: npm run build -- --core');
  const module = new WebAssembly.Module(bytes);
  assert.equal(WebAssembly.Module.imports(module), [{ module: 'env', name: 'memory', kind: 'memory' }]);
  assert.equal(
    WebAssembly.Module.exports(module).map(({ name, kind }) => `${name} ${kind}`),
    ['abiVersion function', 'run function', 'memory memory'],
  );
  const compressed = brotliCompressSync(bytes).length;
  console.log(`  float.wasm: ${bytes.length} bytes, ${compressed} with brotli`);
  assert.ok(compressed <= brotliLimit, `${compressed} bytes`);
});

test('the default entry carries nothing of the float core', async () => {
  const { metafile } = await build({
    entryPoints: [path('src/index.ts')],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
  });
  assert.equal(
    Object.keys(metafile.inputs).filter((file) => /float(-wasm|\.ts|\/)/.test(file)),
    [],
  );
});

test.run();
