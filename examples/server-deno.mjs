// Serves classifications in Deno: MODEL=mobilenet.tflite deno run --allow-read --allow-net --allow-env server-deno.mjs
import { createHandler } from './handler.mjs';

const handler = await createHandler(await Deno.readFile(Deno.env.get('MODEL')));
Deno.serve({ port: Number(Deno.env.get('PORT') ?? 8000) }, handler);
