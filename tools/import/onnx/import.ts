// Owns importing an ONNX file: versions, names, inputs and outputs, and folding.
import { ModelError } from 'zeropoint';
import { type Graph, removeDead } from 'zeropoint/graph';
import { readOptions } from '../../options';
import { ImportAccount } from '../account';
import { foldLayers } from '../fold';
import { type ImportOptions, importOptionNames } from '../options';
import { OnnxBuilder } from './builder';
import { readInputs } from './input';
import { checkedGraph, convertNodes, readInitializers } from './network';
import { storedOrder } from './operators/movement';
import { decodeModel, type GraphMessage, type ModelMessage } from './proto';
import { fuseQuantized } from './quantized/fuse';
import { outputCodes } from './quantized/operators';
import { Tensors } from './tensors';

/** Supported versions of the standard operator set. */
const oldestOpset = 7;
const newestOpset = 21;
/**
 * Reads a float ONNX network. Images [n, c, h, w] become [n, h, w, c] throughout, inputs and outputs included, unless the file itself
 * transposes them at once; an open batch becomes 1 and stays open for the option `batch`, other free dimensions need `options.shapes`. Batch
 * normalizations are folded into the layers before or after them. Integers of results, as those of ArgMax, are int32. The signature
 * `serving_default` keeps the file's names of inputs and outputs.
 * @throws ModelError `unsupported-operator` naming all of them, `unsupported-version`, `unsupported-feature`, `malformed`, `bad-graph`,
 * `bad-shape`, `bad-option`, `bad-dtype`, `bad-data`, `dynamic-shape`, `bad-argument` for options; `too-large` for files that make the
 * import hold or compute more than 16 million elements plus 4 per byte of the file, 2^29 at most: 128 MB of memory plus 32 bytes per byte, 4 GB at most
 */
export function importOnnx(bytes: Uint8Array, options: ImportOptions = {}): Graph {
  const { shapes, constants, external } = readOptions<ImportOptions>(options, importOptionNames, 'importOnnx');
  const account = new ImportAccount(bytes.length);
  const model = decodeModel(bytes, account);
  const opset = opsetOf(model);
  const { graph: file } = model;
  if (!file || file.node.length === 0) throw new ModelError('malformed', 'the ONNX file holds no network; is it complete?');
  const source = checkedGraph(file);
  const builder = new OnnxBuilder(source.name, `${model.producerName} ${model.producerVersion}`.trim(), account, external);
  const conversion = { builder, opset };
  const tensors = new Tensors();
  readInitializers(source, conversion, tensors);
  const inputs = readInputs(builder, source, tensors, { shapes, constants });
  convertNodes(source, conversion, tensors);
  const outputs = writeOutputs(builder, source, tensors);
  const { graph } = builder;
  graph.signatures.push({ key: 'serving_default', inputs, outputs });
  removeDead(graph);
  fuseQuantized(builder);
  foldLayers(graph, account);
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

function writeOutputs(builder: OnnxBuilder, source: GraphMessage, tensors: Tensors) {
  return source.output.map(({ name }) => {
    const operand = tensors.get(name, `output '${name}'`);
    // An output that the file itself transposed to [n, h, w, c] keeps that order.
    const isPlain = operand.axes.length !== 4 || storedOrder(operand).join() === '0,1,2,3';
    const arranged = builder.arrange(operand, isPlain ? operand.axes : [0, 2, 3, 1].map((axis) => operand.axes[axis]), name);
    const value = outputCodes(builder, operand, arranged, name);
    builder.rename(value, name);
    builder.graph.outputs.push(value);
    return { name, value };
  });
}
