// Owns the float binaries that entries bind: inlined, or by a file for the platform beside this one; see binaries.ts.
import type { Cores } from './choose';
import { inlineFloats } from './inline-float';

export const floatBinaries: Cores = /* @__PURE__ */ inlineFloats();
