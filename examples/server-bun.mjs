// Serves classifications in Bun: MODEL=mobilenet.tflite bun server-bun.mjs
import { createHandler } from './handler.mjs';

const fetch = await createHandler(await Bun.file(process.env.MODEL).bytes());
const { url } = Bun.serve({ port: Number(process.env.PORT ?? 8000), fetch });
console.log(`listening on ${url}`);
