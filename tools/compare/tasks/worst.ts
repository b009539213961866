// Owns the samples on which both networks differ most, with what each of them found, for reports.
import type { Box } from 'zeropoint/tasks';

/** A box with its class and score; edges are shares of the picture. */
export interface ShownBox extends Box {
  readonly class: number;
  readonly score: number;
}

/** The classes of a map's pixels; the picture's edges lie at these shares of the map. */
export interface ShownMask extends Box {
  readonly width: number;
  readonly height: number;
  /** Class and number of pixels in turn, rows from top to bottom. */
  readonly runs: readonly number[];
}

/** What a network found in a sample; positions are shares of the picture. */
export interface Findings {
  readonly boxes?: readonly ShownBox[];
  /** x, y and score in turn: COCO's 17 keypoints of each person. */
  readonly poses?: readonly (readonly number[])[];
  /** x and y in turn. */
  readonly points?: readonly number[];
  readonly mask?: ShownMask;
}

export interface WorstSample {
  readonly name: string;
  /** Path of the picture. */
  readonly picture?: string;
  /** The figure of this sample alone, in the unit of its head. */
  readonly figure: number;
  readonly float: Findings;
  readonly quantized: Findings;
}

/** `index` is the sample's position in the dataset. */
export interface IndexedWorst extends WorstSample {
  readonly index: number;
}

/** Samples that reports show. */
export const maxWorst = 12;

/** Shares to five digits: a hundredth of a pixel of common pictures. */
export const shortened = (share: number): number => Math.round(share * 1e5) / 1e5;

/** The first of equal samples stays, in the dataset's order. */
export class WorstSamples {
  private kept: IndexedWorst[] = [];

  /** `lowest`: low figures are bad and 1 is none, as of agreement; else high ones, and 0 is none, as of errors. */
  constructor(private readonly lowest: boolean) {}

  private badness({ figure }: Pick<WorstSample, 'figure'>): number {
    return Number.isNaN(figure) ? Number.POSITIVE_INFINITY : this.lowest ? -figure : figure;
  }

  /** Samples without any difference are no bad ones. `findings` are made only for samples that are kept. */
  add(
    sample: Pick<IndexedWorst, 'index' | 'name' | 'picture'>,
    figure: number,
    findings: () => Pick<WorstSample, 'float' | 'quantized'>,
  ): void {
    if (this.lowest ? figure >= 1 : figure <= 0) return;
    const last = this.kept[maxWorst - 1];
    if (last && this.badness({ figure }) < this.badness(last)) return;
    const { index, name, picture } = sample;
    this.merge([{ index, name, picture, figure, ...findings() }]);
  }

  merge(others: readonly IndexedWorst[]): void {
    this.kept = [...this.kept, ...others].sort((a, b) => this.badness(b) - this.badness(a) || a.index - b.index).slice(0, maxWorst);
  }

  state(): readonly IndexedWorst[] {
    return this.kept;
  }

  /** The worst first, without positions in the dataset. */
  result(): WorstSample[] {
    return this.kept.map(({ index: _, ...sample }) => sample);
  }
}
