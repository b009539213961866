// Owns the text form of a graph, for tests and bug reports: equal graphs give equal text, and differences show as lines.
import { type Graph, type Node, operatorName, type Quantization, type Signature, type State, type TensorData, type Value } from './graph';

/**
 * A stable text dump: one line per value, node and signature, in ascending order of value ids and in execution order of nodes.
 * Constants, metadata and the trailer show as their length in bytes and CRC-32 (zlib's polynomial), so that the text stays short.
 */
export function printGraph(graph: Graph): string {
  const lines = [`graph ${quote(graph.name)} ${quote(graph.description)}`];
  for (const value of [...graph.values].sort((a, b) => a.id - b.id)) lines.push(printValue(value));
  lines.push(`inputs ${references(graph.inputs)}`, `outputs ${references(graph.outputs)}`);
  for (const state of graph.states ?? []) lines.push(printState(state));
  for (const node of graph.nodes) lines.push(printNode(node));
  for (const signature of graph.signatures) lines.push(printSignature(signature));
  for (const { name, data } of graph.metadata) lines.push(`metadata ${quote(name)} ${printBytes(data)}`);
  lines.push(`trailer ${printBytes(graph.trailer)}`);
  return `${lines.join('\n')}\n`;
}

function printValue(value: Value): string {
  const dtype = value.storedBits ? `int${value.storedBits}` : value.dtype;
  const parts = [`value %${value.id} ${dtype}[${value.shape}]`, quote(value.name)];
  if (value.shapeSignature) parts.push(`signature [${value.shapeSignature}]`);
  if (value.quantization) parts.push(printQuantization(value.quantization));
  if (value.isVariable) parts.push('variable');
  if (value.data) {
    parts.push(`constant ${printData(value.data)}`);
  }
  return parts.join(' ');
}

function printState({ name, input, output, initial }: State): string {
  return `state ${quote(name)} %${output.id} -> %${input.id} initial ${initial ? printData(initial) : 'zeros'}`;
}

function printData({ buffer, byteOffset, byteLength }: TensorData): string {
  return printBytes(new Uint8Array(buffer, byteOffset, byteLength));
}

function printQuantization({ scale, zeroPoint, axis, min, max }: Quantization): string {
  let text = `scale [${scale}] zeroPoint [${zeroPoint}] axis ${axis}`;
  if (min) text += ` min [${min}]`;
  if (max) text += ` max [${max}]`;
  return text;
}

function printNode(node: Node): string {
  const { customOptions, operator } = node.type === 'CUSTOM' ? node.attributes : {};
  const attributes = Object.entries(operator ? { ...operator.options, customOptions } : node.attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, attribute]) => ` ${key}=${printAttribute(attribute)}`)
    .join('');
  return `node #${node.id} ${operatorName(node)} v${node.version}${attributes} (${references(node.inputs)}) -> ${references(node.outputs)}`;
}

/** Attributes are numbers, flags, strings, lists, bytes or explicit padding, without further nesting. */
function printAttribute(attribute: unknown): string {
  if (attribute instanceof Uint8Array) return printBytes(attribute);
  if (attribute === undefined) return 'absent';
  if (typeof attribute === 'object' && attribute !== null && !Array.isArray(attribute)) {
    const entries = Object.entries(attribute).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, part]) => `${key}:${part}`)}}`;
  }
  return Array.isArray(attribute) ? `[${attribute}]` : String(attribute);
}

function printSignature({ key, inputs, outputs }: Signature): string {
  const side = (entries: Signature['inputs']) => entries.map(({ name, value }) => `${quote(name)}=%${value.id}`).join(' ');
  return `signature ${quote(key)} (${side(inputs)}) -> ${side(outputs)}`;
}

function references(values: readonly (Value | undefined)[]): string {
  return values.map((value) => (value ? `%${value.id}` : 'none')).join(' ');
}

/** Names come from files: JSON escapes line breaks and quotes, which could otherwise look like other lines. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function printBytes(bytes: Uint8Array): string {
  return `${bytes.length} bytes crc32 ${crc32(bytes).toString(16).padStart(8, '0')}`;
}

/** CRC-32 of zlib and zip: reflected polynomial 0xedb88320 (RFC 1952, section 8), as uint32. */
function crc32(bytes: Uint8Array): number {
  const table = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    let remainder = i;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
    table[i] = remainder;
  }
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}
