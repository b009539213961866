// Owns the measurement of what loading charges (src/account.ts) and of what host kernels take (src/graph/work.ts): cost per unit, from growth.
import { costs } from '../src/account';
import { allocate, elementCount, type Graph, type Node, type Value } from '../src/graph/graph';
import { validate } from '../src/graph/validate';
import { workOf } from '../src/graph/work';
import { loadSync } from '../src/index';
import { evaluate } from '../src/reference';
import { writeModel } from '../src/tflite';
import { convolution, GraphBuilder, perChannel, quantized } from '../test/support/build';
import { machineLine } from './measure';

const scale = quantized(0.5);
const int8 = { dtype: 'int8', quantization: scale } as const;

/** A model of one RELU, with `more` beside it. */
function withRelu(more: (b: GraphBuilder, input: Value) => void): Graph {
  const b = new GraphBuilder();
  const input = b.input('int8', [1, 2], scale);
  more(b, input);
  return b.outputs(...b.node('RELU', {}, [input], int8));
}

/** Models with about `n` units of each kind and few of the others. */
const models: Record<keyof typeof costs, (n: number) => Graph> = {
  table: (n) => ({ ...withRelu(() => {}), metadata: Array.from({ length: n / 2 }, () => ({ name: '', data: new Uint8Array(1) })) }),
  number: (n) => withRelu((b) => b.constant('int8', [1, n / 2], [1], perChannel(new Array(n / 2).fill(1), 1))),
  string: (n) => withRelu((b) => Array.from({ length: n }, () => b.constant('int8', [1], [1], scale))),
  character: (n) => withRelu((b) => b.value({ dtype: 'int8', shape: [1], name: 'x'.repeat(n) })),
  copiedByte: (n) => withRelu((b) => b.constant('float32', [n / 4], [1])),
  tensor: (n) => withRelu((b) => Array.from({ length: n }, () => b.constant('int8', [1], [1], scale))),
  operator(n) {
    const b = new GraphBuilder();
    let value = b.input('int8', [1, 2], scale);
    for (let i = 0; i < n; i++) [value] = b.node('RELU', {}, [value], int8);
    return b.outputs(value);
  },
  operand(n) {
    const b = new GraphBuilder();
    const input = b.input('int8', [1, 2], scale);
    return b.outputs(...b.node('CONCATENATION', { axis: 1, activation: 'NONE' }, new Array(n).fill(input), int8));
  },
  channel: (n) => layer([1, 1, 1, 1], n),
  weight: (n) => layer([1, 1, 1, n / 16], 16),
  offset: (n) => layer([1, n / 16, 16, 1], 1),
};

function layer(shape: readonly number[], outputs: number): Graph {
  const b = new GraphBuilder();
  const depth = shape[3];
  const weights = b.constant('int8', [outputs, 1, 1, depth], [3, -5, 7], perChannel(new Array(outputs).fill(0.01), 0));
  return b.outputs(...b.node('CONV_2D', convolution, [b.input('int8', shape, scale), weights, undefined], int8));
}

/** Milliseconds of CPU and bytes of heap, buffers and garbage that one load takes: the least of several. */
function loadCost(bytes: Uint8Array): { milliseconds: number; bytes: number } {
  let [milliseconds, heap] = [Infinity, Infinity];
  for (let run = 0; run < 5; run++) {
    (globalThis as { gc?: () => void }).gc?.();
    const before = process.memoryUsage();
    const start = process.cpuUsage();
    const model = loadSync(bytes, { maxBytes: 2 ** 31 });
    const { user, system } = process.cpuUsage(start);
    const after = process.memoryUsage();
    milliseconds = Math.min(milliseconds, (user + system) / 1000);
    heap = Math.min(heap, after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers - bytes.length - model.memory.total);
  }
  return { milliseconds, bytes: heap };
}

/** One node of a type on float32 or int32 inputs, for the kernels that cost most per operation of workOf. */
const kernels: Record<string, (b: GraphBuilder, input: Value) => Value[]> = {
  CONV_2D: (b, x) => b.node('CONV_2D', convolution, [x, b.constant('float32', [16, 3, 3, 16], [1]), undefined], { dtype: 'float32' }),
  DIV: (b, x) => b.node('DIV', { activation: 'NONE' }, [x, x], { dtype: 'float32' }),
  TRANSPOSE: (b, x) => b.node('TRANSPOSE', {}, [x, b.ints(3, 2, 1, 0)], { dtype: 'float32' }),
  LOGISTIC: (b, x) => b.node('LOGISTIC', {}, [x], { dtype: 'float32' }),
  CAST: (b, x) => b.node('CAST', {}, [x], { dtype: 'int32' }),
  RESHAPE: (b, x) => b.node('RESHAPE', { newShape: undefined }, [x, b.ints(-1)], { dtype: 'float32' }),
};

function kernelCost(make: (b: GraphBuilder, input: Value) => Value[]): number {
  const b = new GraphBuilder();
  const graph = b.outputs(...make(b, b.input('float32', [1, 64, 64, 16])));
  validate(graph, { evaluate });
  const [node] = graph.nodes as Node[];
  const inputs = node.inputs.map((value) => value && (value.data ?? allocate(value.dtype, elementCount(value.shape))));
  const outputs = node.outputs.map(({ dtype, shape }) => allocate(dtype, elementCount(shape)));
  let least = Infinity;
  for (let run = 0; run < 5; run++) {
    const start = performance.now();
    evaluate(node, inputs, outputs);
    least = Math.min(least, performance.now() - start);
  }
  return (least * 1e6) / workOf(node);
}

console.log(`${machineLine()}\n\ncost per unit     measured: bytes  ns      charged: bytes  ns`);
for (const [kind, model] of Object.entries(models) as [keyof typeof costs, (n: number) => Graph][]) {
  const n = kind === 'operator' || kind === 'tensor' || kind === 'string' ? 2000 : 1 << 16;
  const [small, large] = [n, 4 * n].map((count) => loadCost(writeModel(model(count))));
  const bytes = (large.bytes - small.bytes) / (3 * n);
  const nanoseconds = ((large.milliseconds - small.milliseconds) * 1e6) / (3 * n);
  const charged = costs[kind];
  console.log(
    `${kind.padEnd(16)} ${bytes.toFixed(0).padStart(12)} ${nanoseconds.toFixed(0).padStart(8)} ${String(charged.bytes).padStart(14)} ${String(charged.operations).padStart(6)}`,
  );
}
console.log('\nkernel on the host, ns per operation of workOf');
for (const [type, make] of Object.entries(kernels)) console.log(`${type.padEnd(16)} ${kernelCost(make).toFixed(1)}`);
