// Owns the way from an ONNX file to a graph: versions, names, inputs and outputs, and one converter after the other.
import { type ErrorCode, ModelError } from '../../../src/errors';
import type { Graph } from '../../../src/graph/graph';
import { shapeFault } from '../../../src/graph/shapes';
import { foldBatchNorm } from '../../../src/passes/fold-batch-norm';
import { removeDead } from '../../../src/passes/remove-dead';
import { Builder } from './builder';
import { Call, channelsLast, describeOnnxNode } from './call';
import { freshAxes, type Operand } from './operand';
import { converters } from './operators';
import { storedOrder } from './operators/movement';
import { decodeModel, type GraphMessage, type ModelMessage, type NodeMessage, type ValueInfoMessage } from './proto';
import { dataTypes, readTensor } from './tensor';

/** Versions of the standard operator set whose operators are known here. */
const oldestOpset = 7;
const newestOpset = 21;
/** Constants and shape arithmetic included; a graph may have 4096 operators. */
const mostNodes = 16384;

/**
 * Reads a float ONNX network. Images [n, c, h, w] become [n, h, w, c] throughout, inputs and outputs included, unless the file itself
 * transposes them at once; an open batch becomes 1 and stays open for the option `batch`. Batch normalizations are folded into the
 * layers before them. The signature `serving_default` keeps the file's names of inputs and outputs.
 * @throws ModelError `unsupported-operator` naming all of them, `unsupported-version`, `unsupported-feature`, `malformed`, `bad-graph`,
 * `bad-shape`, `bad-option`, `dynamic-shape`, `too-large`
 */
export function importOnnx(bytes: Uint8Array): Graph {
  const model = decodeModel(bytes);
  const opset = opsetOf(model);
  const { graph: source } = model;
  if (!source || source.node.length === 0) throw new ModelError('malformed', 'the ONNX file holds no network; is it complete?');
  if (source.node.length > mostNodes) {
    throw new ModelError('too-large', `the ONNX file has ${source.node.length} nodes, more than ${mostNodes}; split the model`);
  }
  if (source.sparseInitializer.length > 0)
    throw new ModelError('unsupported-feature', 'sparse weights are not supported; store them dense');
  refuseUnknown(source);
  const builder = new Builder(source.name, `${model.producerName} ${model.producerVersion}`.trim());
  const tensors = new Map<string, Operand>();
  for (const tensor of source.initializer) define(tensors, tensor.name, readTensor(tensor, `initializer '${tensor.name}'`));
  const inputs = readInputs(builder, source, tensors);
  for (const node of source.node) convert(builder, opset, node, tensors);
  const outputs = writeOutputs(builder, source, tensors);
  const { graph } = builder;
  graph.signatures.push({ key: 'serving_default', inputs, outputs });
  removeDead(graph);
  foldBatchNorm(graph);
  removeDead(graph);
  return graph;
}

function opsetOf({ opsetImport }: ModelMessage): number {
  const version = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version;
  if (version === undefined) throw new ModelError('malformed', 'not an ONNX network: it names no operator set');
  if (version < oldestOpset || version > newestOpset) {
    throw new ModelError(
      'unsupported-version',
      `the ONNX file uses operator set ${version}; ${oldestOpset} to ${newestOpset} are supported, so convert or export it again`,
    );
  }
  return version;
}

