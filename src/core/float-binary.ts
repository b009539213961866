// Owns the float binary that entries bind: inlined, or by a file for the platform beside this one; see binaries.ts.
import { floatText } from './float-wasm';
import { inlineModule } from './inline';
import type { CoreSource } from './source';

export const floatBinary: CoreSource = /* @__PURE__ */ inlineModule(floatText);
