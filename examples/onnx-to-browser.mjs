// From a float ONNX file to a page that runs it: node onnx-to-browser.mjs MODEL.onnx PICTURES FOLDER [PRESET]
// PICTURES is a folder of pictures like those to come, best with a folder for each class, whose names become labels; FOLDER becomes a static
// site. (npm install zeropoint @zeropoint/tools)
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadFloat, openDataset, presets, quantizeModel, readFloatFile } from '@zeropoint/tools';

const [file, pictures, folder, preset = 'unit'] = process.argv.slice(2);
const graph = await readFloatFile(file);
const { inputs } = loadFloat(await readFloatFile(file));
const data = await openDataset(pictures, { inputs, preprocessing: presets[preset] });
const { bytes, ranges } = await quantizeModel(graph, data);

const here = import.meta.dirname;
const runtime = fileURLToPath(new URL('.', import.meta.resolve('zeropoint')));
await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'model.tflite'), bytes);
await cp(join(here, 'classify.html'), join(folder, 'index.html'));
for (const name of ['classify-worker.mjs', 'pages.css']) await cp(join(here, name), join(folder, name));
await cp(runtime, join(folder, 'node_modules/zeropoint/dist'), { recursive: true });
const { length } = await readFile(file);
console.log(`${file}: ${length} bytes of float32; ${folder}/model.tflite: ${bytes.length} bytes, calibrated on ${ranges.samples} pictures`);
console.log(`${folder} is a static site: npx serve ${folder}`);