/** Throws one error for all operators that have no converter. */
function refuseUnknown({ node }: GraphMessage): void {
  const counts = new Map<string, number>();
  for (const { opType, domain } of node) {
    const isStandard = domain === '' || domain === 'ai.onnx';
    if (isStandard && converters.has(opType)) continue;
    const name = isStandard ? opType : `${domain}.${opType}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 0) return;
  const list = [...counts].map(([name, count]) => (count === 1 ? name : `${name} (${count} times)`)).join(', ');
  throw new ModelError('unsupported-operator', `the ONNX file uses operators that cannot be imported: ${list}`);
}

function define(tensors: Map<string, Operand>, name: string, operand: Operand): void {
  if (tensors.has(name)) throw new ModelError('bad-graph', 'is defined twice', { where: `tensor '${name}'` });
  tensors.set(name, operand);
}

/** The nodes that read each tensor. */
function readersOf({ node }: GraphMessage): Map<string, NodeMessage[]> {
  const readers = new Map<string, NodeMessage[]>();
  for (const reader of node) {
    for (const name of reader.input) {
      const known = readers.get(name);
      if (known) known.push(reader);
      else readers.set(name, [reader]);
    }
  }
  return readers;
}

/** Axes of an input [n, c, h, w] in the graph's order, unless every reader turns it into an image itself. */
function inputOrder(readers: readonly NodeMessage[], rank: number): number[] {
  const turns = ({ opType, attribute }: NodeMessage) => opType === 'Transpose' && attribute[0]?.ints.join() === '0,3,1,2';
  const isTurned = readers.length > 0 && readers.every(turns);
  return rank === 4 && !isTurned ? [0, 2, 3, 1] : Array.from({ length: rank }, (_, axis) => axis);
}

/** Initializers may be listed as inputs too (before IR version 4 they had to be). */
function readInputs(builder: Builder, source: GraphMessage, tensors: Map<string, Operand>) {
  const inputs = source.input.filter(({ name }) => !tensors.has(name));
  const readers = readersOf(source);
  return inputs.map((info) => {
    const { name } = info;
    const { shape, isBatchOpen } = inputShape(info);
    const order = inputOrder(readers.get(name) ?? [], shape.length);
    const value = builder.value(
      name,
      'float32',
      order.map((axis) => shape[axis]),
    );
    if (isBatchOpen) value.shapeSignature = [-1, ...value.shape.slice(1)];
    const axes = freshAxes(shape);
    builder.graph.inputs.push(value);
    define(tensors, name, { axes, stored: order.map((axis) => axes[axis]), value });
    return { name, value };
  });
}

function inputShape({ name, type }: ValueInfoMessage): { shape: number[]; isBatchOpen: boolean } {
  const fail = (code: ErrorCode, message: string): never => {
    throw new ModelError(code, message, { where: `input '${name}'` });
  };
  const { elemType, shape } = type?.tensorType ?? fail('unsupported-feature', 'it is no tensor');
  if (elemType !== dataTypes.FLOAT) fail('bad-dtype', `it has element type ${elemType}; only float32 inputs are supported`);
  const dimensions = (shape ?? fail('dynamic-shape', 'it has no shape; export the model with static shapes')).dim;
  // Exporters write an open dimension as a name, as nothing, as 0 or as -1.
  const isOpen = ({ value }: { value: number | undefined }) => value === undefined || value <= 0;
  if (dimensions.slice(1).some(isOpen)) {
    const text = dimensions.map(({ value, parameter }) => value ?? (parameter || '?'));
    fail('dynamic-shape', `its shape [${text}] leaves more open than the batch; export the model with static shapes`);
  }
  const isBatchOpen = dimensions.length > 0 && isOpen(dimensions[0]);
  const result = dimensions.map((dimension) => (isOpen(dimension) ? 1 : dimension.value!));
  const fault = shapeFault(result);
  if (fault) fail('bad-shape', `it has shape [${result}], ${fault}`);
  return { shape: result, isBatchOpen };
}

function convert(builder: Builder, opset: number, node: NodeMessage, tensors: Map<string, Operand>): void {
  const where = describeOnnxNode(node);
  const operands = node.input.map((name) => {
    if (name === '') return undefined;
    const operand = tensors.get(name);
    if (!operand) throw new ModelError('bad-graph', `it reads '${name}', which no earlier node, initializer or input gives`, { where });
    return operand;
  });
  if (!node.output[0]) throw new ModelError('bad-graph', 'it has no output', { where });
  const results = [attempt(() => converters.get(node.opType)!(new Call(builder, opset, node, operands)), where)].flat();
  node.output.forEach((name, i) => {
    if (name === '') return;
    if (!results[i]) throw new ModelError('unsupported-feature', `its output ${i} '${name}' is not supported`, { where });
    define(tensors, name, results[i]);
  });
}

/** Errors about nodes of the new graph name the file's node too. */
function attempt<T>(body: () => T, where: string): T {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof ModelError) || cause.where === where) throw cause;
    throw new ModelError(cause.code, cause.message, { where, cause });
  }
}

function writeOutputs(builder: Builder, source: GraphMessage, tensors: ReadonlyMap<string, Operand>) {
  return source.output.map(({ name }) => {
    const operand = tensors.get(name);
    if (!operand) throw new ModelError('bad-graph', 'nothing computes it', { where: `output '${name}'` });
    // A file that ends in a transposed image wants it so.
    const isPlain = operand.axes.length !== 4 || storedOrder(operand).join() === '0,1,2,3';
    const value = builder.arrange(operand, isPlain ? operand.axes : channelsLast(operand), name);
    builder.rename(value, name);
    builder.graph.outputs.push(value);
    return { name, value };
  });
}
