// Owns lines and planes of elements of 1, 2, 4 or 8 bytes that move from one step to another, unchanged; writes exactly those.

/** `bytes` neighbours. */
function copyBytes(input: usize, output: usize, bytes: usize): void {
  if (bytes >= 16) {
    const last = input + bytes - 16;
    let to = output;
    for (let from = input; from < last; from += 16, to += 16) v128.store(to, v128.load(from));
    // The last vector may overlap the one before.
    v128.store(output + bytes - 16, v128.load(last));
    return;
  }
  let done: usize = 0;
  if (bytes & 8) {
    store<u64>(output, load<u64>(input));
    done = 8;
  }
  if (bytes & 4) {
    store<u32>(output + done, load<u32>(input + done));
    done += 4;
  }
  if (bytes & 2) {
    store<u16>(output + done, load<u16>(input + done));
    done += 2;
  }
  if (bytes & 1) store<u8>(output + done, load<u8>(input + done));
}

function elements<T>(count: i32, input: usize, inputBytes: i32, output: usize, outputBytes: i32): void {
  for (let i = 0; i < count; i++) {
    store<T>(output, load<T>(input));
    input += <usize>inputBytes;
    output += <usize>outputBytes;
  }
}

/** `count` elements, so many bytes apart on each side; steps may be 0 or negative. */
export function moveLine(elementBytes: i32, count: i32, input: usize, inputBytes: i32, output: usize, outputBytes: i32): void {
  if (inputBytes == elementBytes && outputBytes == elementBytes) copyBytes(input, output, <usize>count * <usize>elementBytes);
  else if (elementBytes == 1) elements<u8>(count, input, inputBytes, output, outputBytes);
  else if (elementBytes == 2) elements<u16>(count, input, inputBytes, output, outputBytes);
  else if (elementBytes == 4) elements<u32>(count, input, inputBytes, output, outputBytes);
  else elements<u64>(count, input, inputBytes, output, outputBytes);
}

/** 8 x 8 elements of 2 bytes: rows `inputBytes` apart become columns. */
function transpose16(input: usize, inputBytes: usize, output: usize, outputBytes: usize): void {
  const a0 = v128.load(input);
  const a1 = v128.load(input + inputBytes);
  const a2 = v128.load(input + 2 * inputBytes);
  const a3 = v128.load(input + 3 * inputBytes);
  const a4 = v128.load(input + 4 * inputBytes);
  const a5 = v128.load(input + 5 * inputBytes);
  const a6 = v128.load(input + 6 * inputBytes);
  const a7 = v128.load(input + 7 * inputBytes);
  const b0 = v128.shuffle<i16>(a0, a1, 0, 8, 1, 9, 2, 10, 3, 11);
  const b1 = v128.shuffle<i16>(a0, a1, 4, 12, 5, 13, 6, 14, 7, 15);
  const b2 = v128.shuffle<i16>(a2, a3, 0, 8, 1, 9, 2, 10, 3, 11);
  const b3 = v128.shuffle<i16>(a2, a3, 4, 12, 5, 13, 6, 14, 7, 15);
  const b4 = v128.shuffle<i16>(a4, a5, 0, 8, 1, 9, 2, 10, 3, 11);
  const b5 = v128.shuffle<i16>(a4, a5, 4, 12, 5, 13, 6, 14, 7, 15);
  const b6 = v128.shuffle<i16>(a6, a7, 0, 8, 1, 9, 2, 10, 3, 11);
  const b7 = v128.shuffle<i16>(a6, a7, 4, 12, 5, 13, 6, 14, 7, 15);
  const c0 = v128.shuffle<i32>(b0, b2, 0, 4, 1, 5);
  const c1 = v128.shuffle<i32>(b0, b2, 2, 6, 3, 7);
  const c2 = v128.shuffle<i32>(b1, b3, 0, 4, 1, 5);
  const c3 = v128.shuffle<i32>(b1, b3, 2, 6, 3, 7);
  const c4 = v128.shuffle<i32>(b4, b6, 0, 4, 1, 5);
  const c5 = v128.shuffle<i32>(b4, b6, 2, 6, 3, 7);
  const c6 = v128.shuffle<i32>(b5, b7, 0, 4, 1, 5);
  const c7 = v128.shuffle<i32>(b5, b7, 2, 6, 3, 7);
  v128.store(output, v128.shuffle<i64>(c0, c4, 0, 2));
  v128.store(output + outputBytes, v128.shuffle<i64>(c0, c4, 1, 3));
  v128.store(output + 2 * outputBytes, v128.shuffle<i64>(c1, c5, 0, 2));
  v128.store(output + 3 * outputBytes, v128.shuffle<i64>(c1, c5, 1, 3));
  v128.store(output + 4 * outputBytes, v128.shuffle<i64>(c2, c6, 0, 2));
  v128.store(output + 5 * outputBytes, v128.shuffle<i64>(c2, c6, 1, 3));
  v128.store(output + 6 * outputBytes, v128.shuffle<i64>(c3, c7, 0, 2));
  v128.store(output + 7 * outputBytes, v128.shuffle<i64>(c3, c7, 1, 3));
}

