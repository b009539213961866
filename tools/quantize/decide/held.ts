// Owns held samples: those that no module is fitted on, with the float network's outputs, by which quantized networks are judged.
import { dequantize } from 'zeropoint';
import { loadSync } from 'zeropoint/float';
import { copyGraph, type Graph, isReshape, type TensorData } from 'zeropoint/graph';
import { setInputs } from '../../model/inputs';
import type { Step } from '../../steps';
import type { HeadErrors } from './evidence';

export interface HeldSample {
  /** Elements of the graph's inputs, and of the float network's outputs, logits included where they are outputs (`withLogits`). */
  readonly inputs: readonly TensorData[];
  readonly outputs: readonly TensorData[];
}

/**
 * A copy of a float graph that has the logits as outputs, too, of every output that a SOFTMAX or a reshape of one computes; `logitsOf`:
 * their indices by that of the output. The errors of probabilities are those of a few samples, on whose classes the network is undecided;
 * those of logits are alike on all samples, so that few samples say what a module gains.
 */
export function withLogits(graph: Graph): { readonly graph: Graph; readonly logitsOf: ReadonlyMap<number, number> } {
  const copy = copyGraph(graph);
  const logitsOf = new Map<number, number>();
  for (const [i, output] of graph.outputs.entries()) {
    const producerOf = (id: number) => copy.nodes.find(({ outputs }) => outputs[0].id === id);
    let producer = producerOf(output.id);
    while (producer && isReshape(producer)) producer = producerOf(producer.inputs[0]!.id);
    if (producer?.type === 'SOFTMAX') logitsOf.set(i, copy.outputs.push(producer.inputs[0]!) - 1);
  }
  return { graph: copy, logitsOf };
}

/** Runs the quantized `graph` on the samples, with one step each; one entry per output. */
export async function headErrors(graph: Graph, held: readonly HeldSample[], step: Step): Promise<HeadErrors[]> {
  const model = loadSync(graph);
  const heads = graph.outputs.map(() => ({ errors: new Float64Array(held.length), signal: 0 }));
  try {
    for (const [s, { inputs, outputs }] of held.entries()) {
      await step();
      setInputs(model, inputs);
      model.run();
      for (const [i, output] of model.outputs.entries()) {
        const expected = outputs[i];
        // Indices, as of ARG_MAX, are right or wrong.
        if (!(expected instanceof Float32Array)) {
          heads[i].signal += expected.length;
          for (let k = 0; k < expected.length; k++) if (output.data[k] !== expected[k]) heads[i].errors[s]++;
          continue;
        }
        const actual = dequantize(output, output.data);
        for (let k = 0; k < actual.length; k++) {
          heads[i].errors[s] += (actual[k] - expected[k]) ** 2;
          heads[i].signal += expected[k] ** 2;
        }
      }
    }
  } finally {
    model.dispose();
  }
  return heads;
}
