// Owns the peers of the survey on the inputs that a model was given: tfjs-tflite for .tflite files, ONNX Runtime for ONNX files.
import type { Model, Tensor } from '../../src/index';
import type { ImportOptions } from '../../tools/import/options';
import { type OnnxTensor, openOnnx } from '../peers/onnxruntime';
import { type PeerModel, peerVersion } from '../peers/peer';
import { createTfjsTflite } from '../peers/tfjs-tflite';

/** Codes or elements in the order of the model's own outputs; undefined where the peer cannot show them. */
type Results = (ArrayLike<number | bigint> | undefined)[];

/** A peer with a network loaded and its inputs written. */
export interface Rival {
  run(): void | Promise<void>;
  results(): Promise<Results>;
}

export interface RivalEngine {
  readonly name: string;
  /** Throws with the engine's own words where it refuses the network. */
  open(bytes: Uint8Array, model: Model): Promise<Rival>;
}

export const tfjsTflite = (): RivalEngine => {
  const engine = createTfjsTflite();
  return {
    name: engine.name,
    async open(bytes, model) {
      // It reads variables as zeros, or outside its memory.
      if (model.states.length > 0) throw new Error('the model keeps a state, which the peer does not');
      const peer: PeerModel = await engine.load(bytes);
      for (const [i, input] of peer.inputs.entries()) input.data().set(model.inputs[i].data as never);
      return {
        run: () => peer.run(),
        // It has no arrays of int64.
        results: async () => peer.outputs.map((output) => (ArrayBuffer.isView(output.data()) ? output.data().slice() : undefined)),
      };
    },
  };
};

/** Row-major elements over [a, b, c] as over [a, c, b]. */
function swapped(data: ArrayLike<number | bigint>, a: number, b: number, c: number): Float64Array {
  const moved = new Float64Array(a * b * c);
  for (let i = 0; i < moved.length; i++) {
    const [inner, middle, outer] = [i % c, Math.floor(i / c) % b, Math.floor(i / (b * c))];
    moved[(outer * c + inner) * b + middle] = Number(data[i]);
  }
  return moved;
}

/** Images, pixels and channels of a shape with the channels last. */
function sizesOf(shape: readonly number[]): { images: number; pixels: number; channels: number } {
  const [images, channels] = [shape[0], shape[shape.length - 1]];
  return { images, pixels: shape.slice(1, -1).reduce((product, size) => product * size, 1), channels };
}

/** A tensor as the file has it; integers stay integers of 64 bits. */
function onnxTensor({ shape, data }: Tensor) {
  if (shape.length === 4) {
    const { images, pixels, channels } = sizesOf(shape);
    return { shape: [images, channels, ...shape.slice(1, -1)], data: Float32Array.from(swapped(data, images, pixels, channels)) };
  }
  return { shape, data: data instanceof BigInt64Array ? data : Float32Array.from(data as ArrayLike<number>) };
}

/** An input that the import made constant, of int64 as ONNX has sizes and rates; a single element is a scalar. */
function constantTensor(elements: number | readonly number[]): OnnxTensor {
  const data = BigInt64Array.from([elements].flat(), BigInt);
  return { shape: data.length === 1 ? [] : [data.length], data };
}

/** `constants` are those that the import was given. */
export const onnxRuntime = (constants: ImportOptions['constants'] = {}): RivalEngine => ({
  name: `onnxruntime-web ${peerVersion('onnxruntime-web')}`,
  async open(bytes, model) {
    const inputs = model.inputs.map((input): [string, OnnxTensor] => [input.name, onnxTensor(input)]);
    const fixed = Object.entries(constants).map(([name, elements]): [string, OnnxTensor] => [name, constantTensor(elements)]);
    const session = await openOnnx(bytes, new Map([...inputs, ...fixed]));
    return {
      run: async () => {
        await session.run();
      },
      async results() {
        const outputs = await session.run();
        return model.outputs.map(({ name, shape }) => {
          const found = outputs.get(name);
          if (!found || shape.length !== 4) return found?.data;
          const { images, pixels, channels } = sizesOf(shape);
          return swapped(found.data, images, channels, pixels);
        });
      },
    };
  },
});
