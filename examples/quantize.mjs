// From ONNX, TensorFlow.js or float .tflite to an 8-bit file for the browser: node quantize.mjs FLOAT-MODEL PICTURES OUT.tflite [PRESET]
// PICTURES is a folder of 100 or so pictures like those to come. (npm install @zeropoint/tools)
import { writeFile } from 'node:fs/promises';
import { loadFloat, openDataset, presets, quantizeModel, readFloatFile } from '@zeropoint/tools';

const [file, pictures, out, preset = 'unit'] = process.argv.slice(2);
const graph = await readFloatFile(file);
const { inputs } = loadFloat(await readFloatFile(file));
const data = await openDataset(pictures, { inputs, preprocessing: presets[preset] });
const { bytes, ranges } = await quantizeModel(graph, data);
await writeFile(out, bytes);
console.log(`${out}: ${bytes.length} bytes, calibrated on ${ranges.samples} pictures`);
