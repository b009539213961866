// Owns the JSON of `zeropoint compare`.
import type { Comparison } from '../compare/comparison';

/** Numbers as they were measured; ends in a line feed. */
export function renderComparisonJson(comparison: Comparison): string {
  return `${JSON.stringify(comparison, null, 2)}\n`;
}
