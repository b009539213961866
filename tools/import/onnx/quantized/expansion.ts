// Owns the nodes that stand for one operator of codes, and their attributes.
import { nameOf } from '../call';
import type { AttributeMessage, NodeMessage } from '../proto';

/** Names of a tensor of codes, its scale and its zero point, '' where it is left out. */
type CodesInput = readonly [codes: string, scale: string, zeroPoint: string];

export function attributeOf(node: NodeMessage, name: string): AttributeMessage | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

export function intOf(node: NodeMessage, name: string, fallback: number): number {
  return Number(attributeOf(node, name)?.i ?? fallback);
}

export function intAttribute(name: string, value: number): AttributeMessage {
  return { name, f: 0, i: BigInt(value), s: '', t: undefined, g: new Uint8Array(0), floats: [], ints: [], type: 2 };
}

export function floatAttribute(name: string, value: number): AttributeMessage {
  return { ...intAttribute(name, 0), f: value, type: 1 };
}

/** Nodes that stand for `origin`, under its name. */
export class Expansion {
  readonly nodes: NodeMessage[] = [];
  private count = 0;

  constructor(readonly origin: NodeMessage) {}

  /** Name of input `index`, '' where it is left out. */
  input(index: number): string {
    return this.origin.input[index] ?? '';
  }

  codes(codes: number, scale: number, zeroPoint: number): CodesInput {
    return [this.input(codes), this.input(scale), this.input(zeroPoint)];
  }

  node(opType: string, input: string[], output: string, attribute: AttributeMessage[] = []): string {
    this.nodes.push({ input, output: [output], name: nameOf(this.origin), opType, attribute, domain: '' });
    return output;
  }

  /**
   * The name of the reals of a tensor of codes. `axis`: of scales per channel. The scale is multiplied by the tensor `factor`, divided by
   * the tensor `divisor` (see dequantizeLinear).
   */
  reals(
    [codes, scale, zeroPoint]: CodesInput,
    options: { axis?: number; factor?: string; divisor?: string; attributes?: AttributeMessage[] } = {},
  ): string {
    const { axis = 0, factor = '', divisor = '', attributes = [] } = options;
    const name = `${this.origin.output[0]}/dequantized${this.count++}`;
    return this.node('DequantizeLinear', [codes, scale, zeroPoint, factor, divisor], name, [intAttribute('axis', axis), ...attributes]);
  }

  /** The float operator, and its result in codes where the node has an output scale. */
  result(opType: string, input: string[], attribute: AttributeMessage[], scale: string, zeroPoint: string): void {
    const [output] = this.origin.output;
    if (scale === '') this.node(opType, input, output, attribute);
    else this.node('QuantizeLinear', [this.node(opType, input, `${output}/real`, attribute), scale, zeroPoint], output);
  }
}
