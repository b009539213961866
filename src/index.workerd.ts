// Owns the entry `zeropoint` under the condition `workerd`: the same API, whose types are those of index.ts; both cores are imported as
// modules, since workerd forbids compiling bytes.
import core from '../wasm/core.wasm';
import relaxedCore from '../wasm/core-relaxed.wasm';
import { compiledModule } from './core/source';
import { bindCore } from './model';

export { ModelError } from './errors';
export { dequantize, quantize } from './tensor';

export const { load, loadSync } = bindCore({ simd: compiledModule(core), relaxed: compiledModule(relaxedCore) });
