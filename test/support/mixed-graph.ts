// Owns a float graph whose steps alternate between core and host.
import type { Graph } from '../../src/graph/graph';
import { convolution, GraphBuilder } from './build';

/** Two convolutions, an operator of the host between them, and a branch around it: [batch, 6, 6, 3] to the sum and the first convolution. */
export function mixedGraph(batch = 1): Graph {
  const b = new GraphBuilder();
  const input = b.input('float32', [batch, 6, 6, 3]);
  const weights = (n: number, c: number) => b.constant('float32', [n, 3, 3, c], [0.5, -0.25, 0.125, 1, -1]);
  const attributes = { ...convolution, padding: 'SAME' } as const;
  const [first] = b.node('CONV_2D', attributes, [input, weights(8, 3)], { dtype: 'float32', name: 'first' });
  const [host] = b.node('LEAKY_RELU', { alpha: 0.5 }, [first], { dtype: 'float32', name: 'host' });
  const [second] = b.node('CONV_2D', attributes, [host, weights(8, 8)], { dtype: 'float32', name: 'second' });
  const [sum] = b.node('ADD', { activation: 'RELU6' }, [second, first], { dtype: 'float32', name: 'sum' });
  return b.outputs(sum, first);
}
