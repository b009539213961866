// Owns the cores in Vercel's edge runtime, which forbids compiling bytes: imported as modules, by the suffix that its bundlers demand.
import core from '../../wasm/core.wasm?module';
import relaxedCore from '../../wasm/core-relaxed.wasm?module';
import type { Cores } from './choose';
import { compiledModule } from './source';

export const cores: Cores = { simd: compiledModule(core), relaxed: compiledModule(relaxedCore) };
