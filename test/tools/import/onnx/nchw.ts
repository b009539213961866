// Owns plain NCHW arithmetic in doubles, index by index, which imported networks are compared with.

/** Row-major elements of any rank. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Every index of a shape, in row-major order. */
function* indices(shape: readonly number[]): Generator<number[]> {
  const count = shape.reduce((product, size) => product * size, 1);
  for (let i = 0; i < count; i++) {
    const index = new Array<number>(shape.length);
    let rest = i;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    yield index;
  }
}

/** The element at an index inside. */
export function at({ shape, data }: Tensor, index: readonly number[]): number {
  let offset = 0;
  for (const [axis, size] of shape.entries()) offset = offset * size + index[axis];
  return data[offset];
}

/** The tensor whose element at an index is `element(index)`. */
export function tensor(shape: readonly number[], element: (index: number[]) => number): Tensor {
  return { shape, data: Float64Array.from(indices(shape), element) };
}

export function map(x: Tensor, f: (value: number) => number): Tensor {
  return { shape: x.shape, data: x.data.map(f) };
}

/** The elements of `x` in another shape. */
export function reshape({ data }: Tensor, shape: readonly number[]): Tensor {
  return { shape, data };
}

export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  return tensor(
    permutation.map((axis) => x.shape[axis]),
    (index) => {
      const from = new Array<number>(index.length);
      for (const [to, axis] of permutation.entries()) from[axis] = index[to];
      return at(x, from);
    },
  );
}

/** Elements paired with broadcasting. */
export function pair(a: Tensor, b: Tensor, f: (x: number, y: number) => number): Tensor {
  const rank = Math.max(a.shape.length, b.shape.length);
  const size = (x: Tensor, axis: number) => x.shape[axis - rank + x.shape.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, axis) => Math.max(size(a, axis), size(b, axis)));
  const pick = (x: Tensor, index: number[]) => {
    let offset = 0;
    for (const [axis, length] of x.shape.entries()) {
      offset = offset * length + (length === 1 ? 0 : index[axis + rank - x.shape.length]);
    }
    return x.data[offset];
  };
  return tensor(shape, (index) => f(pick(a, index), pick(b, index)));
}

export interface Sliding {
  strides: readonly number[];
  /** top, left, bottom, right */
  pads: readonly number[];
  dilations: readonly number[];
}

/** Sum over taps; `outputs` is [height, width]. */
export function conv(x: Tensor, w: Tensor, b: Tensor | undefined, groups: number, how: Sliding): Tensor {
  const [batch, channels, height, width] = x.shape;
  const [outputs, perGroup, kh, kw] = w.shape;
  const size = (input: number, k: number, axis: number) =>
    Math.floor((input + how.pads[axis] + how.pads[axis + 2] - (k - 1) * how.dilations[axis] - 1) / how.strides[axis]) + 1;
  return tensor([batch, outputs, size(height, kh, 0), size(width, kw, 1)], ([n, o, y, z]) => {
    let sum = b ? b.data[o] : 0;
    const group = Math.floor((o * groups) / outputs);
    for (let c = 0; c < channels / groups; c++) {
      for (let i = 0; i < kh; i++) {
        for (let j = 0; j < kw; j++) {
          const row = y * how.strides[0] - how.pads[0] + i * how.dilations[0];
          const column = z * how.strides[1] - how.pads[1] + j * how.dilations[1];
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          sum += x.data[((n * channels + group * perGroup + c) * height + row) * width + column] * at(w, [o, c, i, j]);
        }
      }
    }
    return sum;
  });
}

/** Gathers, for every output, the inputs whose taps fall on it. */
export function convTranspose(x: Tensor, w: Tensor, b: Tensor | undefined, groups: number, how: Sliding, extra: readonly number[]): Tensor {
  const [batch, channels, height, width] = x.shape;
  const [, perGroup, kh, kw] = w.shape;
  const size = (input: number, k: number, axis: number) =>
    (input - 1) * how.strides[axis] + (k - 1) * how.dilations[axis] + 1 + extra[axis] - how.pads[axis] - how.pads[axis + 2];
  return tensor([batch, groups * perGroup, size(height, kh, 0), size(width, kw, 1)], ([n, o, y, z]) => {
    let sum = b ? b.data[o] : 0;
    for (let c = 0; c < channels; c++) {
      if (Math.floor((c * groups) / channels) !== Math.floor(o / perGroup)) continue;
      for (let i = 0; i < kh; i++) {
        for (let j = 0; j < kw; j++) {
          const row = (y + how.pads[0] - i * how.dilations[0]) / how.strides[0];
          const column = (z + how.pads[1] - j * how.dilations[1]) / how.strides[1];
          if (!Number.isInteger(row) || !Number.isInteger(column)) continue;
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          sum += at(x, [n, c, row, column]) * at(w, [c, o % perGroup, i, j]);
        }
      }
    }
    return sum;
  });
}

/** `reduce` gets the elements of every window that lie inside the image, and how many lie in declared padding. */
export function pool(
  x: Tensor,
  kernel: readonly number[],
  how: Sliding & { ceil?: boolean },
  reduce: (inside: number[], inPadding: number) => number,
): Tensor {
  const [batch, channels, height, width] = x.shape;
  const size = (input: number, axis: number) => {
    const span = (kernel[axis] - 1) * how.dilations[axis] + 1;
    const steps = (input + how.pads[axis] + how.pads[axis + 2] - span) / how.strides[axis];
    const last = how.ceil ? Math.ceil(steps) : Math.floor(steps);
    return last * how.strides[axis] >= input + how.pads[axis] ? last : last + 1;
  };
  return tensor([batch, channels, size(height, 0), size(width, 1)], ([n, c, y, z]) => {
    const inside: number[] = [];
    let inPadding = 0;
    for (let i = 0; i < kernel[0]; i++) {
      for (let j = 0; j < kernel[1]; j++) {
        const row = y * how.strides[0] - how.pads[0] + i * how.dilations[0];
        const column = z * how.strides[1] - how.pads[1] + j * how.dilations[1];
        if (row >= 0 && row < height && column >= 0 && column < width) inside.push(at(x, [n, c, row, column]));
        else if (row < height + how.pads[2] && column < width + how.pads[3]) inPadding++;
      }
    }
    return reduce(inside, inPadding);
  });
}
