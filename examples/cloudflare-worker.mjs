// A Cloudflare Worker that classifies pictures. In wrangler.toml: rules = [{ type = "Data", globs = ["**/*.tflite"] }]

import { createHandler } from './handler.mjs';
import model from './mobilenet.tflite';

// Loaded by the first request, since Workers do no work before it.
let handler;

export default {
  async fetch(request) {
    handler ??= createHandler(model);
    return (await handler)(request);
  },
};
