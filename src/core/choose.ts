// Owns the choice of the core: the relaxed one where the engine has dot products that were proven, else the one without.
import { isRelaxed } from './core';
import { acceptsRelaxed, type Isa, type WasmModule } from './isa';
import { proveIsa } from './prove';
import type { CoreSource } from './source';

/** The cores that an entry binds. */
export interface Cores {
  readonly simd: CoreSource;
  /** Absent where a platform's engines may refuse it before it is asked for. */
  readonly relaxed?: CoreSource;
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

const relaxedSource = ({ relaxed }: Cores, { isa }: Wishes) => (isa !== 'simd' && acceptsRelaxed() ? relaxed : undefined);

/** Throws `wasm-forbidden` or `wasm-failed`. */
export function chooseCoreSync(cores: Cores, wishes: Wishes): ChosenCore {
  const source = relaxedSource(cores, wishes);
  const relaxed = given(wishes) ?? (source && provenCore(source.sync()));
  return relaxed ?? { module: cores.simd.sync(), isa: 'simd' };
}

/** As chooseCoreSync; compiles asynchronously. */
export async function chooseCore(cores: Cores, wishes: Wishes): Promise<ChosenCore> {
  const source = relaxedSource(cores, wishes);
  const relaxed = given(wishes) ?? (source && provenCore(await source.async()));
  return relaxed ?? { module: await cores.simd.async(), isa: 'simd' };
}
