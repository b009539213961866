// Owns the outputs in a shared worker.
import { outputs } from './outputs.mjs';

globalThis.onconnect = async ({ ports: [port] }) => port.postMessage(await outputs().catch((error) => ({ error: String(error.stack) })));
