// Answers requests with the classes of a picture, in any runtime that has Request and Response; the servers beside it share this.
//   POST /?width=W&height=H   RGB or RGBA bytes, as a canvas or a decoder gives them
import { ModelError } from 'zeropoint';
import { ImageClassifier } from 'zeropoint/vision';

/** A function from requests to responses. `model`: bytes of a .tflite file. */
export async function createHandler(model) {
  const classifier = await ImageClassifier.load(model);
  return async (request) => {
    if (request.method !== 'POST') return new Response('POST the pixels of a picture', { status: 405 });
    const { searchParams } = new URL(request.url);
    const [width, height] = [Number(searchParams.get('width')), Number(searchParams.get('height'))];
    const data = new Uint8Array(await request.arrayBuffer());
    try {
      return Response.json(classifier.classify({ data, width, height }));
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      return Response.json({ code: error.code, message: error.message }, { status: 400 });
    }
  };
}
