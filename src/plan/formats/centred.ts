// Owns centred int16, the format of 8-bit values in the core: code - zero point.
import { type Activation, allocate, elementCount, type Value } from '../../graph/graph';
import { activationRange } from '../../quant/activation-range';
import { tensorParams, zeroPointOf } from '../../quant/params';
import { type CoreDescriptors, coreOperators } from '../core-operators';
import type { Binary } from '../descriptor';
import { imageFields, origin, strides } from '../fields';
import type { Format } from '../format';
import { forEachSpan } from '../layout';
import { coreJob } from '../pack';
import { bytesOf } from '../region';
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

/** Whether all values are quantized 8-bit activations, as every core kernel but QUANTIZE and DEQUANTIZE requires. */
export function all8Bit(values: readonly (Value | undefined)[]): boolean {
  return values.every((value) => value !== undefined && is8Bit(value));
}

/** The clamp of centred results. */
interface CentredClamp {
  readonly lower: number;
  readonly upper: number;
}

/** The codes of a value's dtype, or those that a fused activation leaves of them, minus the zero point. */
export function centredClamp(value: Value, activation: Activation = 'NONE'): CentredClamp {
  const { scale, zeroPoint } = tensorParams(value);
  const { min, max } = activationRange(activation, scale, zeroPoint, value.dtype as 'int8' | 'uint8');
  return { lower: min - zeroPoint, upper: max - zeroPoint };
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

export const centred: Format = {
  name: 'centred int16',
  binary: core,
  elementBytes: 2,
  multipliesPadding: true,
  denseIsImage: false,
  represents: is8Bit,
  sameElements: (a, b) => zeroPointOf(a) === zeroPointOf(b),
  fill(emitter, value, image) {
    emitter.emit(core, 'Center', { input: emitter.dense(value), ...centerFields(value, image) });
  },
  fillConstant(emitter, value, image) {
    emitter.pack(coreJob('Center', centerFields(value, image), bytesOf(value.data!)));
  },
  toDense(emitter, value, image, dense) {
    const { layout } = image;
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
