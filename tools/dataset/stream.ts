// Owns iteration over a dataset: reading ahead while the caller computes, leaving out corrupt samples, hashing.
import { setImmediate } from 'node:timers/promises';
import { ModelError } from 'zeropoint';
import type { Preprocessing } from 'zeropoint/image';
import { allocate, elementCount, type TensorData, type Value } from 'zeropoint/tflite';
import { readBytes, readRange } from '../files';
import { addHashes, sha256 } from '../hash';
import type { Shard } from '../shards';
import { countSteps, type ProgressOptions } from '../steps';
import type { Dataset, Sample, SkippedSample } from './dataset';
import { fillSample } from './fill';
import type { Item, Part, Source } from './source';

/**
 * Samples in preparation besides the one in use. Their stages (read, decode, preprocess) alternate with the caller's work on the main
 * thread, while files are read and pictures decoded on others; more would take memory without more overlap.
 */
const ahead = 2;

/** Corrupt samples that an error names besides the first. */
const maxNamed = 20;

/** An item with its position in the whole dataset. */
export interface PlacedItem {
  readonly item: Item;
  readonly index: number;
}

export interface StreamOptions {
  readonly inputs: readonly Value[];
  readonly preprocessing: Preprocessing | undefined;
  readonly shard: Shard | undefined;
  /** Added to every label. */
  readonly labelOffset: number;
  /** Share of the items, 0 to 1, that may be corrupt before that is an error. */
  readonly maxCorruptShare: number;
}

/** A sample in its buffers: the size of its picture, or why it cannot be used. */
interface Prepared {
  readonly size?: Sample['size'];
  readonly error?: unknown;
}

function readPart({ path, bytes, offset = 0, length }: Part): Promise<Uint8Array> {
  if (bytes !== undefined) return Promise.resolve(bytes.subarray(offset, length === undefined ? undefined : offset + length));
  return length === undefined ? readBytes(path) : readRange(path, offset, length);
}

const readParts = (item: Item): Promise<Uint8Array[]> => Promise.all(item.parts.map(readPart));

export class StreamedDataset implements Dataset {
  readonly classes: number;
  readonly classNames: readonly string[] | undefined;
  readonly shard: Shard | undefined;
  private readonly left = new Map<string, SkippedSample>();
  private hashed: Promise<string> | undefined;

  constructor(
    private readonly items: readonly PlacedItem[],
    { classes, classNames }: Pick<Source, 'classes' | 'classNames'>,
    private readonly options: StreamOptions,
  ) {
    this.classes = classes;
    this.classNames = classNames;
    this.shard = options.shard;
  }

  get size(): number {
    return this.items.length;
  }

  get skipped(): SkippedSample[] {
    return [...this.left.values()];
  }

  /** Computed once; only the first call reports progress and heeds the signal. */
  hash(options: ProgressOptions = {}): Promise<string> {
    this.hashed ??= this.computeHash(options).catch((error) => {
      this.hashed = undefined;
      throw error;
    });
    return this.hashed;
  }

  private async computeHash(options: ProgressOptions): Promise<string> {
    const hashes: string[] = [];
    const step = countSteps(this.size, options);
    for (const { item, index } of this.items) {
      // A file that cannot be read is hashed as nothing: iteration leaves it out as well.
      const parts = await readParts(item).catch(() => []);
      const sizes = parts.map(({ length }) => length);
      hashes.push(sha256(`${index}\n${item.name}\n${sizes}\n`, ...parts));
      await step();
    }
    return addHashes(hashes);
  }

  [Symbol.asyncIterator](): AsyncIterator<Sample> {
    return this.from(0)[Symbol.asyncIterator]();
  }

  /** Inputs lie in `ahead + 1` sets of buffers, used in turn, whatever the number of samples. */
  async *from(position: number): AsyncGenerator<Sample> {
    const { inputs, labelOffset } = this.options;
    const items = this.items.filter(({ index }) => index >= position);
    const buffers = Array.from({ length: ahead + 1 }, () => inputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape))));
    const pending: Promise<Prepared>[] = [];
    for (const [i, { item, index }] of items.entries()) {
      while (pending.length <= ahead && i + pending.length < items.length) {
        const next = i + pending.length;
        pending.push(this.prepare(items[next].item, buffers[next % buffers.length]));
      }
      const { error, size } = (await pending.shift())!;
      // Samples in memory are ready without any input or output: yield, so that signals and timers are handled.
      await setImmediate();
      if (error instanceof ModelError) this.skip(item.name, index, error.message);
      else if (error !== undefined) throw error;
      else {
        const label = item.label === undefined ? undefined : item.label + labelOffset;
        const picture = item.kind === 'picture' ? item.parts[0].path : undefined;
        yield { name: item.name, index, inputs: buffers[i % buffers.length], label, picture, size };
      }
    }
  }

  /** Resolves to the error, if any. Never rejects: a caller that stopped iterating would leave the rejection unhandled. */
  private async prepare(item: Item, into: readonly TensorData[]): Promise<Prepared> {
    const { inputs, preprocessing } = this.options;
    try {
      return { size: await fillSample(item, await readParts(item), inputs, into, preprocessing) };
    } catch (error) {
      return { error };
    }
  }

  private skip(name: string, index: number, message: string): void {
    const reason = message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message;
    this.left.set(name, { name, reason, index: this.left.get(name)?.index ?? index });
    const { maxCorruptShare } = this.options;
    if (this.left.size <= maxCorruptShare * this.size) return;
    const [first, ...others] = this.skipped;
    const named = others.slice(0, maxNamed).map((other) => other.name);
    if (others.length > maxNamed) named.push(`${others.length - maxNamed} more`);
    const rest = named.length > 0 ? `; also ${named.join(', ')}` : '';
    throw new ModelError(
      'bad-data',
      `${this.left.size} of ${this.size} samples cannot be used, more than ${+(maxCorruptShare * 100).toFixed(3)} %; the first, ${first.name}: ${first.reason}${rest}`,
    );
  }
}
