// Owns what options of builtin operators that graphs hold as CUSTOM nodes have in common.
import { ModelError } from '../errors';
import type { Activation, Value } from '../graph/graph';
import { entryAt, type Table } from '../tflite/flatbuffer';
import { optionEnums } from '../tflite/operator-options';
import type { CustomSource } from '../tflite/read-operator';
import { slots } from '../tflite/schema';
import { activations } from './hybrid';
import { badOption } from './options';

/** The options table. Throws `bad-option` where the operator has another one or none. */
export function builtinTable({ builtin, where }: CustomSource, union: number): Table {
  const found = builtin?.table.uint8(slots.Operator.builtinOptionsType) ?? 0;
  const table = found === union ? builtin!.table.table(slots.Operator.builtinOptions) : undefined;
  if (!table) badOption(where, `it needs builtin options of type ${union}, the file has type ${found}`);
  return table;
}

/** The intermediate tensors, which only TFLite's kernels read; the graph does not have them, and the writer makes them again. */
export function intermediatesOf({ builtin, where, account }: CustomSource): Value[] {
  const indices = builtin?.table.int32s(slots.Operator.intermediates) ?? [];
  account.charge('operand', indices.length);
  const found = indices.map((index) => entryAt(builtin!.values, index, 'tensor', where));
  for (const value of found) builtin!.absent.add(value);
  return found;
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
