// Owns what every environment computes with the installed package, by the language and WebAssembly alone: outputs as plain numbers.
import { load, loadSync } from 'zeropoint';
import { KeywordSpotter } from 'zeropoint/audio';
import { loadSync as loadFloatSync } from 'zeropoint/float';
import { mobilenetV1 } from 'zeropoint/mobilenet';
import { ImageClassifier } from 'zeropoint/vision';
// tools/demo/digits.tflite, a float network, as a module.
import { digits } from './digits.mjs';
// Built models: mobilenetV1 needs TextEncoder, which AudioWorklets lack.
import { int8, tones, uint8 } from './models.mjs';

/** The outputs of a run on a pattern of inputs. */
function run(model) {
  for (const { data } of model.inputs) for (let i = 0; i < data.length; i++) data[i] = (37 * i) % 251;
  model.run();
  return model.outputs.flatMap(({ data }) => [...data]);
}

const picture = { data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => 91 * i), width: 32, height: 32, channels: 3 };

/** Silence of half a second, then 500 Hz, at 48000 Hz; rounded, since sines may differ in their last bits. */
const sound = Int16Array.from({ length: 60000 }, (_, i) => (i < 24000 ? 0 : Math.round(16000 * Math.sin((Math.PI * i) / 48))));

/** By entry and way to load: 8-bit networks, a float one on the float binary, the classes of a picture, the keywords of a sound. */
export async function outputs() {
  const classifier = await ImageClassifier.load(uint8);
  const spotter = await KeywordSpotter.load(tones, { sampleRate: 48000, averageWindow: 100 });
  return {
    loadSync: [run(loadSync(uint8)), run(loadSync(int8))],
    load: [run(await load(uint8)), run(await load(int8))],
    float: run(loadFloatSync(digits)),
    vision: classifier.classify(picture).map(({ index, score }) => [index, score]),
    keywords: spotter.process(sound),
    scores: [...spotter.scores],
    builds: typeof TextEncoder === 'function' ? mobilenetV1({ alpha: 0.25, resolution: 32, classes: 10 }).length : uint8.length,
  };
}
