// Owns the nodes and values of codes while float ones are replaced: values of the same reals in either dtype, constants, conversions.
import { ModelError } from 'zeropoint';
import {
  codeRange,
  isolateNode,
  type Node,
  type OperatorAttributes,
  type OperatorType,
  scaleOf,
  type TensorParams,
  tensorParams,
  type Value,
  validate,
  zeroPointOf,
} from 'zeropoint/graph';
import { evaluate } from 'zeropoint/reference';
import { unitsOf } from '../../account';
import type { OnnxBuilder } from '../builder';
import { realOf, sameParams, toInt8 } from './codes';
import { type StoredCodes, storedCodes } from './layer-codes';

export type CodesDtype = 'int8' | 'uint8';

/** The parameters of the same reals in codes of `dtype`. */
function paramsAs(value: Value, dtype: CodesDtype): TensorParams {
  const moved = value.dtype === dtype ? 0 : dtype === 'int8' ? toInt8 : -toInt8;
  return { scale: scaleOf(value), zeroPoint: zeroPointOf(value) + moved };
}

/** Elements of a constant with their quantization. */
interface ConstantCodes extends Pick<StoredCodes, 'scale' | 'zeroPoint'> {
  readonly dtype: 'int8' | 'uint8' | 'int32';
  readonly data: Int8Array | Uint8Array | Int32Array;
}

export class Draft {
  readonly nodes: Node[] = [];
  /** Values of the same reals in the other dtype. */
  private readonly twins = new Map<Value, Value>();
  private readonly constants = new Map<object, Map<string, Value>>();

  constructor(readonly builder: OnnxBuilder) {}

  /** A value of codes. */
  codes(name: string, shape: readonly number[], { scale, zeroPoint }: TensorParams, dtype: CodesDtype = 'int8'): Value {
    const value = this.builder.value(name, dtype, shape);
    value.quantization = { scale: [scale], zeroPoint: [zeroPoint], axis: 0 };
    return value;
  }

  /** The same with parameters given as those of int8 codes. */
  codesOf(name: string, shape: readonly number[], { scale, zeroPoint }: TensorParams, dtype: CodesDtype): Value {
    return this.codes(name, shape, { scale, zeroPoint: dtype === 'int8' ? zeroPoint : zeroPoint - toInt8 }, dtype);
  }

  make<T extends OperatorType>(type: T, attributes: OperatorAttributes[T], inputs: Node['inputs'], outputs: Value[]): Node {
    return { type, id: this.nodes.length, attributes, inputs, outputs, version: 1 } as unknown as Node;
  }

  add(node: Node): void {
    this.builder.account.charge(unitsOf.node + node.inputs.length);
    this.nodes.push(node);
  }

  /** Whether kernels compute the node; nodes that they refuse stay float. */
  accepts(node: Node): boolean {
    try {
      validate(isolateNode(node), { evaluate });
      return true;
    } catch (error) {
      if (error instanceof ModelError) return false;
      throw error;
    }
  }

  /** The same reals in codes of `dtype`; adds a QUANTIZE the first time. */
  as(value: Value, dtype: CodesDtype): Value {
    if (value.dtype === dtype) return value;
    const known = this.twins.get(value);
    if (known) return known;
    const twin = this.codes(`${value.name}_${dtype}`, value.shape, paramsAs(value, dtype), dtype);
    this.add(this.make('QUANTIZE', {}, [value], [twin]));
    this.pair(value, twin);
    return twin;
  }

  /** Notes that two values of different dtypes hold the same reals. */
  pair(a: Value, b: Value): void {
    this.twins.set(a, b);
    this.twins.set(b, a);
  }

  /** Adds what gives `target`, a value of codes, from `source`; false where it is the same. */
  convert(source: Value, target: Value): boolean {
    const dtype = target.dtype as CodesDtype;
    if (sameParams(paramsAs(source, dtype), tensorParams(target))) {
      if (source.dtype === dtype || this.twins.has(source)) return false;
      this.pair(source, target);
    }
    this.add(this.make('QUANTIZE', {}, [source], [target]));
    return true;
  }

  /** What `convert` would give where it adds nothing. */
  present(source: Value, target: Value): Value {
    return source.dtype === target.dtype ? source : this.twins.get(source)!;
  }

  /** A constant in the graph, once per elements and key. */
  constant(key: string, origin: Value, stored: ConstantCodes, axis: number): Value {
    const { dtype, data, scale, zeroPoint } = stored;
    const known = this.constants.get(origin) ?? new Map<string, Value>();
    this.constants.set(origin, known);
    let value = known.get(key);
    if (!value) {
      value = this.builder.value(`${origin.name}_${dtype}`, dtype, origin.shape, data);
      value.quantization = { scale, zeroPoint, axis };
      known.set(key, value);
    }
    return value;
  }

  /** int8 codes of a float constant: the file's, or exact ones of a single number; undefined where there are none. */
  operand(value: Value): Value | undefined {
    const stored = storedCodes(this.builder, value, 0, 'int8');
    if (stored) return stored.scale.length === 1 && stored.dtype === 'int8' ? this.constant('operand', value, stored, 0) : undefined;
    const reals = value.data as Float32Array;
    if (!reals.every((real) => real === reals[0])) return undefined;
    const scale = [Math.abs(reals[0]) || 1];
    const data = new Int8Array(reals.length).fill(Math.sign(reals[0]));
    return this.constant('operand', value, { dtype: 'int8', data, scale, zeroPoint: [0] }, 0);
  }

  /** A float constant in codes of these parameters; `exact`: undefined where they do not hold it exactly. */
  inParams(value: Value, { scale, zeroPoint }: TensorParams, exact: boolean): Value | undefined {
    this.builder.account.charge(value.data!.length);
    const { min, max } = codeRange('int8');
    const reals = value.data as Float32Array;
    const data = Int8Array.from(reals, (real) => Math.min(Math.max(Math.round(real / scale) + zeroPoint, min), max));
    if (exact && !data.every((code, i) => realOf(code, scale, zeroPoint) === reals[i])) return undefined;
    return this.constant(`${scale} ${zeroPoint}`, value, { dtype: 'int8', data, scale: [scale], zeroPoint: [zeroPoint] }, 0);
  }
}
