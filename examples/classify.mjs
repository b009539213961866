// Classifies picture files in Node: node classify.mjs MODEL.tflite PICTURE ... (npm install zeropoint sharp)
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { ImageClassifier } from 'zeropoint/vision';

const [file, ...pictures] = process.argv.slice(2);
// A float network that does not say how it takes pictures needs { preprocessing: 'tf' }, or another preset.
const classifier = await ImageClassifier.load(await readFile(file), { maxResults: 3 });
for (const picture of pictures) {
  const pixels = await sharp(picture).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  console.log(picture);
  for (const { label, score } of classifier.classify(pixels)) console.log(`  ${score.toFixed(3)}  ${label}`);
}
classifier.dispose();
