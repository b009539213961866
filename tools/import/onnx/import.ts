// Owns importing an ONNX file: versions, names, inputs and outputs, and one converter per node, in order.
import { ModelError } from 'zeropoint';
import {
  consumersOf,
  describeNode,
  elementCount,
  foldBatchNorm,
  foldInputScale,
  type Graph,
  type Node,
  type OperatorType,
  removeDead,
  type Value,
  weightedInputs,
} from 'zeropoint/graph';
import { quote, quoteList } from '../../quote';
import { ImportAccount } from '../account';
import { OnnxBuilder } from './builder';
import { Call, channelsLast, describeOnnxNode, nameOf } from './call';
import { readInputs } from './input';
import { converters } from './operators';
import { storedOrder } from './operators/movement';
import { decodeModel, type GraphMessage, type ModelMessage, type NodeMessage } from './proto';
import { expandQuantized, isQuantized } from './quantized/expand';
import { quantizationFaults } from './quantized/faults';
import { fuseQuantized } from './quantized/fuse';
import { outputCodes } from './quantized/operators';
import { keepCodes, realOperands } from './quantized/tensors';
import { readTensor } from './tensor';
import { Tensors } from './tensors';

/** Supported versions of the standard operator set. */
const oldestOpset = 7;
const newestOpset = 21;
/** Operators that foldBatchNorm and foldInputScale fold. */
const foldable: ReadonlySet<OperatorType> = new Set<OperatorType>(['ADD', 'SUB', 'MUL', 'DIV']);
/** Limits of an ONNX graph; nodes include shape arithmetic, and inputs may include initializers. */
const most = { node: 16384, input: 16384, output: 1024 } as const;

/**
 * Reads a float ONNX network. Images [n, c, h, w] become [n, h, w, c] throughout, inputs and outputs included, unless the file itself
 * transposes them at once; an open batch becomes 1 and stays open for the option `batch`. Batch normalizations are folded into the
 * layers before or after them. The signature `serving_default` keeps the file's names of inputs and outputs.
 * @throws ModelError `unsupported-operator` naming all of them, `unsupported-version`, `unsupported-feature`, `malformed`, `bad-graph`,
 * `bad-shape`, `bad-option`, `dynamic-shape`; `too-large` for files that make the import hold or compute more than 16 million elements plus
 * 4 per byte of the file, 2^29 at most: 128 MB of memory plus 32 bytes per byte, 4 GB at most
 */
export function importOnnx(bytes: Uint8Array): Graph {
  const account = new ImportAccount(bytes.length);
  const model = decodeModel(bytes, account);
  const opset = opsetOf(model);
  const { graph: file } = model;
  if (!file || file.node.length === 0) throw new ModelError('malformed', 'the ONNX file holds no network; is it complete?');
  for (const part of ['node', 'input', 'output'] as const) {
    if (file[part].length <= most[part]) continue;
    throw new ModelError('too-large', `the ONNX file has ${file[part].length} ${part}s, more than ${most[part]}; split the model`);
  }
  if (file.sparseInitializer.length > 0) throw new ModelError('unsupported-feature', 'sparse weights are not supported; store them dense');
  const source = expandQuantized(file);
  refuseUnknown(file, quantizationFaults(source));
  const builder = new OnnxBuilder(source.name, `${model.producerName} ${model.producerVersion}`.trim(), account);
  const tensors = new Tensors();
  for (const tensor of source.initializer) tensors.define(tensor.name, readTensor(tensor, `initializer '${quote(tensor.name)}'`, account));
  const inputs = readInputs(builder, source, tensors);
  for (const node of source.node) convert(builder, opset, node, tensors);
  const outputs = writeOutputs(builder, source, tensors);
  const { graph } = builder;
  graph.signatures.push({ key: 'serving_default', inputs, outputs });
  removeDead(graph);
  fuseQuantized(builder);
  chargeFolding(graph, account);
  foldBatchNorm(graph);
  foldInputScale(graph);
  removeDead(graph);
  return graph;
}

function opsetOf({ opsetImport }: ModelMessage): number {
  const standard = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (!standard) throw new ModelError('malformed', 'not an ONNX network: it names no operator set');
  const version = Number(standard.version);
  if (version < oldestOpset || version > newestOpset) {
    throw new ModelError(
      'unsupported-version',
      `the ONNX file uses operator set ${version}; ${oldestOpset} to ${newestOpset} are supported, so convert or export it again`,
    );
  }
  return version;
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

function convert(builder: OnnxBuilder, opset: number, node: NodeMessage, tensors: Tensors): void {
  const where = describeOnnxNode(node);
  const operands = realOperands(
    node,
    node.input.map((name) => (name === '' ? undefined : tensors.get(name, where))),
  );
  if (!node.output[0]) throw new ModelError('bad-graph', 'it has no output', { where });
  const converted = attempt(() => converters.get(node.opType)!(new Call(builder, opset, node, operands)), where);
  const results = keepCodes(node, operands, [converted].flat());
  // Outputs that the converter does not give, as Dropout's mask, stay undefined: an error only where they are read.
  node.output.forEach((name, i) => {
    if (name !== '') tensors.define(name, results[i]);
  });
}

/**
 * Charges the passes that fold products and sums into the layers before or after them: each makes new weights and a new bias, and looks
 * through all values for an id.
 */
function chargeFolding(graph: Graph, account: ImportAccount): void {
  const layers = new Map<Value, number>();
  const weightsOf = (node: Node): number => {
    const index = weightedInputs(node.type)?.weights;
    return index === undefined ? 0 : elementCount(node.inputs[index]!.shape);
  };
  const readers = consumersOf(graph);
  for (const node of graph.nodes) {
    const [output] = node.outputs;
    const weights = weightsOf(node);
    if (weights > 0) layers.set(output, weights);
    if (!foldable.has(node.type)) continue;
    const before = node.inputs.reduce((most, value) => Math.max(most, (value && layers.get(value)) ?? 0), 0);
    const after = (readers.get(output) ?? []).reduce((sum, reader) => sum + weightsOf(reader), 0);
    if (before + after === 0) continue;
    account.charge(before + after + graph.values.length / 4, describeNode(node));
    if (before > 0) layers.set(output, before);
  }
}

/** Adds the file's node to errors about nodes of the new graph. */
function attempt<T>(body: () => T, where: string): T {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof ModelError) || cause.where === where) throw cause;
    throw new ModelError(cause.code, cause.message, { where, cause });
  }
}

function writeOutputs(builder: OnnxBuilder, source: GraphMessage, tensors: Tensors) {
  return source.output.map(({ name }) => {
    const operand = tensors.get(name, `output '${name}'`);
    // An output that the file itself transposed to [n, h, w, c] keeps that order.
    const isPlain = operand.axes.length !== 4 || storedOrder(operand).join() === '0,1,2,3';
    const arranged = builder.arrange(operand, isPlain ? operand.axes : channelsLast(operand), name);
    const value = outputCodes(builder, operand, arranged, name);
    builder.rename(value, name);
    builder.graph.outputs.push(value);
    return { name, value };
  });
}
