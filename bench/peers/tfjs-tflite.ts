// Owns running @tensorflow/tfjs-tflite (TFLite with XNNPACK, SIMD build, one thread) in Node, without its browser loader.
import { readFileSync } from 'node:fs';
import { evaluateScript, type Peer, type PeerData, type PeerModel, peerPath, peerVersion } from './peer';

interface TensorInfo {
  data(): PeerData;
}

interface Vector<T> {
  size(): number;
  get(index: number): T;
}

interface Runner {
  GetInputs(): Vector<TensorInfo>;
  GetOutputs(): Vector<TensorInfo>;
  Infer(): boolean;
}

interface WebApi {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  TFLiteWebModelRunner: {
    CreateFromBufferAndOptions(
      pointer: number,
      length: number,
      options: object,
    ): { ok(): boolean; errorMessage(): string; value(): Runner };
  };
}

const list = <T>(vector: Vector<T>): T[] => Array.from({ length: vector.size() }, (_, i) => vector.get(i));

async function instantiate(): Promise<WebApi> {
  const script = peerPath('@tensorflow/tfjs-tflite/wasm/tflite_web_api_cc_simd.js');
  const factory = evaluateScript<(options: object) => Promise<WebApi>>(script, 'tflite_web_api_ModuleFactory');
  const quiet = () => {};
  return factory({ wasmBinary: readFileSync(script.replace(/js$/, 'wasm')), print: quiet, printErr: quiet });
}

/** Every model gets an instance of its own: a refused model may leave its heap corrupt, and memory is not given back. */
export function createTfjsTflite(): Peer {
  return {
    name: `tfjs-tflite ${peerVersion('@tensorflow/tfjs-tflite')}`,
    async load(bytes: Uint8Array): Promise<PeerModel> {
      const api = await instantiate();
      const pointer = api._malloc(bytes.length);
      api.HEAPU8.set(bytes, pointer);
      const options = { numThreads: 1, enableProfiling: false, maxProfilingBufferEntries: 1024 };
      const created = api.TFLiteWebModelRunner.CreateFromBufferAndOptions(pointer, bytes.length, options);
      if (!created.ok()) throw new Error(created.errorMessage());
      const runner = created.value();
      return {
        inputs: list(runner.GetInputs()),
        outputs: list(runner.GetOutputs()),
        run() {
          if (!runner.Infer()) throw new Error('Infer() failed');
        },
      };
    },
  };
}
