// Owns ConvInteger and MatMulInteger whose int32 results are scaled back to reals: float products of codes, or dynamic quantization.
import type { NodeMessage } from '../proto';
import { Expansion, intAttribute } from './expansion';

/** A product of integers with the nodes around it. */
interface Product {
  readonly node: NodeMessage;
  /** Cast of the int32 result to float. */
  readonly cast: NodeMessage;
  /** Product of that and the scales, which the float operator takes the place of. */
  readonly scaled: NodeMessage;
  /** QuantizeLinear or DynamicQuantizeLinear of the activations. */
  readonly source: NodeMessage;
  /** Name of the weights' scale; `divisor` '' or the name of what it is a multiple by. */
  readonly scale: string;
  readonly divisor: string;
}

interface Links {
  readonly producers: ReadonlyMap<string, NodeMessage>;
  readonly readers: ReadonlyMap<string, readonly NodeMessage[]>;
  readonly outputs: ReadonlySet<string>;
}

function linksOf(nodes: readonly NodeMessage[], outputs: readonly string[]): Links {
  const producers = new Map<string, NodeMessage>();
  const readers = new Map<string, NodeMessage[]>();
  for (const node of nodes) {
    for (const name of node.output) producers.set(name, node);
    for (const name of new Set(node.input)) {
      const known = readers.get(name);
      if (known) known.push(node);
      else readers.set(name, [node]);
    }
  }
  return { producers, readers, outputs: new Set(outputs) };
}

/** The one reader of a tensor, where it has type `opType`. */
function soleReader({ readers, outputs }: Links, name: string, opType: string): NodeMessage | undefined {
  const [reader, ...others] = readers.get(name) ?? [];
  return reader?.opType === opType && others.length === 0 && !outputs.has(name) ? reader : undefined;
}

/** The other input of a node of two inputs. */
function otherInput({ input }: NodeMessage, name: string): string | undefined {
  if (input.length !== 2 || !input.includes(name)) return undefined;
  return input[0] === name ? input[1] : input[0];
}

/** The product with the nodes around it, or undefined where these differ from what exporters write. */
function productOf(node: NodeMessage, links: Links): Product | undefined {
  const cast = soleReader(links, node.output[0], 'Cast');
  const scaled = cast && soleReader(links, cast.output[0], 'Mul');
  const source = links.producers.get(node.input[0]);
  const factor = scaled && otherInput(scaled, cast.output[0]);
  if (!scaled || !source || factor === undefined) return undefined;
  const isDynamic = source.opType === 'DynamicQuantizeLinear' && source.output.length === 3;
  if (!isDynamic && source.opType !== 'QuantizeLinear') return undefined;
  const [activationScale, zeroPoint] = isDynamic ? [source.output[1], source.output[2]] : [source.input[1] ?? '', source.input[2] ?? ''];
  if ((node.input[2] ?? '') !== zeroPoint) return undefined;
  const scales = links.producers.get(factor);
  const scale = scales?.opType === 'Mul' ? otherInput(scales, activationScale) : undefined;
  if (scale !== undefined) return { node, cast, scaled, source, scale, divisor: '' };
  return isDynamic ? undefined : { node, cast, scaled, source, scale: factor, divisor: activationScale };
}

function expandProduct({ node, scaled, source, scale, divisor }: Product): NodeMessage[] {
  const expansion = new Expansion({ ...node, output: scaled.output });
  const isConv = node.opType === 'ConvInteger';
  const isDynamic = source.opType === 'DynamicQuantizeLinear';
  const x = isDynamic ? (source.input[0] ?? '') : expansion.reals([node.input[0], source.input[1] ?? '', source.input[2] ?? '']);
  const attributes = isDynamic ? [intAttribute('dynamic', 1)] : [];
  const weights = expansion.reals([node.input[1] ?? '', scale, node.input[3] ?? ''], { axis: isConv ? 0 : -1, divisor, attributes });
  expansion.node(isConv ? 'Conv' : 'MatMul', [x, weights], scaled.output[0], node.attribute);
  return expansion.nodes;
}

/** The nodes with every recognized product replaced by a float one; the others stay. */
export function expandIntegerProducts(nodes: readonly NodeMessage[], outputs: readonly string[]): NodeMessage[] {
  const links = linksOf(nodes, outputs);
  const replaced = new Map<NodeMessage, Product>();
  const removed = new Set<NodeMessage>();
  const support = new Set<NodeMessage>();
  for (const node of nodes) {
    const product = node.opType === 'ConvInteger' || node.opType === 'MatMulInteger' ? productOf(node, links) : undefined;
    if (!product) continue;
    replaced.set(product.scaled, product);
    for (const part of [node, product.cast]) removed.add(part);
    const scales =
      product.divisor === '' ? product.scaled.input.map((name) => links.producers.get(name)).filter((part) => part?.opType === 'Mul') : [];
    for (const part of [...scales, product.source]) if (part?.opType !== 'QuantizeLinear') support.add(part!);
  }
  // Products of scales and dynamic quantizations go where nothing else reads them; scales come after what they read.
  const isUnread = (node: NodeMessage) =>
    node.output.every(
      (name) => !links.outputs.has(name) && (links.readers.get(name) ?? []).every((reader) => removed.has(reader) || replaced.has(reader)),
    );
  for (let i = nodes.length - 1; i >= 0; i--) if (support.has(nodes[i]) && isUnread(nodes[i])) removed.add(nodes[i]);
  return nodes.flatMap((node) => {
    const product = replaced.get(node);
    return product ? expandProduct(product) : removed.has(node) ? [] : [node];
  });
}
