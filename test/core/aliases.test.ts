// Tests that parts along the outermost axis are not copied, however their readers lay them out, and that what cannot be an alias is moved.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { DType, Graph, Value } from '../../src/graph/graph';
import { convolution, GraphBuilder, quantized, window } from '../support/build';
import { checkGuarded } from '../support/guard';
import { randomInputs } from '../support/passes';

const quantization = quantized(0.5, 3);
const codes = (shape: readonly number[]) => ({ dtype: 'int8' as DType, shape, quantization });

/** A graph whose value `x` is made by `MAX_POOL_2D`, as an image, or is the graph's input, as dense codes. */
function onImage(shape: readonly number[], isImage: boolean, rest: (g: GraphBuilder, x: Value) => Value[]): Graph {
  const g = new GraphBuilder();
  const input = g.input('int8', shape, quantization);
  const pool = { ...window, padding: 'SAME', filterH: 2, filterW: 2 } as const;
  const [x] = isImage ? g.node('MAX_POOL_2D', pool, [input], codes(shape)) : [input];
  return g.outputs(...rest(g, x));
}

function kernelsOf(graph: Graph): string[] {
  return checkGuarded(graph, randomInputs(graph, 1), 'aliases').filter((kernel) => !kernel.includes('pool'));
}

for (const isImage of [true, false]) {
  const kind = isImage ? 'an image' : 'dense codes';

  test(`halves of ${kind} by SPLIT are aliases`, () => {
    const graph = onImage([1, 8, 4, 8], isImage, (g, x) => {
      const halves = g.node('SPLIT', { numSplits: 2 }, [g.constant('int32', [], [1]), x], codes([1, 4, 4, 8]), codes([1, 4, 4, 8]));
      return g.node('ADD', { activation: 'NONE' }, halves, codes([1, 4, 4, 8]));
    });
    assert.equal(
      kernelsOf(graph).filter((kernel) => !kernel.startsWith('add')),
      ['alias'],
    );
  });

  test(`single positions of ${kind} by UNPACK, and a part of a part, are aliases`, () => {
    const graph = onImage([2, 4, 4, 8], isImage, (g, x) => {
      const [first, second] = g.node('UNPACK', { num: 2, axis: 0 }, [x], codes([4, 4, 8]), codes([4, 4, 8]));
      const [rows] = g.node('SLICE', {}, [second, g.ints(1, 0, 0), g.ints(2, 4, 8)], codes([2, 4, 8]));
      return [...g.node('RELU', {}, [first], codes([4, 4, 8])), ...g.node('RELU', {}, [rows], codes([2, 4, 8]))];
    });
    assert.ok(kernelsOf(graph).includes('alias'));
    assert.not.ok(kernelsOf(graph).some((kernel) => kernel === 'slice' || kernel === 'unpack'));
  });

  test(`columns of ${kind}, and every second row, are moved`, () => {
    const graph = onImage([1, 4, 4, 8], isImage, (g, x) => {
      const [columns] = g.node('SLICE', {}, [x, g.ints(0, 0, 1, 0), g.ints(1, 4, 2, 8)], codes([1, 4, 2, 8]));
      const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, offset: false };
      const operands = [x, g.ints(0, 0, 0, 0), g.ints(1, 4, 4, 8), g.ints(1, 2, 1, 1)];
      return [columns, ...g.node('STRIDED_SLICE', masks, operands, codes([1, 2, 4, 8]))];
    });
    assert.equal(kernelsOf(graph), ['slice', 'strided slice']);
  });
}

test('a part whose reader needs a border is moved, the other one is an alias', () => {
  const graph = onImage([1, 8, 4, 8], true, (g, x) => {
    const [top, bottom] = g.node('SPLIT', { numSplits: 2 }, [g.constant('int32', [], [1]), x], codes([1, 4, 4, 8]), codes([1, 4, 4, 8]));
    const weights = g.constant('int8', [8, 3, 3, 8], [3, -5, 7, 11, -13], quantized(0.02));
    const bias = g.constant('int32', [8], [5, 0, -9], quantized(0.01));
    const [layer] = g.node('CONV_2D', { ...convolution, padding: 'SAME' }, [top, weights, bias], codes([1, 4, 4, 8]));
    return g.node('ADD', { activation: 'NONE' }, [layer, bottom], codes([1, 4, 4, 8]));
  });
  assert.ok(kernelsOf(graph).includes('split'));
});

test('parts that are outputs of the graph keep their memory', () => {
  const graph = onImage([4, 2, 2, 8], false, (g, x) =>
    g.node('UNPACK', { num: 4, axis: 0 }, [x], ...Array.from({ length: 4 }, () => codes([2, 2, 8]))),
  );
  assert.equal(kernelsOf(graph), ['alias']);
});

test('parts that begin between addresses that a region may have are moved', () => {
  const graph = onImage([5, 3], false, (g, x) => {
    const [part] = g.node('SLICE', {}, [x, g.ints(1, 0), g.ints(2, 3)], codes([2, 3]));
    return [part];
  });
  assert.equal(kernelsOf(graph), ['slice']);
});

test.run();
