// From a float ONNX file to a page that runs it: node onnx-to-browser.mjs MODEL.onnx PICTURES FOLDER [PRESET [LABELS.txt]]
// PICTURES is a folder of 100 or so pictures like those to come; LABELS has the name of a class on each line; FOLDER becomes a static site.
// (npm install zeropoint @zeropoint/tools)
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadFloat, openDataset, presets, quantizeModel, readFloatFile } from '@zeropoint/tools';

const [file, pictures, folder, preset = 'unit', labels] = process.argv.slice(2);
const { inputs } = loadFloat(await readFloatFile(file));
const data = await openDataset(pictures, { inputs, preprocessing: presets[preset] });
const classes = labels && (await readFile(labels, 'utf8')).trim().split(/\r?\n/);
const { bytes, ranges } = await quantizeModel(await readFloatFile(file), data, { classes });

await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'model.tflite'), bytes);
const copy = (source, name) => cp(source, join(folder, name), { recursive: true });
await copy(join(import.meta.dirname, 'classify.html'), 'index.html');
for (const name of ['classify-worker.mjs', 'pages.css']) await copy(join(import.meta.dirname, name), name);
await copy(fileURLToPath(new URL('.', import.meta.resolve('zeropoint'))), 'node_modules/zeropoint/dist');

console.log(`${(await stat(file)).size} bytes of float32 became ${bytes.length}, calibrated on ${ranges.samples} pictures`);
console.log(`${folder} is a static site: npx serve ${folder}`);
