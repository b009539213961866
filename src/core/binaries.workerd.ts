// Owns the cores in workerd, which forbids compiling bytes: imported as modules.
import core from '../../wasm/core.wasm';
import relaxedCore from '../../wasm/core-relaxed.wasm';
import type { Cores } from './choose';
import { compiledModule } from './source';

export const cores: Cores = { simd: compiledModule(core), relaxed: compiledModule(relaxedCore) };
