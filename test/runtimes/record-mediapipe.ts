// Owns the recording of what MediaPipe's solutions find: npx tsx test/runtimes/record-mediapipe.ts [WORD ...] runs the cases whose names
// hold one of the words, else all, and writes test/vision/mediapipe/recorded.json, a line per frame, rounded to five digits.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cases } from '../vision/mediapipe/cases';
import type { Subject } from '../vision/mediapipe/subjects';
import { runSolution } from './mediapipe';

const file = join(import.meta.dirname, '../vision/mediapipe/recorded.json');
const recorded: Record<string, Subject[][]> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const words = process.argv.slice(2);
for (const comparison of cases) {
  if (words.length > 0 && !words.some((word) => comparison.name.includes(word))) continue;
  recorded[comparison.name] = await runSolution(comparison);
  console.log(`${comparison.name}: ${recorded[comparison.name].map((subjects) => subjects.length).join(', ')} subjects`);
}
const round = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value);
const lines = (frames: readonly Subject[][]) => frames.map((subjects) => JSON.stringify(subjects, round)).join(',\n');
const members = Object.entries(recorded).map(([name, frames]) => `${JSON.stringify(name)}: [\n${lines(frames)}\n]`);
writeFileSync(file, `{\n${members.join(',\n')}\n}\n`);
