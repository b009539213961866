// Owns what is counted: inferences of one model by one engine, between two marks. Bundled for the emulated Node by inferences.ts.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { load as loadFloat } from '../../src/float';
import { load } from '../../src/index';
import { createLiteRt } from '../peers/litert';
import type { PeerModel } from '../peers/peer';
import { createTfjsTflite } from '../peers/tfjs-tflite';

const [engine, file, runs] = process.argv.slice(2);
const bytes = new Uint8Array(readFileSync(file));
let isa = '';

async function open(): Promise<PeerModel> {
  if (engine === 'LiteRT.js') return (await createLiteRt()).load(bytes);
  if (engine === 'tfjs-tflite') return createTfjsTflite().load(bytes);
  const isFloat = engine === 'zeropoint/float' || engine === 'relaxedFloat';
  const model = isFloat
    ? await loadFloat(bytes, { relaxedFloat: engine === 'relaxedFloat' })
    : await load(bytes, engine === 'simd' ? { isa: 'simd' } : {});
  isa = model.isa;
  const view = ({ data }: { data: unknown }) => ({ data: () => data as Uint8Array });
  return { inputs: model.inputs.map(view), outputs: model.outputs.map(view), run: () => model.run() };
}

const model = await open();
// George Marsaglia, "Xorshift RNGs", 2003: the same bytes for every engine.
let state = 12345;
for (const input of model.inputs) {
  const data = input.data();
  for (let i = 0; i < data.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    data[i] = data instanceof Float32Array ? (state & 255) / 128 - 1 : state & 255;
  }
}
for (let i = 0; i < 2; i++) await model.run();
// Until compilers in the background are done.
await new Promise((done) => setTimeout(done, 300));
process.umask(0o101);
for (let i = 0; i < Number(runs); i++) await model.run();
process.umask(0o102);
const hash = createHash('sha256');
for (const output of model.outputs) {
  const { buffer, byteOffset, byteLength } = output.data();
  hash.update(new Uint8Array(buffer, byteOffset, byteLength));
}
console.log(`${isa} ${hash.digest('hex').slice(0, 16)}`);
process.exit(0);
