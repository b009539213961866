// Owns ONNX Runtime (its WebAssembly build) as a peer for ONNX files: the runtime that quantized ones are made for.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { peerPath } from './peer';

/** What is used of onnxruntime-web. */
interface Runtime {
  env: { wasm: { numThreads: number } };
  Tensor: new (type: string, data: ArrayLike<number | bigint>, shape: readonly number[]) => unknown;
  InferenceSession: {
    create(
      bytes: Uint8Array,
      options: object,
    ): Promise<{
      inputNames: readonly string[];
      outputNames: readonly string[];
      run(feeds: Record<string, unknown>): Promise<Record<string, { data: ArrayLike<number>; dims: readonly number[] }>>;
      release(): Promise<void>;
    }>;
  };
}

export interface OnnxInput {
  type: 'float32' | 'uint8' | 'int8';
  data: Float32Array | Uint8Array | Int8Array;
  shape: readonly number[];
}

export function hasOnnxRuntime(): boolean {
  return existsSync(peerPath('onnxruntime-web'));
}

async function loadRuntime(): Promise<Runtime> {
  const path = peerPath('onnxruntime-web', 'dist', 'ort.node.min.mjs');
  const runtime = (await import(pathToFileURL(path).href)) as Runtime;
  runtime.env.wasm.numThreads = 1;
  return runtime;
}

/**
 * Runs an ONNX file once on one thread and returns every output's elements. `optimized`: with ONNX Runtime's own quantized kernels, which
 * QDQ files are fused into; else every node is executed as it is written.
 */
export async function runOnnx(bytes: Uint8Array, inputs: readonly OnnxInput[], optimized: boolean): Promise<ArrayLike<number>[]> {
  const { Tensor, InferenceSession } = await loadRuntime();
  const session = await InferenceSession.create(bytes, { graphOptimizationLevel: optimized ? 'all' : 'disabled', logSeverityLevel: 3 });
  const feeds = Object.fromEntries(
    session.inputNames.map((name, i) => [name, new Tensor(inputs[i].type, inputs[i].data, inputs[i].shape)]),
  );
  const results = await session.run(feeds);
  const outputs = session.outputNames.map((name) => results[name].data);
  await session.release();
  return outputs;
}

/** A tensor by its shape in the file; integers of 64 bits are BigInts. */
export interface OnnxTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** Outputs by name, as numbers. */
export type OnnxOutputs = Map<string, { shape: readonly number[]; data: Float64Array }>;

/** A network with its inputs, to be run again and again. */
export interface OnnxSession {
  run(): Promise<OnnxOutputs>;
  release(): Promise<void>;
}

/** Opens an ONNX network on one thread; `files` are those of its external data, by their paths. */
export async function openOnnx(
  bytes: Uint8Array,
  inputs: ReadonlyMap<string, OnnxTensor>,
  files: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<OnnxSession> {
  const { Tensor, InferenceSession } = await loadRuntime();
  const externalData = [...files].map(([path, data]) => ({ path, data }));
  const session = await InferenceSession.create(bytes, { externalData, logSeverityLevel: 3 });
  const feeds = Object.fromEntries(
    [...inputs].map(([name, { shape, data }]) => [name, new Tensor(data instanceof BigInt64Array ? 'int64' : 'float32', data, shape)]),
  );
  return {
    async run() {
      const results = await session.run(feeds);
      return new Map(
        Object.entries(results).map(([name, { dims, data }]) => [name, { shape: dims, data: Float64Array.from(data, Number) }]),
      );
    },
    release: () => session.release(),
  };
}

/** The outputs of an ONNX network, run once. */
export async function runOnnxRuntime(...opened: Parameters<typeof openOnnx>): Promise<OnnxOutputs> {
  const session = await openOnnx(...opened);
  try {
    return await session.run();
  } finally {
    await session.release();
  }
}
