// Owns the task of segmenting pictures: the class of every pixel, and confidences.

import { ModelError } from '../errors';
import type { OptionNames } from '../options';
import { type Fit, fit } from '../pixels/crop';
import { loadTaskModel, type TaskModelHandle } from '../task-model';
import type { TaskSource } from '../task-source';
import { className } from '../tasks/classification';
import { classColor, isSegmentation, type SegmentationMap, segmentation } from '../tasks/segmentation';
import type { Picture, PixelArray } from './picture';
import { type TaskOptions, taskOptionNames, VisionTask } from './task';

export interface ImageSegmenterOptions extends TaskOptions {
  /** Resolution of results: the picture's (default), or the network's, which costs less. */
  size?: 'picture' | 'network';
}

const segmenterOptionNames: OptionNames<ImageSegmenterOptions> = { ...taskOptionNames, size: 1 };

/** The share of one class. */
export interface SegmentShare {
  label: string;
  index: number;
  /** Of the pixels, in (0, 1]. */
  share: number;
}

/** The classes of a picture's pixels. Plain data but for its methods; later pictures leave it as it is. */
export class Segmentation {
  readonly width: number;
  readonly height: number;
  /** Class of every pixel, rows from top to bottom. */
  readonly categories: Uint8Array;
  private readonly confidences: (Float32Array | undefined)[];

  constructor(
    map: SegmentationMap,
    private readonly place: Placement,
    private readonly labels: readonly string[] | undefined,
  ) {
    this.width = place.width;
    this.height = place.height;
    this.categories = place.nearest(map.categories);
    this.confidences = Array.from({ length: map.classes }, (_, index) => map.confidence(index));
  }

  /** Classes that occur, the largest first. */
  get shares(): SegmentShare[] {
    const counts = new Map<number, number>();
    for (const category of this.categories) counts.set(category, (counts.get(category) ?? 0) + 1);
    const shares = Array.from(counts, ([index, count]) => ({
      label: className(index, this.labels),
      index,
      share: count / this.categories.length,
    }));
    return shares.sort((a, b) => b.share - a.share || a.index - b.index);
  }

  /**
   * Confidence in [0, 1] of class `index` for every pixel, interpolated bilinearly; undefined where the network gives labels alone.
   * @throws ModelError `bad-argument` for a class that it does not have
   */
  confidence(index: number): Float32Array | undefined {
    if (!(index in this.confidences)) throw new ModelError('bad-argument', `there is no class ${index} of ${this.confidences.length}`);
    const values = this.confidences[index];
    return values && this.place.bilinear(values);
  }

  /** Pixels in the colours of their classes, opaque; class 0 is transparent. An `ImageData` can be made of it, and it is a Picture. */
  toImageData(): PixelArray & { readonly data: Uint8ClampedArray } {
    const data = new Uint8ClampedArray(4 * this.categories.length);
    this.categories.forEach((category, pixel) => {
      if (category > 0) data.set([...classColor(category), 255], 4 * pixel);
    });
    return { data, width: this.width, height: this.height };
  }
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** For every column, or row, of a result: where it lies in the map, in its pixels, whose centres are at halves. */
function positions(count: number, position: (centre: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => position(i + 0.5));
}

/** A map of the network laid over a result of another size. */
class Placement {
  private constructor(
    readonly width: number,
    readonly height: number,
    private readonly map: Size,
    private readonly columns: Float64Array,
    private readonly rows: Float64Array,
  ) {}

  static same(map: Size): Placement {
    const identity = (centre: number) => centre;
    return new Placement(map.width, map.height, map, positions(map.width, identity), positions(map.height, identity));
  }

  /** Over a picture that `place` put into an input of size `input`. */
  static over(picture: Size, { columns, rows, left, top }: Fit, input: Size, map: Size): Placement {
    const x = (centre: number) => ((centre - columns.sourceFirst) * columns.resized) / columns.source - columns.first + left;
    const y = (centre: number) => ((centre - rows.sourceFirst) * rows.resized) / rows.source - rows.first + top;
    return new Placement(
      picture.width,
      picture.height,
      map,
      positions(picture.width, (centre) => (x(centre) * map.width) / input.width),
      positions(picture.height, (centre) => (y(centre) * map.height) / input.height),
    );
  }

  nearest(values: Uint8Array): Uint8Array {
    const { width, height } = this.map;
    const columns = Int32Array.from(this.columns, (x) => Math.min(width - 1, Math.max(0, Math.floor(x))));
    const result = new Uint8Array(this.width * this.height);
    let to = 0;
    for (const position of this.rows) {
      const line = Math.min(height - 1, Math.max(0, Math.floor(position))) * width;
      for (const column of columns) result[to++] = values[line + column];
    }
    return result;
  }

  /** Between the centres of the four nearest pixels; edges go on outside. */
  bilinear(values: Float32Array): Float32Array {
    const { width, height } = this.map;
    const result = new Float32Array(this.width * this.height);
    let to = 0;
    for (const position of this.rows) {
      const y = Math.min(height - 1, Math.max(0, position - 0.5));
      const top = Math.floor(y);
      const [above, below] = [top * width, Math.min(height - 1, top + 1) * width];
      for (const column of this.columns) {
        const x = Math.min(width - 1, Math.max(0, column - 0.5));
        const left = Math.floor(x);
        const right = Math.min(width - 1, left + 1);
        const upper = values[above + left] + (x - left) * (values[above + right] - values[above + left]);
        const lower = values[below + left] + (x - left) * (values[below + right] - values[below + left]);
        result[to++] = upper + (y - top) * (lower - upper);
      }
    }
    return result;
  }
}

/** Gives every pixel of a picture its class: DeepLab, selfie segmentation, and other networks whose output is a map. */
export class ImageSegmenter extends VisionTask {
  private readonly size: 'picture' | 'network';

  /**
   * Loads a segmentation network from bytes, an address or a loaded model.
   * @throws ModelError as `load` of `zeropoint/float`; `bad-shape` for networks whose first output is no map; `bad-argument` for options,
   * and where nothing says how pictures become its input; `fetch-failed`
   */
  static async load(source: TaskSource, options: ImageSegmenterOptions = {}): Promise<ImageSegmenter> {
    return new ImageSegmenter(await loadTaskModel(source, options, segmenterOptionNames, 'ImageSegmenter.load'), options);
  }

  /** Use `load`. */
  private constructor(handle: TaskModelHandle, options: ImageSegmenterOptions) {
    super(handle, options);
    const { size = 'picture' } = options;
    if (size !== 'picture' && size !== 'network')
      throw new ModelError('bad-argument', `size is ${String(size)}; it must be 'picture' or 'network'`);
    this.size = size;
    const { outputs } = this.model;
    if (!isSegmentation(outputs)) {
      const shapes = outputs.map(({ shape }) => `[${shape}]`).join(', ');
      throw new ModelError('bad-shape', `outputs of shapes ${shapes} are no map of a picture; use another task`);
    }
  }

  /** @throws ModelError `bad-argument` for what is no picture, `disposed` */
  segment(picture: Picture): Segmentation {
    const pixels = this.pixels(picture);
    this.runPixels(pixels);
    const map = segmentation(this.model);
    const [height, width] = this.input.shape.slice(-3);
    const place =
      this.size === 'network'
        ? Placement.same(map)
        : Placement.over(pixels, fit(pixels, this.preprocessing, width, height), { width, height }, map);
    return new Segmentation(map, place, this.labels[0]);
  }
}
