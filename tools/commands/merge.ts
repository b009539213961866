// Owns `zeropoint merge`: results of shards to the result of the whole.
import { writeRanges } from '../calibrate/ranges';
import { mergeShards } from '../calibrate/state';
import type { Terminal } from '../terminal';

export interface MergeFlags {
  output: string;
  json?: boolean;
}

export async function merge(paths: readonly string[], { output, json }: MergeFlags, terminal: Terminal): Promise<void> {
  const ranges = await mergeShards(paths);
  await writeRanges(output, ranges);
  const report = { output, samples: ranges.samples, tensors: Object.keys(ranges.tensors).length, shards: paths.length };
  const line = `${output}: ranges of ${report.tensors} tensors over ${report.samples} samples of ${report.shards} shards\n`;
  terminal.write(json ? `${JSON.stringify(report, null, 2)}\n` : line);
}
