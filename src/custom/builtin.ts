// Owns what options of builtin operators that graphs hold as CUSTOM nodes have in common.
import { ModelError } from '../errors';
import type { Activation } from '../graph/graph';
import type { Table } from '../tflite/flatbuffer';
import { optionEnums } from '../tflite/operator-options';
import type { CustomSource } from '../tflite/read-operator';
import { activations } from './hybrid';
import { badOption } from './options';

/** The options table. Throws `bad-option` where the operator has another one or none. */
export function builtinTable({ builtin, where }: CustomSource, union: number): Table {
  if (!builtin?.table || builtin.union !== union)
    badOption(where, `it needs builtin options of type ${union}, the file has type ${builtin?.union ?? 0}`);
  return builtin.table;
}

/** Throws `bad-option` for an unknown activation, `unsupported-feature` for one without kernel. */
export function readActivation(table: Table, slot: number, where: string): { activation: Activation; activationCode: number } {
  const activationCode = table.int8(slot);
  const activation = optionEnums.activation[activationCode];
  if (!activation) badOption(where, `activation has the unknown value ${activationCode}`);
  if (!activations[activation]) throw new ModelError('unsupported-feature', `the activation ${activation} is not supported`, { where });
  return { activation, activationCode };
}

/** A limit of magnitudes, 0 for none. */
export function readClip(table: Table, slot: number, name: string, where: string): number {
  const value = table.float32(slot);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) badOption(where, `${name} is ${value}; it must be finite and >= 0`);
  return value;
}
