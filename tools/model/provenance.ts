// Owns the quantizer's record in a quantized file: preprocessing of pictures, calibration, settings.
import { ModelError } from 'zeropoint';
import type { Metadata } from 'zeropoint/graph';
import { type Preprocessing, parsePreprocessing } from 'zeropoint/image';
import {
  anyObject,
  type Check,
  checkJson,
  consistent,
  count,
  ensure,
  finite,
  isObject,
  list,
  literal,
  maybe,
  parsed,
  record,
  text,
} from '../json';

/** Names of the activations whose channels differ from the float network's: scaled by a factor each, or shifted by a constant each. */
export interface Rescaled {
  readonly scaled: readonly string[];
  readonly shifted: readonly string[];
}

/** What the quantizer decided on a module; gains are of every output, in dB with standard errors. */
export interface RecordedDecision {
  readonly module: string;
  readonly applied: 'everywhere' | 'in part' | 'nowhere';
  readonly gains: readonly { readonly decibels: number; readonly deviation: number }[];
}

export interface Provenance {
  readonly preprocessing?: Preprocessing;
  readonly calibration: {
    /** SHA-256 of model and data. */
    readonly model: string;
    readonly data: string;
    readonly samples: number;
    /** CalibrationSettings as they were written; of them, only the observer's name is read. */
    readonly settings: { readonly observer: string };
  };
  /** Settings of the quantizer, for reports. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Absent in files of versions that did not record it. */
  readonly rescaled?: Rescaled;
  readonly decisions?: readonly RecordedDecision[];
}

/** Name of the file's metadata entry; its data are JSON, UTF-8. */
const entryName = 'zeropoint';

export function provenanceEntry(provenance: Provenance): Metadata {
  return { name: entryName, data: new TextEncoder().encode(JSON.stringify({ version: 1, ...provenance })) };
}

const preprocessing: Check<Preprocessing> = (value, at) => parsed(parsePreprocessing)(anyObject(value, at), at);
const check = record<Provenance>({
  preprocessing: maybe(preprocessing),
  calibration: record<Provenance['calibration']>({
    model: text,
    data: text,
    samples: count,
    settings: consistent(anyObject, ({ observer }, at) =>
      ensure(typeof observer === 'string', at, 'names no observer'),
    ) as Check<unknown> as Check<Provenance['calibration']['settings']>,
  }),
  settings: anyObject,
  decisions: maybe(
    list(
      record<RecordedDecision>({
        module: text,
        applied: literal('everywhere', 'in part', 'nowhere'),
        gains: list(record<RecordedDecision['gains'][number]>({ decibels: finite, deviation: finite })),
      }),
    ),
  ),
  rescaled: maybe(record<Rescaled>({ scaled: list(text), shifted: list(text) })),
});

/** Undefined for models that were quantized elsewhere. @throws ModelError `malformed` on a damaged entry */
export function readProvenance(entries: readonly Metadata[]): Provenance | undefined {
  const entry = entries.find(({ name }) => name === entryName);
  if (!entry) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(entry.data));
  } catch (cause) {
    throw new ModelError('malformed', `the metadata entry '${entryName}' is no JSON; quantize again, or name a preprocessing`, { cause });
  }
  if (!isObject(value) || value.version !== 1) {
    throw new ModelError('malformed', `the metadata entry '${entryName}' is of another version; update zeropoint, or name a preprocessing`);
  }
  try {
    return checkJson(check, value, `metadata entry '${entryName}'`, 'quantize again, or name a preprocessing');
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    throw new ModelError('malformed', cause.message, { cause });
  }
}
