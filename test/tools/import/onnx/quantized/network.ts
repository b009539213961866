// Owns a small network like MobileNetV2 with seeded codes, as ONNX files in QDQ and in QOperator form.
import type { Random as RandomType } from '../../../../support/random';
import { Random } from '../../../../support/random';
import type { Attribute, FileModel, FileNode, FileTensor } from '../file';
import { type CodesDtype, one, type Params, zero } from './file';

export interface NetworkScheme {
  form: 'qdq' | 'qoperator';
  activations: CodesDtype;
  /** uint8 weights have a zero point. */
  weights: CodesDtype;
  perChannel: boolean;
}

/** A tensor of codes by its name, with the names of its scale and zero point. */
interface Tensor {
  name: string;
  channels: number;
}

const contrib = 'com.microsoft';
export const networkInput: readonly number[] = [1, 3, 32, 32];

class Network {
  readonly nodes: FileNode[] = [];
  readonly constants: Record<string, FileTensor> = {};
  private readonly random: RandomType;
  private count = 0;

  constructor(private readonly scheme: NetworkScheme) {
    this.random = new Random(42);
  }

  /** Names of scale and zero point of a tensor. */
  params(name: string): [string, string] {
    return [`${name}_scale`, `${name}_zero`];
  }

  /** Parameters of codes from `low` to `high`. */
  private tensor(name: string, low: number, high: number, channels: number): Tensor {
    const scale = (high - low) / 255;
    const zeroPoint = Math.round(-low / scale) + (this.scheme.activations === 'int8' ? -128 : 0);
    this.define(name, { scale, zeroPoint });
    return { name, channels };
  }

  private define(name: string, { scale, zeroPoint }: Params): void {
    const [scaleName, zeroName] = this.params(name);
    this.constants[scaleName] = one(scale);
    this.constants[zeroName] = zero(zeroPoint, this.scheme.activations);
  }

  add(type: string, inputs: string[], output: string, attributes?: Record<string, Attribute>, domain?: string): void {
    this.nodes.push({ type, inputs, outputs: [output], attributes, domain });
  }

  /** Weights with their scale and zero point, and a bias, of a layer of `outputs` channels; names of these constants. */
  private layer(name: string, shape: number[], outputs: number, axis: number, inputScale: number): string[] {
    const { weights, perChannel } = this.scheme;
    const depth = shape.reduce((product, size) => product * size, 1) / outputs;
    const count = perChannel ? outputs : 1;
    const isSigned = weights === 'int8';
    const scale = Float32Array.from({ length: count }, () => (4 / 127 / Math.sqrt(depth)) * (0.7 + 0.6 * this.random.real()));
    const data = Array.from({ length: depth * outputs }, () => Math.max(-127, Math.min(127, Math.round(this.random.normal() * 45))));
    const zeroPoint = isSigned ? 0 : 121;
    const list = perChannel ? [count] : [];
    this.constants[`${name}_w`] = {
      shape,
      data: isSigned
        ? Int8Array.from(data)
        : Uint8Array.from(data, (code) => Math.max(0, Math.min(255, code + zeroPoint + (code > 100 ? 20 : 0)))),
    };
    this.constants[`${name}_ws`] = { shape: list, data: scale };
    this.constants[`${name}_wz`] = { shape: list, data: isSigned ? new Int8Array(count) : new Uint8Array(count).fill(zeroPoint) };
    this.constants[`${name}_b`] = {
      shape: [outputs],
      data: Int32Array.from({ length: outputs }, (_, c) =>
        Math.round((0.1 * this.random.normal()) / (inputScale * scale[perChannel ? c : 0])),
      ),
    };
    this.constants[`${name}_bs`] = { shape: list, data: scale.map((value) => Math.fround(inputScale * value)) };
    return [`${name}_w`, `${name}_ws`, `${name}_wz`, `${name}_b`, `${name}_bs`, String(axis)];
  }

  private scaleOf(name: string): number {
    return (this.constants[`${name}_scale`].data as Float32Array)[0];
  }

  private dequantized(name: string): string {
    const real = `${name}_real${this.count++}`;
    this.add('DequantizeLinear', [name, ...this.params(name)], real);
    return real;
  }

