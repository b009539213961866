// Owns the float binary in Vercel's edge runtime: imported as a module.
import float from '../../wasm/float.wasm?module';
import { type CoreSource, compiledModule } from './source';

export const floatBinary: CoreSource = compiledModule(float);
