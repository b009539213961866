// Owns the float binary in Vercel's edge runtime: imported as a module. Without the relaxed one, which the package holds inlined only.
import float from '../../wasm/float.wasm?module';
import type { Cores } from './choose';
import { compiledModule } from './source';

export const floatBinaries: Cores = { simd: compiledModule(float) };
