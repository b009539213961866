// Owns the cores that entries bind: inlined. The builds for workerd and edge-light take the files of these names beside this one instead.
import type { Cores } from './choose';
import { inlineCores } from './inline';

export const cores: Cores = /* @__PURE__ */ inlineCores();
