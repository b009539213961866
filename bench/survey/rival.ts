// Owns the peers of the survey on the inputs that a model was given: tfjs-tflite for .tflite files, ONNX Runtime for ONNX files.
import type { Model, Tensor } from '../../src/index';
import type { TensorData } from '../../src/tflite';
import { openOnnx } from '../peers/onnxruntime';
import type { PeerModel } from '../peers/peer';
import { peerVersion } from '../peers/peer';
import { createTfjsTflite } from '../peers/tfjs-tflite';

/** Codes or elements in the order of the model's own outputs; undefined where the peer cannot show them. */
type Results = (ArrayLike<number | bigint> | undefined)[];

/** A peer with a network loaded and its inputs written. */
export interface Rival {
  run(): void | Promise<void>;
  results(): Promise<Results>;
}

interface RivalEngine {
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

/** Elements of [n, ..., c] as [n, c, ...]: the file's order of an image whose channels lie last in the model. */
function channelsFirst(data: TensorData, shape: readonly number[]): { shape: readonly number[]; data: Float32Array } {
  const [images, channels] = [shape[0], shape[shape.length - 1]];
  const pixels = data.length / (images * channels);
  const moved = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const [channel, pixel, image] = [i % channels, Math.floor(i / channels) % pixels, Math.floor(i / (channels * pixels))];
    moved[(image * channels + channel) * pixels + pixel] = Number(data[i]);
  }
  return { shape: [images, channels, ...shape.slice(1, -1)], data: moved };
}

/** A tensor as the file has it; integers stay integers of 64 bits. */
function onnxTensor({ shape, data }: Tensor) {
  if (shape.length === 4) return channelsFirst(data, shape);
  return { shape, data: data instanceof BigInt64Array ? data : Float32Array.from(data as ArrayLike<number>) };
}

export const onnxRuntime = (): RivalEngine => ({
  name: `onnxruntime-web ${peerVersion('onnxruntime-web')}`,
  async open(bytes, model) {
    const session = await openOnnx(bytes, new Map(model.inputs.map((input) => [input.name, onnxTensor(input)])));
    return {
      run: async () => {
        await session.run();
      },
      async results() {
        const outputs = await session.run();
        return model.outputs.map(({ name, shape }) => {
          const found = outputs.get(name);
          return found && shape.length === 4 ? channelsLast(found.data, shape) : found?.data;
        });
      },
    };
  },
});

/** The inverse of channelsFirst: elements of [n, c, ...] in the order of [n, ..., c], which is `shape`. */
function channelsLast(data: Float64Array, shape: readonly number[]): Float64Array {
  const channels = shape[shape.length - 1];
  const pixels = data.length / (shape[0] * channels);
  return data.map((_, i) => {
    const [channel, pixel, image] = [i % channels, Math.floor(i / channels) % pixels, Math.floor(i / (channels * pixels))];
    return data[(image * channels + channel) * pixels + pixel];
  });
}
