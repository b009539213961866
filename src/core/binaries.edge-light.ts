// Owns the core in Vercel's edge runtime, which forbids compiling bytes: imported as a module, by the suffix that its bundlers demand.
// Without the relaxed core: it is compiled where the file is imported, which V8 of Node 20 refuses.
import core from '../../wasm/core.wasm?module';
import type { Cores } from './choose';
import { compiledModule } from './source';

export const cores: Cores = { simd: compiledModule(core) };
