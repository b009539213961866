// Owns running one node alone: an 8-bit one as the runtime does, a float one with other weights.
import { loadSync } from 'zeropoint/float';
import { isolateNode, type Node, setAttributes, type TensorData, type WeightedNode, weightedInputs } from 'zeropoint/graph';
import { loadFloat } from '../../model/float-model';

/**
 * Outputs of a node of a quantized graph for each of `samples`, which give the elements of its variable inputs in order (see
 * variableInputs).
 */
export function runQuantizedNode(node: Node, samples: readonly (readonly TensorData[])[]): TensorData[][] {
  const model = loadSync(isolateNode(node));
  const outputs = samples.map((inputs) => {
    inputs.forEach((data, i) => {
      (model.inputs[i].data as Uint8Array).set(data as Uint8Array);
    });
    model.run();
    return model.outputs.map(({ data }) => data.slice());
  });
  model.dispose();
  return outputs;
}

/**
 * Mean per output channel, over all positions, of a float layer's output before bias and activation, for one input and the given weights,
 * by a run of the layer.
 */
export function meanByRun(node: WeightedNode, input: Float32Array, weights: Float32Array, channels: number): Float64Array {
  const graph = isolateNode(node);
  const [single] = graph.nodes as WeightedNode[];
  const { weights: position, bias } = weightedInputs(single.type)!;
  setAttributes(single, { activation: 'NONE' });
  single.inputs[position]!.data = weights;
  const stored = single.inputs[bias];
  if (stored) stored.data = new Float32Array(channels);
  const model = loadFloat(graph);
  const output = model.run([input])[0] as Float32Array;
  model.dispose();
  const sums = new Float64Array(channels);
  for (let i = 0; i < output.length; i++) sums[i % channels] += output[i];
  return sums.map((sum) => (sum * channels) / output.length);
}
