// Tests every operator of codes in both ONNX forms against its definition: the codes are those of the real results, or one beside them.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Graph } from '../../../../../src/graph/graph';
import { printGraph } from '../../../../../src/graph/print';
import { loadSync } from '../../../../../src/index';
import { runReference } from '../../../../../src/reference/run';
import { importOnnx } from '../../../../../tools/import/onnx/import';
import { type FileModel, onnxFile } from '../file';
import { type Tensor, transpose } from '../nchw';
import { codeOf, inputsOf, linearForm, type OperatorCase, qdqForm } from './file';
import { operatorCases } from './operators';

const toGraph = (x: Tensor) => (x.shape.length === 4 ? transpose(x, [0, 2, 3, 1]) : x);

/** The codes of the output of a graph on the case's inputs. */
function codesOfGraph(graph: Graph, { output, dtype }: OperatorCase, inputs: readonly Tensor[]): number[] {
  const [result] = runReference(
    graph,
    inputs.map((input) => Float32Array.from(toGraph(input).data)),
  );
  return Array.from(result as Float32Array, (real) => codeOf(real, output, dtype));
}

/** The largest difference from the rounded reals, and how many codes are not the nearest; where two are as near, both are right. */
function distances(codes: readonly number[], reals: Float64Array, { output, dtype }: OperatorCase): { worst: number; moved: number } {
  let worst = 0;
  let moved = 0;
  for (const [i, real] of reals.entries()) {
    const difference = Math.abs(codes[i] - codeOf(real, output, dtype));
    worst = Math.max(worst, difference);
    if (difference > 0 && Math.abs(real / output.scale + output.zeroPoint - codes[i]) > 0.502) moved++;
  }
  return { worst, moved };
}

function assertCodes(operator: OperatorCase, model: FileModel, types: string | undefined): void {
  const graph = importOnnx(onnxFile(model));
  const context = `${operator.title}\n${printGraph(graph)}`;
  // Loads in the default entry, too: it validates, and runs the passes and the planner.
  loadSync(graph).dispose();
  const inputs = inputsOf(operator);
  const expected = toGraph(operator.expected(...inputs));
  const codes = codesOfGraph(graph, operator, inputs);
  assert.equal(graph.outputs[0].shape, expected.shape, context);
  const { worst, moved } = distances(codes, expected.data, operator);
  assert.ok(worst <= 1, `codes differ by ${worst}; ${context}`);
  // Kernels with a prescribed scale are followed by another rounding; LEAKY_RELU rounds to whole codes before it shifts.
  const isTwice = / QUANTIZE DEQUANTIZE$|LEAKY_RELU/.test(types ?? '');
  assert.ok(moved <= (isTwice ? 0.35 : 0.02) * codes.length, `${moved} of ${codes.length} codes differ; ${context}`);
  assert.ok(new Set(codes).size > 2, `the case has few codes; ${context}`);
  if (types !== undefined) assert.is(graph.nodes.map(({ type }) => type).join(' '), types, context);
}

for (const operator of operatorCases) {
  test(`QDQ: ${operator.title}`, () => assertCodes(operator, qdqForm(operator), operator.types));
  if (operator.linear)
    test(`${operator.linear.type}: ${operator.title}`, () =>
      assertCodes(operator, linearForm(operator), operator.linearTypes ?? operator.types));
}

test.run();
