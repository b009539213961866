// Owns recognizing x relu6(x + 3) / 6, which exporters write for HardSwish below operator set 14.
import type { Node, Value } from 'zeropoint/graph';
import type { OnnxBuilder } from '../builder';
import type { Call } from '../call';
import { type Operand, sameAtoms } from '../operand';

/** The number of a constant with a single element, else undefined. */
function numberOf({ data, value }: Pick<Operand, 'data' | 'value'>): number | undefined {
  const elements = data ?? value?.data;
  return elements?.length === 1 ? Number(elements[0]) : undefined;
}

/** The other operand of a node of `type` one of whose two operands is the number `expected`. */
function besideNumber(node: Node | undefined, type: Node['type'], expected: number): Value | undefined {
  if (node?.type !== type) return undefined;
  const [a, b] = node.inputs as [Value, Value];
  const isNumber = (value: Value) => Math.abs((numberOf({ value }) ?? Number.NaN) / expected - 1) < 1e-6;
  if (isNumber(b)) return a;
  return type !== 'DIV' && isNumber(a) ? b : undefined;
}

/** x where `gate` is relu6(x + 3). */
function gated(builder: OnnxBuilder, gate: Value | undefined): Value | undefined {
  const clipped = gate && builder.producer(gate);
  return clipped?.type === 'RELU6' ? besideNumber(builder.producer(clipped.inputs[0]!), 'ADD', 3) : undefined;
}

/** x where `gate` is relu6(x + 3) / 6. */
function hardSigmoidOf(builder: OnnxBuilder, gate: Value): Value | undefined {
  const node = builder.producer(gate);
  return gated(builder, besideNumber(node, 'MUL', 1 / 6) ?? besideNumber(node, 'DIV', 6));
}

/** The x of a product whose other factor is relu6(x + 3). */
function productOf(builder: OnnxBuilder, product: Value): Value | undefined {
  const node = builder.producer(product);
  if (node?.type !== 'MUL') return undefined;
  const [a, b] = node.inputs as [Value, Value];
  if (gated(builder, b) === a) return a;
  return gated(builder, a) === b ? b : undefined;
}

/** HARD_SWISH for a Mul or Div that completes the pattern; its inner nodes stay for other readers, else removeDead removes them. */
export function asHardSwish(call: Call): Operand | undefined {
  const { builder } = call;
  const [a, b] = [call.operand(0), call.operand(1)];
  const apply = (x: Value, like: Operand) => call.alike('HARD_SWISH', {}, like, [x]);
  const factor = call.message.opType === 'Div' ? 6 : 1 / 6;
  for (const [x, other] of call.message.opType === 'Div'
    ? [[a, b]]
    : ([
        [a, b],
        [b, a],
      ] as const)) {
    if (!x.value) continue;
    const number = numberOf(other);
    if (number !== undefined && Math.abs(number / factor - 1) < 1e-6 && x.axes.length >= other.axes.length) {
      const source = productOf(builder, x.value);
      if (source) return apply(source, x);
    }
    const isGate = call.message.opType === 'Mul' && other.value && hardSigmoidOf(builder, other.value) === x.value;
    if (isGate && x.axes.length === other.axes.length && x.axes.every((atoms, i) => sameAtoms(atoms, other.axes[i]))) {
      return apply(x.value, x);
    }
  }
  return undefined;
}
