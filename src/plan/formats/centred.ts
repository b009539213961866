// Owns centred int16, the format of 8-bit values in the core, code - zero point, and of 16-bit ones, whose zero point is 0.
import { type Activation, allocate, elementCount, type Value } from '../../graph/graph';
import { activationRange, type CodeType } from '../../quant/activation-range';
import { tensorParams, zeroPointOf } from '../../quant/params';
import { type CoreDescriptors, coreOperators } from '../core-operators';
import type { Binary } from '../descriptor';
import { imageFields, origin, strides } from '../fields';
import type { Emitter, Format } from '../format';
import { forEachSpan, makeLayout } from '../layout';
import { coreJob, type PackingJob } from '../pack';
import { type Address, bytesOf } from '../region';
import type { Image } from '../step';

/** The binary of 8-bit networks: either core. */
export const core: Binary<CoreDescriptors> = { name: 'core', operators: coreOperators };

/** The descriptors' flag of int8. */
export function isSigned(value: Value): 0 | 1 {
  return value.dtype === 'int8' ? 1 : 0;
}

export function is8Bit(value: Value): boolean {
  return (value.dtype === 'uint8' || value.dtype === 'int8') && value.quantization !== undefined;
}

/** Whether all values are quantized 8-bit activations, as every core kernel that has 9-bit elements in its bounds or tables requires. */
export function all8Bit(values: readonly (Value | undefined)[]): boolean {
  return values.every((value) => value !== undefined && is8Bit(value));
}

/** Whether a value is a quantized 16-bit activation without zero point: its codes are centred elements. */
export function is16Bit({ dtype, quantization }: Value): boolean {
  return dtype === 'int16' && quantization?.scale.length === 1 && quantization.zeroPoint[0] === 0;
}

export function all16Bit(values: readonly (Value | undefined)[]): boolean {
  return values.every((value) => value !== undefined && is16Bit(value));
}

export function isCentred(value: Value): boolean {
  return is8Bit(value) || is16Bit(value);
}

/** Whether all values have the same kind of codes; for kernels that are exact for all int16. */
export function allCentred(values: readonly (Value | undefined)[]): boolean {
  return all8Bit(values) || all16Bit(values);
}

/** The largest magnitude of centred elements. */
export function maxElement(value: Value): number {
  return is16Bit(value) ? 2 ** 15 : 255;
}

/** The clamp of centred results. */
interface CentredClamp {
  readonly lower: number;
  readonly upper: number;
}

/** The codes of a value's dtype, or those that a fused activation leaves of them, minus the zero point. */
export function centredClamp(value: Value, activation: Activation = 'NONE'): CentredClamp {
  const { scale, zeroPoint } = tensorParams(value);
  const { min, max } = activationRange(activation, scale, zeroPoint, value.dtype as CodeType);
  return { lower: min - zeroPoint, upper: max - zeroPoint };
}

/** The dense codes of an image, which may have another shape than its value. */
function denseCodes({ region }: Address, { layout }: Image): Image {
  return { region, layout: makeLayout(layout, 2, undefined, true) };
}

/** Emits a copy of every pixel; rows are spans where pixels are equally far apart. */
function copyCodes(emitter: Emitter, source: Image, target: Image): void {
  const { layout } = source;
  const isRow = layout.pixelBytes === target.layout.pixelBytes;
  const offsets = (count: number, bytes: number) =>
    emitter.shared(`offsets ${count} ${bytes}`, count, () => Int32Array.from({ length: count }, (_, i) => i * bytes));
  emitter.emit(core, 'Copy', {
    input: origin(source),
    output: origin(target),
    ...imageFields(layout),
    columns: isRow ? 1 : layout.columns,
    elements: isRow ? layout.columns * layout.pixelElements : layout.channels,
    inputImageBytes: layout.imageBytes,
    inputRows: offsets(layout.rows, layout.rowBytes),
    inputColumns: offsets(isRow ? 1 : layout.columns, layout.pixelBytes),
    ...strides('output', target.layout),
    ...{ table: 0, tableBias: 0, tableOffset: 0, slopes: 0 },
  });
}

/** The fields of Center but the address of the codes. */
function centerFields(value: Value, image: Image) {
  const { layout } = image;
  return {
    output: origin(image),
    ...imageFields(layout),
    channels: layout.channels,
    ...strides('output', layout),
    zeroPoint: zeroPointOf(value),
    signed: isSigned(value),
  };
}

/** Codes of a constant to an image without border; its bytes are a multiple of four, whatever the host writes them as. */
function codesJob(value: Value, { region, layout }: Image): PackingJob {
  const data = value.data as Int16Array;
  const write = ({ buffer, byteOffset, byteLength }: Float32Array) => {
    const target = new Int16Array(buffer, byteOffset, byteLength / 2);
    let from = 0;
    forEachSpan(layout, (begin, count) => {
      target.set(data.subarray(from, from + count), begin);
      from += count;
    });
  };
  return { region, write };
}

export const centred: Format = {
  name: 'centred int16',
  binary: core,
  elementBytes: 2,
  multipliesPadding: true,
  denseIsImage: false,
  represents: isCentred,
  sameElements: (a, b) => zeroPointOf(a) === zeroPointOf(b),
  fill(emitter, value, image) {
    if (is16Bit(value)) copyCodes(emitter, denseCodes(emitter.dense(value), image), image);
    else emitter.emit(core, 'Center', { input: emitter.dense(value), ...centerFields(value, image) });
  },
  fillConstant(emitter, value, image) {
    if (is16Bit(value)) emitter.pack(codesJob(value, image));
    else emitter.pack(coreJob('Center', centerFields(value, image), bytesOf(value.data!)));
  },
  toDense(emitter, value, image, dense) {
    const { layout } = image;
    if (is16Bit(value)) {
      copyCodes(emitter, image, denseCodes(dense, image));
      return;
    }
    emitter.emit(core, 'Uncenter', {
      input: origin(image),
      output: dense,
      ...imageFields(layout),
      channels: layout.channels,
      ...strides('input', layout),
      zeroPoint: zeroPointOf(value),
    });
  },
  read(memory, value, { region, layout }) {
    const codes = allocate(value.dtype, elementCount(value.shape));
    const elements = new Int16Array(memory, region.address, layout.bytes / 2);
    const zeroPoint = zeroPointOf(value);
    let to = 0;
    forEachSpan(layout, (begin, count) => {
      for (let i = begin; i < begin + count; i++) codes[to++] = elements[i] + zeroPoint;
    });
    return codes;
  },
};
