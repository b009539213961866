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
  flag,
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

/** One choice of precisions that a search found; of those between, only some are recorded. */
export interface FrontierPoint {
  /** Size of the file: of networks that were quantized in the search, without the frontier itself, else predicted. */
  readonly bytes: number;
  /** Of one run, predicted from times of the operators on the machine of the search. */
  readonly milliseconds: number;
  /** Predicted signal to quantization noise of the outputs in dB, before weights and biases are refined. */
  readonly decibels: number;
  /** Numbers of operators of other precisions than the scheme's. */
  readonly float32: number;
  readonly int16: number;
  readonly int4: number;
  /** Points of top-1, where it was measured. */
  readonly drop?: number;
  /** The one that became the file. */
  readonly isChosen?: boolean;
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
  /** Of files that a search for precisions made. */
  readonly frontier?: readonly FrontierPoint[];
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
  frontier: maybe(
    list(
      record<FrontierPoint>({
        bytes: count,
        milliseconds: finite,
        decibels: finite,
        float32: count,
        int16: count,
        int4: count,
        drop: maybe(finite),
        isChosen: maybe(flag),
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

/** `entries` with the frontier in the quantizer's record, which must be among them. */
export function withFrontier(entries: readonly Metadata[], frontier: readonly FrontierPoint[]): Metadata[] {
  const recorded = ({ data }: Metadata) => JSON.parse(new TextDecoder().decode(data)) as Provenance;
  return entries.map((entry) => (entry.name === entryName ? provenanceEntry({ ...recorded(entry), frontier }) : entry));
}
