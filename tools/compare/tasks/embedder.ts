// Owns the comparison of embeddings: their cosines, and whether float ones find their quantized counterparts.
import { cosineSimilarity } from 'zeropoint/vision';
import type { EmbedderComparison } from '../figures';
import { wilsonInterval } from '../statistics';
import { type BootstrapState, BootstrapSums, ratio } from './bootstrap';
import type { MeasuredSample } from './measured';
import { type IndexedWorst, WorstSamples } from './worst';

/** Samples that are searched among each other, the first of the dataset: the search takes their square, and memory their number. */
export const maxGallery = 512;

/** Both embeddings of a sample, as little-endian float32 in base64. */
interface GalleryState {
  readonly index: number;
  readonly float: string;
  readonly quantized: string;
}

export interface EmbedderState {
  readonly task: 'embedder';
  readonly name: string;
  readonly size: number;
  readonly sums: BootstrapState;
  readonly lowest: number;
  readonly gallery: readonly GalleryState[];
  readonly worst: readonly IndexedWorst[];
}

interface Entry {
  readonly index: number;
  readonly float: Float32Array;
  readonly quantized: Float32Array;
}

/** / its Euclidean norm; zeros stay zeros. */
function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const element of vector) squares += element * element;
  const norm = Math.sqrt(squares) || 1;
  return vector.map((element) => element / norm);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function encode(vector: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * vector.length));
  for (const [i, element] of vector.entries()) view.setFloat32(4 * i, element, true);
  return Buffer.from(view.buffer).toString('base64');
}

function decode(text: string, size: number): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: size }, (_, i) => (4 * i + 4 <= bytes.length ? view.getFloat32(4 * i, true) : 0));
}

export class EmbedderMeasure {
  private readonly worst = new WorstSamples(true);
  private lowest = 1;
  private gallery: Entry[] = [];

  constructor(
    private readonly name: string,
    private readonly size: number,
    private readonly sums = new BootstrapSums(2),
  ) {}

  add(sample: MeasuredSample, float: Float32Array, quantized: Float32Array): void {
    const cosine = cosineSimilarity(float, quantized);
    this.sums.add(sample.index, [cosine, 1]);
    this.lowest = Math.min(this.lowest, cosine);
    this.worst.add(sample, cosine, () => ({ float: {}, quantized: {} }));
    if (this.gallery.length < maxGallery) this.gallery.push({ index: sample.index, float: unit(float), quantized: unit(quantized) });
  }

  private keep(gallery: readonly Entry[]): void {
    this.gallery = [...this.gallery, ...gallery].sort((a, b) => a.index - b.index).slice(0, maxGallery);
  }

  merge(other: EmbedderMeasure): void {
    this.sums.merge(other.sums);
    this.worst.merge(other.worst.state());
    this.lowest = Math.min(this.lowest, other.lowest);
    this.keep(other.gallery);
  }

  state(): EmbedderState {
    const gallery = this.gallery.map(({ index, float, quantized }) => ({ index, float: encode(float), quantized: encode(quantized) }));
    const { name, size, lowest } = this;
    return { task: 'embedder', name, size, sums: this.sums.state(), lowest, gallery, worst: this.worst.state() };
  }

  static from({ name, size, sums, lowest, gallery, worst }: EmbedderState): EmbedderMeasure {
    const measure = new EmbedderMeasure(name, size, BootstrapSums.from(sums));
    measure.lowest = lowest;
    measure.keep(gallery.map(({ index, float, quantized }) => ({ index, float: decode(float, size), quantized: decode(quantized, size) })));
    measure.worst.merge(worst);
    return measure;
  }

  /** How many float embeddings have no quantized one that is nearer than that of their own sample. */
  private hits(): number {
    return this.gallery.filter(({ float, quantized }, query) => {
      const own = dot(float, quantized);
      return this.gallery.every((other, i) => i === query || dot(float, other.quantized) <= own);
    }).length;
  }

  result(): EmbedderComparison {
    const { name, size, lowest } = this;
    const [samples, hits] = [this.gallery.length, this.hits()];
    return {
      task: 'embedder',
      name,
      size,
      cosine: this.sums.estimate(ratio(0, 1)),
      lowest,
      retrieval: { samples, share: hits / samples, interval: wilsonInterval(hits, samples) },
      worst: this.worst.result(),
    };
  }
}
