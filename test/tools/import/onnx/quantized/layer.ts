// Owns a convolution between codes as a QDQ file, and the parts of which tests make others.
import type { FileModel, FileNode } from '../file';
import { one, randomCodes, zero } from './file';

export const scale = 0.05;
export const zeroPoint = -9;
export const codes = { scale, zeroPoint };
export const quantize = (from: string, to: string, params = 'a'): FileNode => ({
  type: 'QuantizeLinear',
  inputs: [from, `${params}s`, `${params}z`],
  outputs: [to],
});
export const dequantize = (from: string, to: string, params = 'a', axis = 0): FileNode => ({
  type: 'DequantizeLinear',
  inputs: [from, `${params}s`, `${params}z`],
  outputs: [to],
  attributes: { axis },
});
export const params = (name: string, value: number, zeroCode: number, dtype: 'int8' | 'uint8' = 'int8') => ({
  [`${name}s`]: one(value),
  [`${name}z`]: zero(zeroCode, dtype),
});
export const perChannel = (name: string, count: number, dtype: 'int8' | 'uint8' = 'int8', zeroCode = 0) => ({
  [`${name}s`]: { shape: [count], data: Float32Array.from({ length: count }, (_, c) => 0.01 * (c + 1)) },
  [`${name}z`]: { shape: [count], data: dtype === 'int8' ? new Int8Array(count).fill(zeroCode) : new Uint8Array(count).fill(zeroCode) },
});

/** A convolution between codes. */
export const layer: FileModel = {
  inputs: { x: [1, 4, 6, 5] },
  constants: {
    ...params('a', scale, zeroPoint),
    ...params('y', 0.1, 3),
    ...perChannel('w', 6),
    w: { shape: [6, 4, 3, 3], data: randomCodes('int8', 216, 7) },
    b: { shape: [6], data: Int32Array.of(2 ** 30 + 1, -(2 ** 30) - 3, 5, -7, 2 ** 24 + 1, 0) },
    bs: { shape: [6], data: Float32Array.from({ length: 6 }, (_, c) => Math.fround(Math.fround(scale) * Math.fround(0.01 * (c + 1)))) },
  },
  nodes: [
    quantize('x', 'q'),
    dequantize('q', 'd'),
    dequantize('w', 'dw', 'w'),
    { type: 'DequantizeLinear', inputs: ['b', 'bs'], outputs: ['db'], attributes: { axis: 0 } },
    { type: 'Conv', inputs: ['d', 'dw', 'db'], outputs: ['r'] },
    quantize('r', 'qy', 'y'),
    dequantize('qy', 'y', 'y'),
  ],
  outputs: ['y'],
};
