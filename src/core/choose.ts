// Owns the choice of the core: the relaxed one where the engine has dot products that were proven, else the one without.
import { isRelaxed } from './core';
import { acceptsRelaxed, type Isa, type WasmModule } from './isa';
import { proveIsa } from './prove';
import type { CoreSource } from './source';

/** The cores that an entry binds. */
export interface Cores {
  readonly simd: CoreSource;
  readonly relaxed: CoreSource;
}

/** A compiled core and what it may be used as. */
export interface ChosenCore {
  readonly module: WasmModule;
  readonly isa: Isa;
}

interface Wishes {
  /** Compiled by the caller: either core. */
  readonly module?: WasmModule;
  /** `simd`: without dot products, whatever the engine has. */
  readonly isa?: 'simd';
}

/** The caller's module, which runs everything that the core without dot products does. */
function given({ module, isa }: Wishes): ChosenCore | undefined {
  if (module === undefined) return undefined;
  return { module, isa: isa === 'simd' || !isRelaxed(module) ? 'simd' : proveIsa(module) };
}

/** The relaxed core, unless its dot products follow no known rule. */
function provenCore(module: WasmModule): ChosenCore | undefined {
  const isa = proveIsa(module);
  return isa === 'simd' ? undefined : { module, isa };
}

const wantsRelaxed = ({ isa }: Wishes) => isa !== 'simd' && acceptsRelaxed();

/** Throws `wasm-forbidden` or `wasm-failed`. */
export function chooseCoreSync(cores: Cores, wishes: Wishes): ChosenCore {
  const relaxed = given(wishes) ?? (wantsRelaxed(wishes) ? provenCore(cores.relaxed.sync()) : undefined);
  return relaxed ?? { module: cores.simd.sync(), isa: 'simd' };
}

/** As chooseCoreSync; compiles asynchronously. */
export async function chooseCore(cores: Cores, wishes: Wishes): Promise<ChosenCore> {
  const relaxed = given(wishes) ?? (wantsRelaxed(wishes) ? provenCore(await cores.relaxed.async()) : undefined);
  return relaxed ?? { module: await cores.simd.async(), isa: 'simd' };
}
