// Owns the float binary in workerd: imported as a module. Without the relaxed one, which the package holds inlined only.
import float from '../../wasm/float.wasm';
import type { Cores } from './choose';
import { compiledModule } from './source';

export const floatBinaries: Cores = { simd: compiledModule(float) };