/** 4 x 4 elements of 4 bytes. */
function transpose32(input: usize, inputBytes: usize, output: usize, outputBytes: usize): void {
  const a0 = v128.load(input);
  const a1 = v128.load(input + inputBytes);
  const a2 = v128.load(input + 2 * inputBytes);
  const a3 = v128.load(input + 3 * inputBytes);
  const b0 = v128.shuffle<i32>(a0, a1, 0, 4, 1, 5);
  const b1 = v128.shuffle<i32>(a0, a1, 2, 6, 3, 7);
  const b2 = v128.shuffle<i32>(a2, a3, 0, 4, 1, 5);
  const b3 = v128.shuffle<i32>(a2, a3, 2, 6, 3, 7);
  v128.store(output, v128.shuffle<i64>(b0, b2, 0, 2));
  v128.store(output + outputBytes, v128.shuffle<i64>(b0, b2, 1, 3));
  v128.store(output + 2 * outputBytes, v128.shuffle<i64>(b1, b3, 0, 2));
  v128.store(output + 3 * outputBytes, v128.shuffle<i64>(b1, b3, 1, 3));
}

/**
 * `rows` x `columns` elements: rows are neighbours in the input and `outputBytes` apart in the output, columns `inputBytes` apart in the input
 * and neighbours in the output. Steps may be negative.
 */
export function movePlane(
  elementBytes: i32,
  rows: i32,
  columns: i32,
  input: usize,
  inputBytes: i32,
  output: usize,
  outputBytes: i32,
): void {
  const tile = elementBytes == 2 ? 8 : elementBytes == 4 ? 4 : 1;
  const wholeRows = tile == 1 ? 0 : rows & -tile;
  const wholeColumns = columns & -tile;
  for (let row = 0; row < wholeRows; row += tile) {
    const from = input + <usize>(row * elementBytes);
    const to = output + <usize>(row * outputBytes);
    for (let column = 0; column < wholeColumns; column += tile) {
      const place = from + <usize>(column * inputBytes);
      if (elementBytes == 2) transpose16(place, <usize>inputBytes, to + (<usize>column << 1), <usize>outputBytes);
      else transpose32(place, <usize>inputBytes, to + (<usize>column << 2), <usize>outputBytes);
    }
  }
  for (let row = 0; row < rows; row++) {
    const begin = row < wholeRows ? wholeColumns : 0;
    if (begin == columns) continue;
    const from = input + <usize>(row * elementBytes + begin * inputBytes);
    const to = output + <usize>(row * outputBytes + begin * elementBytes);
    moveLine(elementBytes, columns - begin, from, inputBytes, to, elementBytes);
  }
}
