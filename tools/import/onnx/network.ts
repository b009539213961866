// Owns converting the nodes of an ONNX graph in order, one converter per node, and the branches that conditions choose.
import { ModelError } from 'zeropoint';
import { quote, quoteList } from '../../quote';
import type { OnnxBuilder } from './builder';
import { Call, describeOnnxNode, nameOf } from './call';
import type { Operand } from './operand';
import { converters } from './operators';
import { decodeGraph, type GraphMessage, type NodeMessage } from './proto';
import { expandQuantized, isQuantized } from './quantized/expand';
import { quantizationFaults } from './quantized/faults';
import { keepCodes, realOperands } from './quantized/tensors';
import { readTensor } from './tensor';
import { Tensors } from './tensors';

/** Limits of an ONNX graph; nodes include shape arithmetic, and inputs may include initializers. */
const most = { node: 16384, input: 16384, output: 1024 } as const;
/** Branches within branches. */
const maxDepth = 16;

/** What the conversion of all nodes of a file shares. */
export interface Conversion {
  readonly builder: OnnxBuilder;
  /** Version of the standard operator set. */
  readonly opset: number;
}

/**
 * The graph with operators of codes as float ones between DequantizeLinear and QuantizeLinear.
 * @throws ModelError `too-large`, `unsupported-feature`, `unsupported-operator`
 */
export function checkedGraph(file: GraphMessage): GraphMessage {
  for (const part of ['node', 'input', 'output'] as const) {
    if (file[part].length <= most[part]) continue;
    throw new ModelError('too-large', `the ONNX file has ${file[part].length} ${part}s, more than ${most[part]}; split the model`);
  }
  if (file.sparseInitializer.length > 0) throw new ModelError('unsupported-feature', 'sparse weights are not supported; store them dense');
  const source = expandQuantized(file);
  refuseUnknown(file, quantizationFaults(source));
  return source;
}

/**
 * @throws ModelError `unsupported-operator` for all operators without a converter, each with its first node; `unsupported-feature` where
 * only the quantization has faults
 */
function refuseUnknown({ node }: GraphMessage, faults: readonly string[]): void {
  const found = new Map<string, { first: NodeMessage; count: number }>();
  for (const message of node) {
    const { opType, domain } = message;
    const isStandard = domain === '' || domain === 'ai.onnx';
    if ((isStandard && converters.has(opType)) || isQuantized(message)) continue;
    const type = isStandard ? opType : `${domain}.${opType}`;
    const known = found.get(type);
    if (known) known.count++;
    else found.set(type, { first: message, count: 1 });
  }
  const details = faults.length > 0 ? `how the ONNX file is quantized cannot be imported: ${quoteList(faults, 8, 300)}` : '';
  if (found.size === 0 && details) throw new ModelError('unsupported-feature', details);
  if (found.size === 0) return;
  const list = [...found].map(([type, { first, count }]) => {
    const name = quote(nameOf(first));
    return count === 1 ? `${quote(type)} '${name}'` : `${quote(type)} (${count} times, first '${name}')`;
  });
  throw new ModelError(
    'unsupported-operator',
    `the ONNX file uses operators that cannot be imported: ${quoteList(list)}${details && `; ${details}`}`,
  );
}

export function readInitializers({ initializer }: GraphMessage, { builder }: Conversion, tensors: Tensors): void {
  for (const tensor of initializer) tensors.define(tensor.name, readTensor(tensor, `initializer '${quote(tensor.name)}'`, builder));
}

/** Converts all nodes; their results are defined in `tensors`. @throws ModelError with the node as the place */
export function convertNodes({ node }: GraphMessage, conversion: Conversion, tensors: Tensors): void {
  for (const message of node) convert(message, conversion, tensors);
}

function convert(node: NodeMessage, conversion: Conversion, tensors: Tensors): void {
  const where = describeOnnxNode(node);
  const operands = realOperands(
    node,
    node.input.map((name) => (name === '' ? undefined : tensors.get(name, where))),
  );
  if (!node.output[0]) throw new ModelError('bad-graph', 'it has no output', { where });
  const { builder, opset } = conversion;
  const inline = (graph: Uint8Array) => branch(graph, conversion, tensors, where);
  const converted = attempt(() => converters.get(node.opType)!(new Call(builder, opset, node, operands, inline)), where);
  const results = keepCodes(node, operands, [converted].flat());
  // Outputs that the converter does not give, as Dropout's mask, stay undefined: an error only where they are read.
  node.output.forEach((name, i) => {
    if (name !== '') tensors.define(name, results[i]);
  });
}

/** The outputs of a graph that is an attribute; it reads tensors of the graph around it. */
function branch(bytes: Uint8Array, conversion: Conversion, around: Tensors, where: string): Operand[] {
  const tensors = new Tensors(around);
  if (tensors.depth > maxDepth) throw new ModelError('too-large', `it has more than ${maxDepth} branches within branches`, { where });
  const source = checkedGraph(decodeGraph(bytes, conversion.builder.account));
  readInitializers(source, conversion, tensors);
  convertNodes(source, conversion, tensors);
  return source.output.map(({ name }) => tensors.get(name, where));
}

/** Adds the file's node to errors about nodes of the new graph. */
function attempt<T>(body: () => T, where: string): T {
  try {
    return body();
  } catch (cause) {
    // An error of a branch has the place inside it.
    if (!(cause instanceof ModelError) || cause.where === where || cause.where?.startsWith('If ')) throw cause;
    throw new ModelError(cause.code, cause.message, { where, cause });
  }
}
