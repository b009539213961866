// Owns the growing graph of a TensorFlow.js import: weights as constants, checks before constants are folded.
import { ModelError } from 'zeropoint';
import { type Graph, type TensorData, type Value, validate } from 'zeropoint/graph';
import { evaluate } from 'zeropoint/reference';
import { quote } from '../../quote';
import { GraphBuilder } from '../graph-builder';
import type { Weight } from './weights';

/** Operators without attributes, of one input and of two. */
export type Unary =
  | 'ABS'
  | 'CEIL'
  | 'COS'
  | 'ELU'
  | 'EXP'
  | 'FLOOR'
  | 'HARD_SWISH'
  | 'LOG'
  | 'LOGISTIC'
  | 'LOG_SOFTMAX'
  | 'LOGICAL_NOT'
  | 'NEG'
  | 'RELU'
  | 'RELU6'
  | 'ROUND'
  | 'RSQRT'
  | 'SIGN'
  | 'SIN'
  | 'SQRT'
  | 'SQUARE'
  | 'TANH';
export type Sum = 'ADD' | 'SUB' | 'MUL' | 'DIV';
export type Binary =
  | Sum
  | 'MAXIMUM'
  | 'MINIMUM'
  | 'POW'
  | 'SQUARED_DIFFERENCE'
  | 'FLOOR_DIV'
  | 'FLOOR_MOD'
  | 'PRELU'
  | 'EQUAL'
  | 'NOT_EQUAL'
  | 'LESS'
  | 'LESS_EQUAL'
  | 'GREATER'
  | 'GREATER_EQUAL'
  | 'LOGICAL_AND'
  | 'LOGICAL_OR';

const sums: ReadonlySet<Binary> = new Set<Binary>(['ADD', 'SUB', 'MUL', 'DIV']);

export class TfjsBuilder extends GraphBuilder {
  private readonly weights = new Map<Weight, Value>();
  /** Constants by the constants whose elements they reorder. */
  private readonly reordered = new Map<Value, Map<string, Value>>();

  /** Checks the node as well, since reference kernels compute what is checked. */
  protected override infer(graph: Graph): void {
    const inputs = graph.nodes[0].inputs.filter((value): value is Value => value !== undefined && !value.data);
    validate({ ...graph, inputs: [...new Set(inputs)] }, { evaluate });
  }

  /** The constant of a weight, one for all its readers. */
  weight(weight: Weight): Value {
    const { name, dtype, shape, data } = weight;
    const value = this.weights.get(weight) ?? this.value(name, dtype, shape, data);
    this.weights.set(weight, value);
    return value;
  }

  /** A constant of one number. */
  number(number: number, name: string, dtype: 'float32' | 'int32' = 'float32'): Value {
    this.account.charge(1);
    return this.value(name, dtype, [], dtype === 'float32' ? Float32Array.of(number) : Int32Array.of(number));
  }

  unary(type: Unary, x: Value, name: string): Value {
    return this.node(type, {}, [x], name);
  }

  /** Operands broadcast; a number has the type of the other operand. */
  binary(type: Binary, a: Value | number, b: Value | number, name: string): Value {
    const dtype = [a, b].some((operand) => typeof operand !== 'number' && operand.dtype === 'int32') ? 'int32' : 'float32';
    const [left, right] = [a, b].map((operand) =>
      typeof operand === 'number' ? this.number(operand, `${name}/constant`, dtype) : operand,
    );
    if (sums.has(type)) return this.node(type as Sum, { activation: 'NONE' }, [left, right], name);
    return this.node(type as Exclude<Binary, Sum>, {}, [left, right], name);
  }

  reshape(x: Value, shape: readonly number[], name: string): Value {
    return this.node('RESHAPE', { newShape: shape }, [x, this.ints(`${name}/shape`, shape)], name);
  }

  /** The elements of `value`, which must be a constant of floats. @throws ModelError `unsupported-feature` */
  constant(value: Value, role: string): Float32Array {
    if (value.data instanceof Float32Array) return value.data;
    throw new ModelError('unsupported-feature', `its ${role} must be constant numbers`, { where: `'${quote(value.name)}'` });
  }

  /**
   * A constant of `shape` made of another's elements, which are row-major over [a, b, c], as row-major over [b, a, c]; made once for all
   * readers.
   */
  swapped(value: Value, [a, b, c]: readonly [number, number, number], shape: readonly number[], role: string): Value {
    const known = this.reordered.get(value) ?? new Map<string, Value>();
    this.reordered.set(value, known);
    const key = `${[a, b, c]} ${shape}`;
    const data = this.constant(value, role);
    const found = known.get(key) ?? this.floats(value.name, shape, (count) => swapAxes(data, [a, b, c], new Float32Array(count)));
    known.set(key, found);
    return found;
  }

  /** The same elements under another shape, as a constant of its own. */
  reshaped(value: Value, shape: readonly number[], role: string): Value {
    const data: TensorData = this.constant(value, role);
    return this.value(value.name, 'float32', shape, data);
  }
}

function swapAxes(data: Float32Array, [a, b, c]: readonly [number, number, number], result: Float32Array): Float32Array {
  let to = 0;
  for (let j = 0; j < b; j++) {
    for (let i = 0; i < a; i++) {
      const from = (i * b + j) * c;
      for (let k = 0; k < c; k++) result[to++] = data[from + k];
    }
  }
  return result;
}
