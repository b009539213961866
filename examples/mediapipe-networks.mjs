// Writes the networks of MediaPipe's npm packages as .tflite files, those in their archives, too: node mediapipe-networks.mjs FOLDER
// (npm install @mediapipe/face_detection @mediapipe/face_mesh @mediapipe/hands @mediapipe/pose @mediapipe/selfie_segmentation)
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const packages = 'node_modules/@mediapipe';
await mkdir(folder, { recursive: true });
for (const name of await readdir(packages)) {
  for (const file of await readdir(join(packages, name))) {
    const path = join(packages, name, file);
    if (file.endsWith('.tflite')) await copyFile(path, join(folder, file));
    if (!file.endsWith('_packed_assets_loader.js')) continue;
    // An archive is a file of data beside a script that says what lies where.
    const data = await readFile(path.replace('_loader.js', '.data'));
    const entry = /"filename": "[^"]*\/([^"/]+\.tflite)", "start": (\d+), "end": (\d+)/g;
    for (const [, network, start, end] of (await readFile(path, 'utf8')).matchAll(entry)) {
      await writeFile(join(folder, network), data.subarray(start, end));
    }
  }
}
console.log((await readdir(folder)).join('\n'));
