// Owns networks that tell two tones apart, with weights made by hand, and the sound of these tones.
import { frontendPresets, MicroFrontend } from '../../src/audio/micro-frontend';
import { recordedEntry } from '../../src/metadata/recorded';
import { writeModel } from '../../src/tflite';
import { GraphBuilder, quantized } from './build';

export const toneLabels = ['silence', 'low', 'high'];
/** Hz of the two tones. */
export const tones = { low: 500, high: 2500 } as const;
export type Tone = keyof typeof tones;

export interface Stretch {
  readonly tone?: Tone;
  readonly seconds: number;
}

/** Sine waves at half the range, and silence, one after the other. */
export function toneSound(sampleRate: number, ...stretches: readonly Stretch[]): Float32Array {
  const parts = stretches.map(({ tone, seconds }) =>
    Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) =>
      tone ? 0.5 * Math.sin((2 * Math.PI * tones[tone] * i) / sampleRate) : 0,
    ),
  );
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** The feature that is largest in a tone. */
function channelOf(tone: Tone): number {
  const [frame] = new MicroFrontend(frontendPresets.microSpeech).process(toneSound(16000, { tone, seconds: 0.03 }));
  return frame.indexOf(Math.max(...frame));
}

const channels = frontendPresets.microSpeech.numChannels;
/** Of features in training: 0 to 26 in 256 codes. */
const inputQuantization = quantized(26 / 256, -128);

/**
 * int8 [1, frames, 40] -> int8 [1, 3]: SOFTMAX of the labels' logits, of which a tone's is twice the mean, over the frames, of the feature at its
 * channel less that at the other's, minus 8, and silence's is 0. The labels are recorded in the file.
 */
export function toneNetwork(frames = 10): Uint8Array {
  const g = new GraphBuilder();
  const [low, high] = [channelOf('low'), channelOf('high')];
  const weights = Array.from({ length: toneLabels.length * frames * channels }, (_, i) => {
    const [label, channel] = [toneLabels[Math.floor(i / (frames * channels))], i % channels];
    if (label === 'silence' || (channel !== low && channel !== high)) return 0;
    return (channel === low) === (label === 'low') ? 100 : -100;
  });
  const weightScale = 2 / 100 / frames;
  const logits = g.node(
    'FULLY_CONNECTED',
    { activation: 'NONE', keepNumDims: false },
    [
      g.input('int8', [1, frames, channels], inputQuantization),
      g.constant('int8', [toneLabels.length, frames * channels], weights, quantized(weightScale)),
      g.constant(
        'int32',
        [toneLabels.length],
        [0, -8, -8].map((x) => Math.round(x / (26 / 256) / weightScale)),
        quantized((26 / 256) * weightScale),
      ),
    ],
    { dtype: 'int8', shape: [1, toneLabels.length], quantization: quantized(0.25) },
  );
  const scores = g.node('SOFTMAX', { beta: 1 }, logits, {
    dtype: 'int8',
    shape: [1, toneLabels.length],
    quantization: quantized(1 / 256, -128),
  });
  const graph = g.outputs(...scores);
  graph.metadata.push(recordedEntry({ labels: toneLabels }));
  return writeModel(graph);
}

/**
 * float32 [1, 3, 40] -> float32 [1, 1], one logit, with a state of one element: the state grows by 1 in every run whose newest frame has the
 * low tone, else becomes 0, and the logit is 4 * state - 10. A network that is fed frame by frame.
 */
export function streamingToneNetwork(): Uint8Array {
  const g = new GraphBuilder();
  const low = channelOf('low');
  const input = g.input('float32', [1, 3, channels]);
  const state = g.input('float32', [1, 1]);
  const flat = { dtype: 'float32', shape: [1, 1] } as const;
  const row = Array.from({ length: 3 * channels }, (_, i) => (i === 2 * channels + low ? 1 : 0));
  // 1 where the feature is above 6, 0 where it is below 5.
  const [level] = g.node(
    'FULLY_CONNECTED',
    { activation: 'RELU_N1_TO_1', keepNumDims: false },
    [input, g.constant('float32', [1, 3 * channels], row), g.constant('float32', [1], [-5])],
    flat,
  );
  const [present] = g.node('RELU', {}, [level], flat);
  const [next] = g.node('ADD', { activation: 'NONE' }, [state, present], flat);
  const [kept] = g.node('MUL', { activation: 'NONE' }, [next, present], flat);
  const [scaled] = g.node('MUL', { activation: 'NONE' }, [kept, g.constant('float32', [1], [4])], flat);
  const [logit] = g.node('SUB', { activation: 'NONE' }, [scaled, g.constant('float32', [1], [10])], flat);
  const graph = g.outputs(logit, kept);
  graph.states = [{ name: 'stream/count', input: state, output: kept }];
  return writeModel(graph);
}
