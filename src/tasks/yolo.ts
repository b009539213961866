// Owns the decoding of YOLO heads to boxes in pixels of the network's input: exports of Ultralytics, with and without decoding inside.
//
// Anchor-free heads (v8, v11: `ultralytics/nn/modules/head.py`, Detect): 4 box numbers and a probability per class for each cell of grids of
// strides 8, 16 and 32. Anchor-based heads (v5: `models/yolo.py`, Detect): 3 anchors per cell, each with an objectness.
// End-to-end heads (v10, YOLO26): rows of left, top, right, bottom, score, class.
import type { ScoredBox } from './boxes';
import { sigmoid } from './probabilities';

/** An output as real numbers. */
export interface HeadOutput {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface InputSize {
  readonly width: number;
  readonly height: number;
}

export type YoloHead = 'anchor-free' | 'anchor-based' | 'end-to-end' | 'raw anchor-free' | 'raw anchor-based';

interface HeadOptions {
  readonly input: InputSize;
  /** Boxes of lower scores are left out. */
  readonly scoreThreshold: number;
  /** Number of classes; absent: all that the outputs have room for. */
  readonly classes?: number;
}

const strides = [8, 16, 32];
/** Distances of a DFL box are expectations over this many bins (Li et al.: "Generalized Focal Loss", 2020; reg_max of Ultralytics). */
const bins = 16;
const anchorsPerCell = 3;
/** Width and height in pixels, by stride (yolov5: `models/yolov5s.yaml`). */
const anchorSizes: Readonly<Record<number, readonly (readonly [width: number, height: number])[]>> = {
  8: [
    [10, 13],
    [16, 30],
    [33, 23],
  ],
  16: [
    [30, 61],
    [62, 45],
    [59, 119],
  ],
  32: [
    [116, 90],
    [156, 198],
    [373, 326],
  ],
};

function cells({ width, height }: InputSize): number {
  return strides.reduce((sum, stride) => sum + Math.floor(width / stride) * Math.floor(height / stride), 0);
}

/** Sizes [rows, columns] of a head's single output without leading dimensions of 1; undefined for other ranks. */
function matrixOf({ shape }: HeadOutput): [number, number] | undefined {
  const inner = shape.slice(-2);
  return shape.length >= 2 && shape.slice(0, -2).every((dimension) => dimension === 1) ? [inner[0], inner[1]] : undefined;
}

/** Height and width of the grid of a raw output, and whether channels come first; undefined where it is none. */
function gridOf({ shape }: HeadOutput, { width, height }: InputSize): { stride: number; channels: number; planar: boolean } | undefined {
  if (shape.length !== 4 || shape[0] !== 1) return undefined;
  for (const stride of strides) {
    const [rows, columns] = [Math.floor(height / stride), Math.floor(width / stride)];
    if (shape[1] === rows && shape[2] === columns) return { stride, channels: shape[3], planar: false };
    if (shape[2] === rows && shape[3] === columns) return { stride, channels: shape[1], planar: true };
  }
  return undefined;
}

/** Where an anchor-free head's boxes and scores are two outputs, [4, cells] and [classes, cells] or transposed; undefined for others. */
function splitParts(heads: readonly HeadOutput[], input: InputSize): { boxes: number; planar: boolean } | undefined {
  const [first, second] = heads.length === 2 ? heads.map(matrixOf) : [];
  if (!first || !second) return undefined;
  const count = cells(input);
  const axis = [1, 0].find((side) => first[side] === count && second[side] === count);
  if (axis === undefined) return undefined;
  const boxes = [first, second].findIndex((sizes) => sizes[1 - axis] === 4);
  return boxes < 0 ? undefined : { boxes, planar: axis === 1 };
}

/** Boxes and scores of two outputs as one, boxes first. */
function joined(heads: readonly HeadOutput[], input: InputSize): HeadOutput {
  const { boxes, planar } = splitParts(heads, input)!;
  const parts = [heads[boxes], heads[1 - boxes]];
  const count = cells(input);
  const [fields, classes] = parts.map(({ values }) => values.length / count);
  const total = fields + classes;
  const values = new Float32Array(total * count);
  if (planar) {
    values.set(parts[0].values);
    values.set(parts[1].values, parts[0].values.length);
    return { shape: [1, total, count], values };
  }
  for (let row = 0; row < count; row++) {
    values.set(parts[0].values.subarray(row * fields, (row + 1) * fields), row * total);
    values.set(parts[1].values.subarray(row * classes, (row + 1) * classes), row * total + fields);
  }
  return { shape: [1, count, total], values };
}

/** The kind of head that outputs of these shapes belong to; undefined: none that is known. `classes`, if known, decides between raw heads. */
export function yoloHead(outputs: readonly Pick<HeadOutput, 'shape'>[], input: InputSize, classes?: number): YoloHead | undefined {
  const heads = outputs as readonly HeadOutput[];
  if (splitParts(heads, input)) return 'anchor-free';
  const matrix = heads.length === 1 ? matrixOf(heads[0]) : undefined;
  if (matrix) {
    const count = cells(input);
    if (matrix.includes(count)) return 'anchor-free';
    if (matrix[0] === anchorsPerCell * count && matrix[1] > 5) return 'anchor-based';
    return matrix[1] === 6 ? 'end-to-end' : undefined;
  }
  const grids = heads.map((head) => gridOf(head, input));
  if (grids.length < strides.length || grids.includes(undefined)) return undefined;
  const channels = grids.map((grid) => grid!.channels);
  if (heads.length === 2 * strides.length)
    return channels.filter((count) => count === 4 * bins).length === strides.length ? 'raw anchor-free' : undefined;
  if (heads.length !== strides.length || new Set(channels).size > 1) return undefined;
  if (classes !== undefined && channels[0] === anchorsPerCell * (5 + classes)) return 'raw anchor-based';
  if (channels[0] > 4 * bins && (classes === undefined || channels[0] === 4 * bins + classes)) return 'raw anchor-free';
  return channels[0] % anchorsPerCell === 0 && channels[0] / anchorsPerCell > 5 ? 'raw anchor-based' : undefined;
}

/** Ultralytics' TFLite exports divide boxes by the input's size, ONNX exports do not: no box of a picture is two pixels wide. */
function boxUnit(matrix: (row: number, field: number) => number, rows: number): 'input' | 'pixel' {
  for (let row = 0; row < rows; row++) for (let field = 0; field < 4; field++) if (matrix(row, field) > 2) return 'pixel';
  return 'input';
}

/** Rows of centre x, centre y, width, height, [objectness,] and scores of classes. */
function decodeRows(output: HeadOutput, hasObjectness: boolean, { input, scoreThreshold, classes }: HeadOptions): ScoredBox[] {
  const [first, second] = matrixOf(output)!;
  const count = cells(input) * (hasObjectness ? anchorsPerCell : 1);
  const isTransposed = first !== count;
  const fields = isTransposed ? first : second;
  const at = (row: number, field: number) => output.values[isTransposed ? field * count + row : row * fields + field];
  const [scaleX, scaleY] = boxUnit(at, count) === 'input' ? [input.width, input.height] : [1, 1];
  const firstScore = hasObjectness ? 5 : 4;
  const scores = Math.min(classes ?? fields, fields - firstScore);
  const found: ScoredBox[] = [];
  for (let row = 0; row < count; row++) {
    const objectness = hasObjectness ? at(row, 4) : 1;
    if (objectness < scoreThreshold) continue;
    let index = 0;
    for (let c = 1; c < scores; c++) if (at(row, firstScore + c) > at(row, firstScore + index)) index = c;
    const score = objectness * at(row, firstScore + index);
    if (!(score >= scoreThreshold)) continue;
    const [x, y, width, height] = [at(row, 0) * scaleX, at(row, 1) * scaleY, at(row, 2) * scaleX, at(row, 3) * scaleY];
    found.push({ box: { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 }, index, score });
  }
  return found;
}

function decodeEndToEnd(output: HeadOutput, { input, scoreThreshold }: HeadOptions): ScoredBox[] {
  const [rows, fields] = matrixOf(output)!;
  const at = (row: number, field: number) => output.values[row * fields + field];
  const [scaleX, scaleY] = boxUnit(at, rows) === 'input' ? [input.width, input.height] : [1, 1];
  const found: ScoredBox[] = [];
  for (let row = 0; row < rows; row++) {
    const score = at(row, 4);
    if (!(score >= scoreThreshold)) continue;
    const box = { left: at(row, 0) * scaleX, top: at(row, 1) * scaleY, right: at(row, 2) * scaleX, bottom: at(row, 3) * scaleY };
    found.push({ box, index: Math.round(at(row, 5)), score });
  }
  return found;
}

/** A reader of the channels of a raw output's cells. */
function reader(output: HeadOutput, { channels, planar }: { channels: number; planar: boolean }, area: number) {
  return (cell: number, channel: number): number => output.values[planar ? channel * area + cell : cell * channels + channel];
}

/** Expectation over the bins of side `side` of a cell: sum of i * softmax(logits)[i]. */
function dflDistance(at: (cell: number, channel: number) => number, cell: number, side: number): number {
  let largest = -Infinity;
  for (let i = 0; i < bins; i++) largest = Math.max(largest, at(cell, side * bins + i));
  let [sum, weighted] = [0, 0];
  for (let i = 0; i < bins; i++) {
    const power = Math.exp(at(cell, side * bins + i) - largest);
    sum += power;
    weighted += i * power;
  }
  return weighted / sum;
}

/** Distances to left, top, right and bottom of the cell's centre, in cells (`ultralytics/utils/tal.py`, dist2bbox), and logits of classes. */
function decodeDistances(outputs: readonly HeadOutput[], { input, scoreThreshold, classes }: HeadOptions): ScoredBox[] {
  const grids = outputs.map((output) => ({ output, ...gridOf(output, input)! }));
  const isSplit = outputs.length > strides.length;
  const found: ScoredBox[] = [];
  for (const stride of strides) {
    const columns = Math.floor(input.width / stride);
    const area = columns * Math.floor(input.height / stride);
    const parts = grids.filter((grid) => grid.stride === stride);
    const boxes = isSplit ? parts.find(({ channels }) => channels === 4 * bins)! : parts[0];
    const logits = isSplit ? parts.find((part) => part !== boxes)! : parts[0];
    const [box, logit] = [reader(boxes.output, boxes, area), reader(logits.output, logits, area)];
    const first = isSplit ? 0 : 4 * bins;
    const count = Math.min(classes ?? logits.channels, logits.channels - first);
    for (let cell = 0; cell < area; cell++) {
      let index = 0;
      for (let c = 1; c < count; c++) if (logit(cell, first + c) > logit(cell, first + index)) index = c;
      const score = sigmoid(logit(cell, first + index));
      if (score < scoreThreshold) continue;
      const [x, y] = [(cell % columns) + 0.5, Math.floor(cell / columns) + 0.5];
      const [left, top, right, bottom] = [0, 1, 2, 3].map((side) => dflDistance(box, cell, side));
      found.push({
        box: { left: (x - left) * stride, top: (y - top) * stride, right: (x + right) * stride, bottom: (y + bottom) * stride },
        index,
        score,
      });
    }
  }
  return found;
}

/** Centre (2 s(x) - 0.5 + cell) * stride, size (2 s(w))^2 * anchor, s: sigmoid; scores are objectness times class. */
function decodeAnchors(outputs: readonly HeadOutput[], { input, scoreThreshold }: HeadOptions): ScoredBox[] {
  const found: ScoredBox[] = [];
  for (const output of outputs) {
    const grid = gridOf(output, input)!;
    const columns = Math.floor(input.width / grid.stride);
    const area = columns * Math.floor(input.height / grid.stride);
    const at = reader(output, grid, area);
    const fields = grid.channels / anchorsPerCell;
    for (let place = 0; place < area * anchorsPerCell; place++) {
      const [cell, anchor] = [Math.floor(place / anchorsPerCell), place % anchorsPerCell];
      const field = (index: number) => sigmoid(at(cell, anchor * fields + index));
      const objectness = field(4);
      if (objectness < scoreThreshold) continue;
      let index = 0;
      for (let c = 1; c < fields - 5; c++) if (at(cell, anchor * fields + 5 + c) > at(cell, anchor * fields + 5 + index)) index = c;
      const score = objectness * field(5 + index);
      if (score < scoreThreshold) continue;
      const [anchorWidth, anchorHeight] = anchorSizes[grid.stride][anchor];
      const x = (2 * field(0) - 0.5 + (cell % columns)) * grid.stride;
      const y = (2 * field(1) - 0.5 + Math.floor(cell / columns)) * grid.stride;
      const [width, height] = [(2 * field(2)) ** 2 * anchorWidth, (2 * field(3)) ** 2 * anchorHeight];
      found.push({ box: { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 }, index, score });
    }
  }
  return found;
}

/** All boxes of a head of this kind with scores from the threshold on, in pixels of the input; not yet suppressed. */
export function decodeYolo(head: YoloHead, outputs: readonly HeadOutput[], options: HeadOptions): ScoredBox[] {
  if (head === 'end-to-end') return decodeEndToEnd(outputs[0], options);
  if (head === 'raw anchor-free') return decodeDistances(outputs, options);
  if (head === 'raw anchor-based') return decodeAnchors(outputs, options);
  return decodeRows(outputs.length === 2 ? joined(outputs, options.input) : outputs[0], head === 'anchor-based', options);
}
