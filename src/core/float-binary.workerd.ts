// Owns the float binary in workerd: imported as a module.
import float from '../../wasm/float.wasm';
import { type CoreSource, compiledModule } from './source';

export const floatBinary: CoreSource = compiledModule(float);
