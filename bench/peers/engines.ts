// Owns starting the engines of a comparison, and the line that names the machine under every number.
import { cpus } from 'node:os';
import { basename } from 'node:path';
import { createLiteRt } from './litert';
import type { Peer } from './peer';
import { createTfjsTflite } from './tfjs-tflite';
import { createZeropoint } from './zeropoint';

/** Ours first. */
export async function startEngines(): Promise<Peer[]> {
  return [createZeropoint(), await createLiteRt(), createTfjsTflite()];
}

/** One line: processor, Node, V8. */
export function describeMachine(): string {
  return `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node} (V8 ${process.versions.v8}), one thread`;
}

/** A model's name in a table. */
export function modelName(path: string): string {
  return basename(path, '.tflite');
}
