// Owns the comparison of an imported network with NCHW arithmetic: file, import, reference kernels, difference.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { elementCount, type Graph } from '../../../../src/graph/graph';
import { printGraph } from '../../../../src/graph/print';
import { validate } from '../../../../src/graph/validate';
import { runPasses } from '../../../../src/passes';
import { evaluate, runReference } from '../../../../src/reference/run';
import { importOnnx } from '../../../../tools/import/onnx/import';
import { Random } from '../../../support/random';
import { type FileModel, type FileTensor, onnxFile } from './file';
import { type Tensor, tensor, transpose } from './nchw';

/** Seeded normal elements. */
export function random(shape: readonly number[], seed: number): Tensor {
  const generator = new Random(seed);
  return tensor(shape, () => Math.fround(generator.normal()));
}

export function toFile({ shape, data }: Tensor): FileTensor {
  return { shape, data: Float32Array.from(data) };
}

export function ints(...data: number[]): FileTensor {
  return { shape: [data.length], data };
}

/** Imports, validates and runs the passes, as a float model is loaded. */
export function imported(model: FileModel, batch?: number): Graph {
  const graph = importOnnx(onnxFile(model));
  validate(graph, { evaluate, batch });
  runPasses(graph, { evaluate });
  return graph;
}

/** The graph's elements for a tensor of the file, or back. */
function toGraph(x: Tensor): Tensor {
  return x.shape.length === 4 ? transpose(x, [0, 2, 3, 1]) : x;
}

export interface Comparison extends FileModel {
  /** The file's outputs from its inputs, in order. */
  expected: (...inputs: Tensor[]) => Tensor | Tensor[];
  /** Types of nodes after the passes; those of the graph must be these in order. */
  nodes: FileModel['nodes'];
  types?: string;
  /** TRANSPOSE is expected. */
  transposes?: boolean;
}

/** Asserts that the imported network computes `expected` to 1e-5 of its range, without TRANSPOSE. */
export function assertImports(model: Comparison, title: string): void {
  const graph = imported(model);
  const inputs = Object.values(model.inputs).map((shape, i) => random(shape as number[], i + 1));
  const expected = [model.expected(...inputs)].flat();
  const outputs = runReference(
    graph,
    inputs.map((input) => Float32Array.from(toGraph(input).data)),
  );
  const context = `${title}\n${printGraph(graph)}`;
  for (const [k, tensorOfFile] of expected.entries()) {
    const wanted = toGraph(tensorOfFile);
    assert.equal(graph.outputs[k].shape, wanted.shape, `shape of output ${k}; ${context}`);
    assert.is(outputs[k].length, elementCount(wanted.shape), context);
    const range = Math.max(...wanted.data.map(Math.abs), 1e-3);
    const worst = Math.max(...wanted.data.map((value, i) => Math.abs(value - Number(outputs[k][i]))));
    assert.ok(worst / range < 1e-5, `output ${k} differs by ${worst} of ${range}; ${context}`);
  }
  const types = graph.nodes.map(({ type }) => type).join(' ');
  if (model.types !== undefined) assert.is(types, model.types, context);
  if (!model.transposes) assert.not.match(types, /\bTRANSPOSE\b/, context);
}

/** Registers a test of `assertImports`. */
export function imports(title: string, model: Comparison): void {
  test(title, () => assertImports(model, title));
}
