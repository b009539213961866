// Owns the inventory of .tflite files in which all custom operators are supported.
import type { Account } from '../account';
import { type Inventory, readInventory as read } from '../tflite/inventory';
import type { ModelBytes } from '../tflite/read';
import { customOperators } from '.';

/**
 * What a .tflite file holds, whether or not it can run: it may have operators, types and features that the reader refuses.
 * @throws ModelError `not-tflite`, `malformed`, `bad-index`, `too-large`, `unsupported-version`, `bad-argument`
 */
export function readInventory(bytes: ModelBytes, account?: Account): Inventory {
  return read(bytes, account, customOperators);
}
