// Tests the option relaxedFloat of zeropoint/float: what it runs on and computes, its fallback and refusals, and the relaxed binary from
// outside.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { floatBytes } from '../../src/core/inline-float';
import { type FloatLoadOptions, load, loadSync } from '../../src/float';
import { loadSync as loadDefault, type Model, ModelError } from '../../src/index';
import { ImageClassifier } from '../../src/vision';
import { floatError, floatTolerance, goldenCases, goldenModels, modelFile } from '../models/golden';
import { GraphBuilder } from '../support/build';
import { mixedGraph } from '../support/mixed-graph';
import { enableRelaxedSimd } from '../support/relaxed-simd';
import { hasShared, sharedTest } from '../support/shared';
import { assertClose } from './check';

enableRelaxedSimd();
const path = (name: string) => fileURLToPath(new URL(`../../wasm/${name}`, import.meta.url));
const relaxedText = readFileSync(path('float-relaxed.wat'), 'utf8');
const text = readFileSync(path('float.wat'), 'utf8');
const count = (wat: string, instruction: string) => wat.split(instruction).length - 1;

test('the inlined relaxed binary, made of the float binary and the difference, is the one in wasm/', () => {
  assert.ok(readFileSync(path('float-relaxed.wasm')).equals(floatBytes.relaxed()), 'build again: npm run build -- --core');
});

test('every sum of products is a multiply-add in the relaxed binary, and none is in the other', () => {
  const fused = count(relaxedText, 'f32x4.relaxed_madd');
  assert.is(count(relaxedText, 'relaxed_'), fused);
  assert.is(count(text, 'relaxed_'), 0);
  for (const instruction of ['f32x4.mul', 'f32x4.add']) assert.is(count(text, instruction) - count(relaxedText, instruction), fused);
  // GEMMs of 4 pixels by lanes and by broadcasts, of one pixel and three, two and one panels; depthwise kernels; 4 blocks of sparse pixels.
  assert.ok(fused >= 32 + 8 + 6 + 4 + 2 + 12 + 6 + 1 + 4, `${fused} multiply-adds`);
});

