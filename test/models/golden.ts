// Owns the golden runs of whole models (stock TFLite reference kernels): reading them, and checking a run against them.
import { readdirSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { TensorData } from '../../src/graph/graph';
import { viewAs } from '../../src/graph/graph';
import type { Model } from '../../src/index';
import { loadReference, type Reference } from '../../src/reference';
import { sharedPath } from '../support/shared';

/** One tensor that an operator computed. `dtype` is in capitals, `tensor` the index in the file, `crc32` hexadecimal. */
interface GoldenTensor {
  readonly tensor: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly scale?: number;
  readonly zero_point?: number;
  readonly crc32: string;
}

interface GoldenOperator {
  readonly op: number;
  readonly builtin: string;
  readonly outputs: readonly GoldenTensor[];
}

/** One input of a model with everything computed from it. */
export interface GoldenCase {
  readonly model: string;
  readonly name: string;
  readonly input: Uint8Array;
  readonly outputs: readonly Uint8Array[];
  readonly operators: readonly GoldenOperator[];
}

/** Models with golden runs: those that compute in 8 bits, or the float ones. */
export function goldenModels(kind: 'quantized' | 'float'): string[] {
  return readdirSync(sharedPath('golden')).filter((name) => name.endsWith('_float') === (kind === 'float'));
}

export function modelFile(model: string): Uint8Array {
  return readFileSync(sharedPath('models', `${model}.tflite`));
}

/** All cases of a model, by name. */
export function goldenCases(model: string): GoldenCase[] {
  const files = readdirSync(sharedPath('golden', model));
  const read = (file: string) => new Uint8Array(readFileSync(sharedPath('golden', model, file)));
  const names = files.flatMap((file) => /^input_(.*)\.bin$/.exec(file)?.[1] ?? []);
  return names.map((name) => {
    const outputs = files.filter((file) => new RegExp(`^output_${name}_\\d+\\.bin$`).test(file)).sort();
    const trace = JSON.parse(readFileSync(sharedPath('golden', model, `trace_${name}.json`), 'utf8'));
    return { model, name, input: read(`input_${name}.bin`), outputs: outputs.map(read), operators: trace.ops };
  });
}

/** The bytes of any elements. */
export function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The golden input as elements of a reference model's input. */
function elementsFor(reference: Reference, { input }: GoldenCase): TensorData {
  const { dtype } = reference.inputs[0];
  const buffer = input.slice().buffer;
  return viewAs(dtype, buffer, 0, input.length / viewAs(dtype, buffer, 0, 0).BYTES_PER_ELEMENT);
}

function differing(actual: Uint8Array, expected: Uint8Array): number {
  let count = Math.abs(actual.length - expected.length);
  for (let i = 0; i < Math.min(actual.length, expected.length); i++) if (actual[i] !== expected[i]) count++;
  return count;
}

function assertSameOutputs(actual: readonly TensorData[], { model, name, outputs }: GoldenCase): void {
  if (actual.length !== outputs.length) throw new Error(`${model}, ${name}: ${actual.length} outputs, expected ${outputs.length}`);
  actual.forEach((data, i) => {
    const count = differing(bytesOf(data), outputs[i]);
    if (count > 0) throw new Error(`${model}, ${name}: output ${i} differs in ${count} of ${outputs[i].length} bytes`);
  });
}

/** What is wrong with a tensor; undefined when everything is as in the trace. */
function mismatch(
  golden: GoldenTensor,
  actual: { shape: readonly number[]; dtype: string; scale?: number; zeroPoint?: number },
  data: TensorData,
) {
  const crc = crc32(bytesOf(data)).toString(16).padStart(8, '0');
  if (crc !== golden.crc32) return `CRC-32 ${crc}, expected ${golden.crc32}`;
  if (actual.dtype.toUpperCase() !== golden.dtype) return `dtype ${actual.dtype}, expected ${golden.dtype}`;
  if (`${actual.shape}` !== `${golden.shape}`) return `shape [${actual.shape}], expected [${golden.shape}]`;
  const { scale, zero_point } = golden;
  // The trace prints 0 and 0 for tensors without quantization, and scales with 9 digits.
  if (scale && (Math.fround(scale) !== actual.scale || zero_point !== actual.zeroPoint)) {
    return `scale ${actual.scale}, zero point ${actual.zeroPoint}, expected ${scale}, ${zero_point}`;
  }
  return undefined;
}

function divergence({ model, name }: GoldenCase, operator: GoldenOperator, tensor: GoldenTensor, what: string): Error {
  const place = `${operator.builtin} #${operator.op}, tensor ${tensor.tensor} '${tensor.name}' [${tensor.shape}]`;
  return new Error(`${model}, ${name}: the first operator that diverges is ${place}: ${what}`);
}

/** Outputs and every operator of one run through the reference kernels, on the graph as it is in the file. */
export function checkReference(reference: Reference, golden: GoldenCase): void {
  const seen = new Map<number, string | undefined>();
  const expected = new Map(golden.operators.flatMap(({ outputs }) => outputs.map((tensor) => [tensor.tensor, tensor])));
  const outputs = reference.run([elementsFor(reference, golden)], ({ id, shape, dtype, quantization }, data) => {
    const tensor = expected.get(id);
    const [scale, zeroPoint] = [quantization?.scale[0], quantization?.zeroPoint[0]];
    if (tensor) seen.set(id, mismatch(tensor, { shape, dtype, scale, zeroPoint }, data));
  });
  for (const operator of golden.operators) {
    for (const tensor of operator.outputs) {
      const what = seen.has(tensor.tensor) ? seen.get(tensor.tensor) : 'was never computed';
      if (what) throw divergence(golden, operator, tensor, what);
    }
  }
  assertSameOutputs(outputs, golden);
}

/** Outputs of one run of a loaded model. */
export function checkRun(model: Model, golden: GoldenCase): void {
  bytesOf(model.inputs[0].data).set(golden.input);
  model.run();
  assertSameOutputs(
    model.outputs.map(({ data }) => data),
    golden,
  );
}

/** Outputs of one run on all cases at once, each of which must have the output of its own run. `model` is loaded for this batch. */
export function checkBatch(model: Model, cases: readonly GoldenCase[]): void {
  const input = bytesOf(model.inputs[0].data);
  cases.forEach((golden, image) => {
    input.set(golden.input, image * golden.input.length);
  });
  model.run();
  cases.forEach((golden, image) => {
    const outputs = model.outputs.map(({ data }) => {
      const bytes = bytesOf(data);
      return bytes.subarray((image * bytes.length) / cases.length, ((image + 1) * bytes.length) / cases.length);
    });
    assertSameOutputs(outputs, { ...golden, name: `image ${image} of a batch of ${cases.length}, ${golden.name}` });
  });
}

/** Every operator of one traced run of a loaded model but those whose result a pass removed; returns the names of these. */
export function checkTrace(model: Model, golden: GoldenCase): string[] {
  bytesOf(model.inputs[0].data).set(golden.input);
  const expected = new Map(golden.operators.flatMap(({ outputs }) => outputs.map((tensor) => [tensor.name, tensor])));
  const seen = new Map<string, { what: string | undefined; data: TensorData }>();
  model.trace((info, data) => {
    const tensor = expected.get(info.name);
    if (!tensor) throw new Error(`${golden.model}: the trace shows '${info.name}', which the file's operators do not compute`);
    const what = mismatch(tensor, info, data);
    seen.set(info.name, { what, data: what ? data : new Uint8Array(0) });
  });
  const removed: string[] = [];
  for (const operator of golden.operators) {
    for (const tensor of operator.outputs) {
      const shown = seen.get(tensor.name);
      if (!shown) removed.push(`${operator.builtin} #${operator.op}`);
      else if (shown.what) throw divergence(golden, operator, tensor, `${shown.what}${countAgainstReference(golden, tensor, shown.data)}`);
    }
  }
  return removed;
}

/** How many bytes of a diverging tensor are wrong, which only the reference kernels can tell. */
function countAgainstReference(golden: GoldenCase, { tensor }: GoldenTensor, data: TensorData): string {
  const reference = loadReference(modelFile(golden.model));
  let text = '';
  reference.run([elementsFor(reference, golden)], (value, expected) => {
    if (value.id === tensor) text = `; ${differing(bytesOf(data), bytesOf(expected))} of ${expected.byteLength} bytes differ`;
  });
  return text;
}

/** Largest difference of float outputs, as a fraction of the range of the golden output. */
export function floatError(outputs: readonly TensorData[], golden: GoldenCase): number {
  return Math.max(
    ...golden.outputs.map((bytes, i) => {
      const expected = new Float32Array(bytes.slice().buffer);
      const range = Math.max(...expected) - Math.min(...expected);
      const actual = outputs[i] as Float32Array;
      if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
      return expected.reduce((worst, value, k) => Math.max(worst, Math.abs(value - actual[k])), 0) / range;
    }),
  );
}

/** The same of one run through the reference kernels. */
export function referenceFloatError(reference: Reference, golden: GoldenCase): number {
  return floatError(reference.run([elementsFor(reference, golden)]), golden);
}

/** The same of one run of a loaded model. */
export function runFloatError(model: Model, golden: GoldenCase): number {
  bytesOf(model.inputs[0].data).set(golden.input);
  model.run();
  return floatError(
    model.outputs.map(({ data }) => data),
    golden,
  );
}

/** Allowed difference of float outputs as a fraction of their range: what another order of summation costs. */
export function floatTolerance(model: string): number {
  // Its hidden layers are wide and its outputs nearly cancel.
  return model === 'ad01_float' ? 1e-4 : 1e-5;
}
