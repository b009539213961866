// Owns the entry `zeropoint` under the condition `workerd`: the same API, whose types are those of index.ts; the core is imported as a
// module, since workerd forbids compiling bytes.
import core from '../wasm/core.wasm';
import { bindCore } from './model';

export { ModelError } from './errors';
export { dequantize, quantize } from './tensor';

export const { load, loadSync } = bindCore({ sync: () => core, async: async () => core });