test('the relaxed binary imports and exports what the float binary does, and has no state', () => {
  const surface = (wat: string) => wat.match(/^ \((import|export|global|data|table|elem|start)\b.*$/gm);
  assert.equal(surface(relaxedText), surface(text));
});

/** Outputs on one ramp from -1 to 1. */
function outputsOf(model: Model): Float32Array[] {
  for (const { data } of model.inputs) {
    data.forEach((_, i) => {
      data[i] = (2 * i) / data.length - 1;
    });
  }
  model.run();
  return model.outputs.map(({ data }) => (data as Float32Array).slice());
}

const kernelsOf = ({ operators }: Model) => operators.map(({ kernel }) => kernel);
const expected = outputsOf(loadSync(mixedGraph()));

/** Loads the graph both ways. */
async function loaded(options?: FloatLoadOptions): Promise<Model[]> {
  return [loadSync(mixedGraph(), options), await load(mixedGraph(), options)];
}

test('relaxedFloat: kernels are those of the relaxed binary, outputs are close', async () => {
  for (const model of await loaded({ relaxedFloat: true })) {
    assert.equal(kernelsOf(model), new Array(4).fill('float-relaxed'));
    assert.match(model.toString(), 'kernels: 4 float-relaxed');
    outputsOf(model).forEach((data, i) => {
      assertClose(data, expected[i], 1e-6, `output ${i}`);
    });
  }
});

/** x x - y y, where y y is x x rounded: what a multiply-add that does not round products leaves of it. */
test('products are those of f32x4.relaxed_madd on this engine', () => {
  const b = new GraphBuilder();
  const x = 1 + 2 ** -12;
  const weights = b.constant('float32', [1, 1, 1, 2], [-Math.fround(x * x), x]);
  const attributes = { padding: 'VALID', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'NONE' } as const;
  const graph = b.outputs(...b.node('CONV_2D', attributes, [b.input('float32', [1, 1, 1, 2]), weights, undefined], { dtype: 'float32' }));
  const rest = (options: FloatLoadOptions) => {
    const model = loadSync(graph, options);
    (model.inputs[0].data as Float32Array).set([1, x]);
    model.run();
    return model.outputs[0].data[0];
  };
  assert.is(rest({}), 0);
  assert.is(rest({ relaxedFloat: true }), engineRest(x));
});

/** fma(x, x, -fround(x x)) by a module whose only function is `relaxed_madd(splat(x), splat(x), splat(y))`, lane 0. */
function engineRest(x: number): number {
  // biome-ignore format: one line for the header, one for each section
  const module = new WebAssembly.Module(Uint8Array.of(
    0, 97, 115, 109, 1, 0, 0, 0,
    1, 7, 1, 96, 2, 125, 125, 1, 125, 3, 2, 1, 0,
    7, 5, 1, 1, 102, 0, 0,
    10, 22, 1, 20, 0, 32, 0, 253, 19, 32, 0, 253, 19, 32, 1, 253, 19, 253, 133, 2, 253, 31, 0, 11,
  ));
  const { f } = new WebAssembly.Instance(module).exports as { f: (x: number, y: number) => number };
  return f(x, -Math.fround(x * x));
}

test('without the option, or with false or undefined, every bit is that of the float binary', async () => {
  for (const options of [undefined, {}, { relaxedFloat: false }, { relaxedFloat: undefined }]) {
    for (const model of await loaded(options)) {
      assert.equal(kernelsOf(model), new Array(4).fill('float'));
      assert.equal(outputsOf(model), expected);
    }
  }
});

test('an engine without relaxed SIMD runs the float binary, with its bits', async () => {
  const real = WebAssembly.validate;
  // The probe of relaxed SIMD is the longer one.
  WebAssembly.validate = (bytes) => (bytes as Uint8Array).length < 36 && real(bytes);
  try {
    for (const model of await loaded({ relaxedFloat: true })) {
      assert.equal(kernelsOf(model), new Array(4).fill('float'));
      assert.equal(outputsOf(model), expected);
    }
  } finally {
    WebAssembly.validate = real;
  }
});

/** The message of the bad-argument that `act` ends in. */
async function refusal(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof ModelError && error.code === 'bad-argument', String(error));
    return error.message;
  }
  return assert.unreachable('no error') as never;
}

test('values that are no boolean, and the option of an entry without float binary, are bad arguments', async () => {
  for (const value of [1, 0, null, 'true', {}]) {
    const options = { relaxedFloat: value } as unknown as FloatLoadOptions;
    for (const act of [() => loadSync(mixedGraph(), options), () => load(mixedGraph(), options)]) {
      assert.is(await refusal(act), `relaxedFloat is ${String(value)}; it must be true or false`);
    }
  }
  assert.match(await refusal(() => loadSync(mixedGraph(), { relaxedfloat: true } as never)), 'did you mean relaxedFloat?');
  assert.match(await refusal(() => loadDefault(mixedGraph(), { relaxedFloat: true } as never)), "no option 'relaxedFloat'");
});

test('tasks of zeropoint/vision pass it on', async () => {
  const b = new GraphBuilder();
  const [output] = b.node('SOFTMAX', { beta: 1 }, [b.input('float32', [1, 4])], { dtype: 'float32' });
  const graph = b.outputs(output);
  assert.match(await refusal(() => ImageClassifier.load(graph as never, { relaxedFloat: 2 as never })), 'relaxedFloat is 2');
});

for (const name of hasShared ? goldenModels('float') : []) {
  sharedTest(test, `${name}: golden outputs by relaxed multiply-adds`, () => {
    const model = loadSync(modelFile(name), { relaxedFloat: true });
    assert.ok(kernelsOf(model).includes('float-relaxed'));
    for (const golden of goldenCases(name)) {
      (model.inputs[0].data as Float32Array).set(new Float32Array(golden.input.slice().buffer));
      model.run();
      const error = floatError(
        model.outputs.map(({ data }) => data),
        golden,
      );
      assert.ok(error <= floatTolerance(name), `${name}, ${golden.name}: ${error} of the range`);
    }
  });
}

test.run();
