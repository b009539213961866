// Owns running @litertjs/core (LiteRT with XNNPACK, relaxed SIMD where the engine has it, one thread) in Node.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { evaluateScript, type Peer, type PeerData, type PeerModel, peerPath, peerVersion } from './peer';

interface LiteRtTensor {
  toTypedArray(): PeerData;
  delete(): void;
}

interface CompiledModel {
  getInputDetails(): { dtype: string; shape: Int32Array }[];
  getOutputDetails(): { dtype: string; shape: Int32Array }[];
  run(inputs: LiteRtTensor[]): Promise<LiteRtTensor[]>;
}

interface LiteRtPackage {
  loadLiteRt(path: string): Promise<{ loadAndCompile(bytes: Uint8Array, options: object): Promise<CompiledModel> }>;
  Tensor: new (data: PeerData, shape: Int32Array) => LiteRtTensor;
}

const arrays: Record<string, { new (length: number): PeerData }> = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };

function zeros({ dtype, shape }: { dtype: string; shape: Int32Array }): PeerData {
  return new arrays[dtype](shape.reduce((count, dimension) => count * dimension, 1));
}

/**
 * The package loads itself by importScripts into `self`: both exist while it does, and are gone afterwards.
 * It looks for WebGPU without being asked and complains on the console; the console is deaf meanwhile.
 */
async function start(): Promise<{
  engine: Awaited<ReturnType<LiteRtPackage['loadLiteRt']>>;
  Tensor: LiteRtPackage['Tensor'];
  build: string;
}> {
  const scope = globalThis as unknown as Record<string, unknown>;
  let build = '';
  const { warn } = console;
  console.warn = () => {};
  scope.self = globalThis;
  scope.importScripts = (path: string) => {
    build = path.includes('compat') ? 'SIMD' : 'relaxed SIMD';
    scope.ModuleFactory = evaluateScript(path, 'ModuleFactory');
    scope.Module = { wasmBinary: readFileSync(path.replace(/js$/, 'wasm')), print: () => {}, printErr: () => {} };
  };
  try {
    const { loadLiteRt, Tensor }: LiteRtPackage = await import(pathToFileURL(peerPath('@litertjs/core/dist/index.js')).href);
    return { engine: await loadLiteRt(peerPath('@litertjs/core/wasm')), Tensor, build };
  } finally {
    delete scope.importScripts;
    delete scope.self;
    console.warn = warn;
  }
}

/** Inputs are copied into the engine and outputs out of it by every run: it offers no views, and its users pay the same. */
export async function createLiteRt(): Promise<Peer> {
  const { engine, Tensor, build } = await start();
  return {
    name: `LiteRT.js ${peerVersion('@litertjs/core')} (${build})`,
    async load(bytes: Uint8Array): Promise<PeerModel> {
      const model = await engine.loadAndCompile(bytes, { accelerator: 'wasm', cpuOptions: { numThreads: 1 } });
      const details = model.getInputDetails();
      const inputs = details.map(zeros);
      const outputs = model.getOutputDetails().map(zeros);
      return {
        inputs: inputs.map((data) => ({ data: () => data })),
        outputs: outputs.map((_, i) => ({ data: () => outputs[i] })),
        async run() {
          const tensors = inputs.map((data, i) => new Tensor(data, details[i].shape));
          const results = await model.run(tensors);
          results.forEach((result, i) => {
            outputs[i] = result.toTypedArray();
            result.delete();
          });
          for (const tensor of tensors) tensor.delete();
        },
      };
    },
  };
}
