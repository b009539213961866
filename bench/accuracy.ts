// Owns the comparison of accuracy on labelled pictures: ours beside tfjs-tflite, on the same pixels.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { preprocess, presets } from '../src/image';
import { load } from '../src/index';
import { labelOffset, rankOf } from '../src/tasks';
import { decodeImage } from '../tools/images/decode';
import { renderTable } from '../tools/report/table';
import { describeMachine, modelName } from './peers/engines';
import type { Peer, PeerModel } from './peers/peer';
import { createTfjsTflite } from './peers/tfjs-tflite';
import { createZeropoint } from './peers/zeropoint';

const shared = join(import.meta.dirname, '../../shared');
const defaultModels = [
  'mobilenet_v1_0.25_128_quant',
  'mobilenet_v1_0.25_224_quant',
  'mobilenet_v1_0.75_192_quant',
  'mobilenet_v1_1.0_224_quant_embedding_extractor+mobilenet_quant_v1_224_head_layers',
  'mobilenet_v2_1.0_224_quant',
  'tf2_mobilenet_v2_1.0_224_ptq',
].map((chain) => chain.replace(/[^+]+/g, (name) => join(shared, 'models', `${name}.tflite`)));

interface Picture {
  path: string;
  /** 0..999, the 1000 classes of ILSVRC in the order of their WordNet ids. */
  class: number;
}

/** labels.csv beside the pictures: file,wnid,class_index with one head line. */
function readPictures(folder: string, count: number): Picture[] {
  const lines = readFileSync(join(folder, 'labels.csv'), 'utf8').trim().split('\n').slice(1);
  return lines.slice(0, count).map((line) => {
    const fields = line.trim().split(',');
    return { path: join(folder, fields[0]), class: Number(fields[2]) };
  });
}

/** Models run one after the other, each on the first output of the one before. */
async function loadChain(engine: Peer, files: readonly Uint8Array[]): Promise<PeerModel> {
  const links: PeerModel[] = [];
  for (const bytes of files) links.push(await engine.load(bytes));
  return {
    inputs: links[0].inputs,
    outputs: links[links.length - 1].outputs,
    async run() {
      for (const [i, link] of links.entries()) {
        if (i > 0) link.inputs[0].data().set(links[i - 1].outputs[0].data());
        await link.run();
      }
    },
  };
}

/** Shares of pictures, per engine: [top-1, top-5]; and of those on which both engines agree in their best class. */
async function measure(engines: readonly Peer[], chain: string, pictures: readonly Picture[]) {
  const files = chain.split('+').map((path) => new Uint8Array(readFileSync(path)));
  const first = await load(files[0]);
  const [input] = first.inputs;
  const models: PeerModel[] = [];
  for (const engine of engines) models.push(await loadChain(engine, files));
  const hits = engines.map(() => [0, 0]);
  let agreed = 0;
  for (const picture of pictures) {
    preprocess(await decodeImage(new Uint8Array(readFileSync(picture.path)), picture.path), presets.inception, input, input.data);
    const best: number[] = [];
    for (const [i, model] of models.entries()) {
      model.inputs[0].data().set(input.data as Uint8Array);
      await model.run();
      const scores = model.outputs[0].data();
      const rank = rankOf(scores, picture.class + labelOffset(scores.length));
      if (rank < 1) hits[i][0]++;
      if (rank < 5) hits[i][1]++;
      best.push((scores as Uint8Array).indexOf(Math.max(...scores)));
    }
    if (best.every((index) => index === best[0])) agreed++;
  }
  first.dispose();
  const share = (count: number): string => `${((100 * count) / pictures.length).toFixed(1)} %`;
  return [...hits.flat(), agreed].map(share);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { images: { type: 'string', default: join(shared, 'images/imagenet') }, count: { type: 'string', default: '1000000' } },
});
const pictures = readPictures(values.images, Number(values.count));
const engines = [createZeropoint(), createTfjsTflite()];
const rows: string[][] = [];
for (const chain of positionals.length > 0 ? positionals : defaultModels) {
  const names = chain.split('+').map(modelName);
  rows.push([names.join(' + '), ...(await measure(engines, chain, pictures))]);
}
const heads = [...engines.flatMap(({ name }) => [`${name} top-1`, 'top-5']), 'same top-1'];
const terminal = { colors: pc.createColors(process.stdout.isTTY === true) };
console.log(renderTable([{ head: 'model' }, ...heads.map((head) => ({ head, align: 'right' as const }))], rows, terminal));
console.log(`${pictures.length} pictures of ${values.images}, central 87.5 %, antialiased bilinear; ${describeMachine()}`);
