// Owns QuantizeLinear and DequantizeLinear: between them, tensors of codes are kept as their reals, with the codes' parameters beside.
import { codeRange, elementCount, type TensorParams, type Value } from 'zeropoint/graph';
import type { OnnxBuilder } from '../builder';
import type { Call, Converter } from '../call';
import { type Operand, shapeOf } from '../operand';
import { withNumber } from '../operators/elementwise';
import { dataTypes } from '../tensor';
import { type Codes, forChannels, int8Params, realOf, roundHalfToEven, sameCodes } from './codes';

interface Parameters {
  /** One entry, or one per channel. */
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
}

/** Scale and zero point of the node; extra inputs of expanded nodes multiply and divide the scale. @throws ModelError */
function parametersOf(call: Call, min: number, max: number): Parameters {
  const list = (index: number) => Array.from(call.reals(index) ?? [1]);
  const [scales, factors, divisors] = [list(1), list(3), list(4)];
  const count = Math.max(scales.length, factors.length);
  const multiplier = call.float('multiplier', 1);
  const at = (values: readonly number[], i: number) => values[values.length === 1 ? 0 : i];
  const scale = Array.from({ length: count }, (_, i) => Math.fround((at(scales, i) * at(factors, i) * multiplier) / divisors[0]));
  const given = call.integers(2) ?? [0];
  const zeroPoint = scale.map((_, i) => at(given, i));
  if (given.length > 1 && given.length !== count) call.fail('bad-shape', `${given.length} zero points do not fit ${count} scales`);
  if (scale.some((value) => !(value > 0 && Number.isFinite(value)))) call.fail('bad-quantization', 'its scale must be above 0 and finite');
  if (zeroPoint.some((value) => !(Number.isInteger(value) && value >= min && value <= max))) {
    call.fail('bad-quantization', `its zero point must be an integer of ${min} to ${max}`);
  }
  return { scale, zeroPoint };
}

/** The channel of every element is floor(i / stride) % channels. @throws ModelError where scales do not fit the axis */
function channelStride(call: Call, shape: readonly number[], count: number): number {
  if (count === 1) return 1;
  const axis = call.axis(call.int('axis', 1), shape.length);
  if (shape[axis] !== count) call.fail('bad-shape', `${count} scales do not fit axis ${axis} of [${shape}]`);
  return elementCount(shape.slice(axis + 1));
}

/** A QUANTIZE of `value` to int8 or uint8. */
export function quantizeValue(builder: OnnxBuilder, value: Value, { scale, zeroPoint, dtype }: Codes, name: string): Value {
  const codes = builder.node('QUANTIZE', {}, [value], name);
  codes.dtype = dtype;
  codes.quantization = { scale: [scale], zeroPoint: [zeroPoint], axis: 0 };
  builder.hasCodes = true;
  return codes;
}

/** The dtype of the codes that QuantizeLinear gives: that of its zero point, else of `output_dtype`, else uint8. */
function codesDtype(call: Call): Codes['dtype'] {
  const type = call.optional(2)?.elementType ?? (call.int('output_dtype', 0) || dataTypes.UINT8);
  if (type === dataTypes.INT8) return 'int8';
  return type === dataTypes.UINT8 ? 'uint8' : call.fail('unsupported-feature', `its codes have element type ${type}; use int8 or uint8`);
}

/** Codes of a constant; the file keeps its floats. */
function quantizedConstant(call: Call, elements: ArrayLike<number>, dtype: Codes['dtype'], { scale, zeroPoint }: Parameters): Operand {
  const x = call.builder.plain(call.operand(0), call.inputName(0));
  const { min, max } = codeRange(dtype);
  const stride = channelStride(call, shapeOf(x), scale.length);
  call.charge(elements.length);
  const data = Array.from(elements, (real, i) => {
    const c = scale.length === 1 ? 0 : Math.floor(i / stride) % scale.length;
    return Math.min(Math.max(roundHalfToEven(Math.fround(real / scale[c])) + zeroPoint[c], min), max);
  });
  return { axes: x.axes, stored: x.axes, data };
}

export const quantizeLinear: Converter = (call) => {
  const x = call.operand(0);
  const dtype = codesDtype(call);
  const { min, max } = codeRange(dtype);
  const params = parametersOf(call, min, max);
  const elements = call.elements(0);
  if (elements) return quantizedConstant(call, elements, dtype, params);
  if (x.codes) call.fail('bad-dtype', `input 0 '${call.inputName(0)}' holds codes already`);
  if (params.scale.length > 1) call.fail('unsupported-feature', 'activations have one scale per tensor, not one per channel');
  const codes: Codes = { scale: params.scale[0], zeroPoint: params.zeroPoint[0], dtype };
  const value = call.builder.arrange(x, x.stored, call.inputName(0));
  const stored = quantizeValue(call.builder, value, { ...int8Params(codes), dtype: 'int8' }, call.output);
  return { ...call.alike('DEQUANTIZE', {}, x, [stored], `${call.output}/real`), codes };
};

/** The reals of a constant, which the builder relates to its codes. */
function dequantizedConstant(call: Call, x: Operand): Operand {
  const { scale, zeroPoint } = parametersOf(call, -128, 255);
  const { builder } = call;
  const { axes, stored, data } = scale.length === 1 ? x : builder.plain(x, call.inputName(0));
  const codes = data as readonly number[];
  const stride = channelStride(call, shapeOf(x), scale.length);
  call.charge(2 * codes.length);
  const reals = new Float32Array(codes.length);
  forChannels(codes.length, stride, scale.length, (c, begin, end) => {
    for (let i = begin; i < end; i++) reals[i] = realOf(codes[i], scale[c], zeroPoint[c]);
  });
  builder.dequantized.set(reals, { codes, scale, zeroPoint, isDynamic: call.int('dynamic', 0) === 1 });
  builder.hasCodes = true;
  return { axes, stored, data: reals };
}

/** Codes read with other parameters than they were written with: a product and a sum of reals. */
function reinterpreted(call: Call, x: Operand, from: Codes, to: TensorParams): Operand {
  const name = call.output;
  const factor = Math.fround(to.scale / from.scale);
  const offset = Math.fround(to.scale * (from.zeroPoint - to.zeroPoint));
  const scaled = factor === 1 ? x : withNumber(call, 'MUL', x, factor, offset === 0 ? name : `${name}/scaled`);
  return offset === 0 ? scaled : withNumber(call, 'ADD', scaled, offset, name);
}

export const dequantizeLinear: Converter = (call) => {
  const x = call.operand(0);
  if (x.data && !(x.data instanceof Float32Array)) return dequantizedConstant(call, x);
  const { codes } = x;
  if (!codes) return call.fail('bad-dtype', `input 0 '${call.inputName(0)}' holds floats, not codes`);
  const { scale, zeroPoint } = parametersOf(call, -128, 255);
  if (scale.length > 1) call.fail('unsupported-feature', 'activations have one scale per tensor, not one per channel');
  const own: Codes = { scale: scale[0], zeroPoint: zeroPoint[0], dtype: codes.dtype };
  const { axes, stored, value } = x;
  const reals = { axes, stored, value };
  return sameCodes(own, codes) ? reals : reinterpreted(call, reals, codes, own);
};

/** Codes that are an output of the file, in the dtype of the file. */
export function outputCodes(builder: OnnxBuilder, { codes }: Operand, value: Value, name: string): Value {
  return codes ? quantizeValue(builder, value, codes, name) : value;
}
