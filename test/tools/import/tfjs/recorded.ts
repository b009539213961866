// Owns outputs of TensorFlow.js that are kept in recorded.json, so that imports are checked where it is not installed. As a command it
// writes them anew: npx tsx test/tools/import/tfjs/recorded.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Output } from './compare';
import { type Case, layerCases } from './layer-cases';
import { operatorCases } from './operator-cases';
import { runStock } from './stock/tfjs';

const path = join(import.meta.dirname, 'recorded.json');

/** Elements of an output that are kept, evenly spread over it. */
const maxElements = 12;

/** Shape and elements of an output. */
type Recorded = readonly (readonly [shape: readonly number[], elements: readonly number[]])[];

/** The elements that are kept of an output. */
export function sampled({ data }: Output): number[] {
  const step = Math.max(1, Math.floor(data.length / maxElements));
  return Array.from({ length: Math.min(maxElements, data.length) }, (_, i) => data[i * step]);
}

/** By the titles of cases. */
export function readRecorded(): Readonly<Record<string, Recorded>> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Recorded>;
}

/** Outputs of a case in TensorFlow.js. */
export function runCase({ file, inputs }: Case): Promise<Output[]> {
  const outputs = Object.keys((file.json.signature as { outputs: object } | undefined)?.outputs ?? {});
  return runStock(file, Object.fromEntries(inputs.map((input, i) => [`in${i}`, input])), outputs);
}

async function record(): Promise<void> {
  const lines: string[] = [];
  for (const entry of [...layerCases, ...operatorCases]) {
    if (entry.expected) continue;
    const outputs = await runCase(entry);
    const kept = outputs.map((output) => [output.shape, sampled(output).map((x) => Number(x.toPrecision(7)))]);
    lines.push(`${JSON.stringify(entry.title)}: ${JSON.stringify(kept)}`);
  }
  writeFileSync(path, `{\n  ${lines.join(',\n  ')}\n}\n`);
}

if (process.argv[1] === import.meta.filename) await record();
