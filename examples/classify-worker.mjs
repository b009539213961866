// Classifies pictures in a worker, so that the page stays responsive while the model loads and runs; classify.html starts it.
// Import maps do not hold in workers, so the path is written out.
import { decodePicture, ImageClassifier } from './node_modules/zeropoint/dist/vision.js';

async function load() {
  const onProgress = (loaded, total) => postMessage({ progress: total && loaded / total });
  const classifier = await ImageClassifier.load('model.tflite', { maxResults: 5, onProgress });
  postMessage({ isReady: true });
  return classifier;
}

const loading = load();
loading.catch((error) => postMessage({ error: error.message }));

/** A message is a file of a picture. */
addEventListener('message', async ({ data: file }) => {
  try {
    const classifier = await loading;
    const picture = await decodePicture(file);
    const begin = performance.now();
    const classes = classifier.classify(picture);
    postMessage({ classes, milliseconds: performance.now() - begin });
  } catch (error) {
    postMessage({ error: error.message });
  }
});
