// Learns new classes from a few pictures of each, without training: node imprint.mjs EMBEDDING.tflite FOLDER PICTURE ...
// FOLDER has a folder of pictures for every class. (npm install zeropoint sharp)
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { ImprintedClassifier } from 'zeropoint/vision';

const pixels = (file) => sharp(file).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });

const [file, folder, ...pictures] = process.argv.slice(2);
const classifier = await ImprintedClassifier.load(await readFile(file));
for (const label of await readdir(folder)) {
  const names = await readdir(join(folder, label));
  classifier.learn(label, await Promise.all(names.map((name) => pixels(join(folder, label, name)))));
  console.log(`learned ${label} from ${names.length} pictures`);
}
for (const picture of pictures) {
  const [{ label, score }] = classifier.classify(await pixels(picture));
  console.log(`${picture}: ${label} (${score.toFixed(3)})`);
}
// What was learned, to load again with { classes: JSON.parse(text) } beside the same network.
await writeFile('classes.json', JSON.stringify(classifier));