  conv(x: Tensor, outputs: number, kernel: number, stride: number, groups: number, range: [number, number]): Tensor {
    const name = `t${this.count++}`;
    const result = this.tensor(name, range[0], range[1], outputs);
    const shape = [outputs, x.channels / groups, kernel, kernel];
    const [w, ws, wz, b, bs] = this.layer(name, shape, outputs, 0, this.scaleOf(x.name));
    const pad = kernel >> 1;
    const attributes = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad], group: groups };
    if (this.scheme.form === 'qoperator') {
      this.add('QLinearConv', [x.name, ...this.params(x.name), w, ws, wz, ...this.params(name), b], name, attributes);
      return result;
    }
    this.add('DequantizeLinear', [w, ws, wz], `${w}r`, { axis: 0 });
    this.add('DequantizeLinear', [b, bs], `${b}r`, { axis: 0 });
    this.add('Conv', [this.dequantized(x.name), `${w}r`, `${b}r`], `${name}_conv`, attributes);
    const isClipped = range[0] === 0;
    if (isClipped) this.add('Clip', [`${name}_conv`, 'zero', 'six'], `${name}_clip`);
    this.add('QuantizeLinear', [isClipped ? `${name}_clip` : `${name}_conv`, ...this.params(name)], name);
    return result;
  }

  sum(a: Tensor, b: Tensor): Tensor {
    const name = `t${this.count++}`;
    const result = this.tensor(name, -5, 6, a.channels);
    if (this.scheme.form === 'qoperator') {
      const operands = [a, b].flatMap((operand) => [operand.name, ...this.params(operand.name)]);
      this.add('QLinearAdd', [...operands, ...this.params(name)], name, {}, contrib);
    } else {
      this.add('Add', [this.dequantized(a.name), this.dequantized(b.name)], `${name}_sum`);
      this.add('QuantizeLinear', [`${name}_sum`, ...this.params(name)], name);
    }
    return result;
  }

  mean(x: Tensor): Tensor {
    const name = `t${this.count++}`;
    const result = this.tensor(name, 0, 3, x.channels);
    if (this.scheme.form === 'qoperator') {
      this.add('QLinearGlobalAveragePool', [x.name, ...this.params(x.name), ...this.params(name)], name, {}, contrib);
    } else {
      this.add('GlobalAveragePool', [this.dequantized(x.name)], `${name}_mean`);
      this.add('QuantizeLinear', [`${name}_mean`, ...this.params(name)], name);
    }
    return result;
  }

  /** Flatten of codes, then a dense layer. */
  dense(x: Tensor, outputs: number): Tensor {
    const flat = `${x.name}_flat`;
    this.add('Flatten', [x.name], flat, { axis: 1 });
    const name = `t${this.count++}`;
    const result = this.tensor(name, -6, 6, outputs);
    const [w, ws, wz, b, bs] = this.layer(name, [outputs, x.channels], outputs, 0, this.scaleOf(x.name));
    if (this.scheme.form === 'qoperator') {
      this.add('QGemm', [flat, ...this.params(x.name), w, ws, wz, b, ...this.params(name)], name, { transB: 1 }, contrib);
      return result;
    }
    this.add('DequantizeLinear', [flat, ...this.params(x.name)], `${flat}r`);
    this.add('DequantizeLinear', [w, ws, wz], `${w}r`, { axis: 0 });
    this.add('DequantizeLinear', [b, bs], `${b}r`, { axis: 0 });
    this.add('Gemm', [`${flat}r`, `${w}r`, `${b}r`], `${name}_gemm`, { transB: 1 });
    this.add('QuantizeLinear', [`${name}_gemm`, ...this.params(name)], name);
    return result;
  }

  build(): FileModel {
    this.constants.zero = one(0);
    this.constants.six = one(6);
    const input = this.tensor('codes', -2.5, 2.5, 3);
    this.add('QuantizeLinear', ['image', ...this.params('codes')], 'codes');
    const relu6: [number, number] = [0, 6];
    const linear: [number, number] = [-4, 4.5];
    const stem = this.conv(input, 8, 3, 2, 1, relu6);
    const first = this.conv(this.conv(this.conv(stem, 16, 1, 1, 1, relu6), 16, 3, 1, 16, relu6), 8, 1, 1, 1, linear);
    const joined = this.sum(stem, first);
    const second = this.conv(this.conv(this.conv(joined, 24, 1, 1, 1, relu6), 24, 3, 2, 24, relu6), 12, 1, 1, 1, linear);
    const logits = this.dense(this.mean(this.conv(second, 32, 1, 1, 1, relu6)), 10);
    this.add('DequantizeLinear', [logits.name, ...this.params(logits.name)], 'logits');
    return { inputs: { image: networkInput }, constants: this.constants, nodes: this.nodes, outputs: ['logits'] };
  }
}

export function quantizedNetwork(scheme: NetworkScheme): FileModel {
  return new Network(scheme).build();
}

/** Scale of the logits' codes. */
export const logitScale = Math.fround(12 / 255);

/** A seeded picture [1, 3, 32, 32]: colours of its own, a wave, and noise. */
export function networkImage(seed: number): Float64Array {
  const random = new Random(seed);
  const color = Array.from({ length: 3 }, () => 1.2 * random.normal());
  const [u, v] = [random.real(), random.real()];
  return Float64Array.from({ length: 3 * 32 * 32 }, (_, i) => {
    const [y, x] = [(i >> 5) & 31, i & 31];
    return color[i >> 10] + Math.sin(u * y + v * x + (i >> 10)) + 0.2 * random.normal();
  });
}
