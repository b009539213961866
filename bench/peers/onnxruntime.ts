// Owns ONNX Runtime (its WebAssembly build) as a peer for ONNX files: the runtime that quantized ones are made for.
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { peerPath } from './peer';

/** What is used of onnxruntime-web. */
interface Runtime {
  env: { wasm: { numThreads: number } };
  Tensor: new (type: string, data: ArrayLike<number>, shape: readonly number[]) => unknown;
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

/**
 * Runs an ONNX file once on one thread and returns every output's elements. `optimized`: with ONNX Runtime's own quantized kernels, which
 * QDQ files are fused into; else every node is executed as it is written.
 */
export async function runOnnx(bytes: Uint8Array, inputs: readonly OnnxInput[], optimized: boolean): Promise<ArrayLike<number>[]> {
  const path = peerPath('onnxruntime-web', 'dist', 'ort.node.min.mjs');
  const { env, Tensor, InferenceSession } = (await import(pathToFileURL(path).href)) as Runtime;
  env.wasm.numThreads = 1;
  const session = await InferenceSession.create(bytes, { graphOptimizationLevel: optimized ? 'all' : 'disabled', logSeverityLevel: 3 });
  const feeds = Object.fromEntries(
    session.inputNames.map((name, i) => [name, new Tensor(inputs[i].type, inputs[i].data, inputs[i].shape)]),
  );
  const results = await session.run(feeds);
  const outputs = session.outputNames.map((name) => results[name].data);
  await session.release();
  return outputs;
}
