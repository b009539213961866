// Tests the operators that move elements on images of the float binary, against the reference, bit for bit.
import { test } from 'uvu';
import type { Value } from '../../src/graph/graph';
import { GraphBuilder } from '../support/build';
import { movementNode, movementShape, movements, takesRank } from '../support/movement';
import { Random } from '../support/random';
import { checkGraph } from './check';

const draws = 40;

for (const operator of movements) {
  test(`${operator}: ${draws} shapes, seed 5`, () => {
    const random = new Random(5);
    for (let draw = 0; draw < draws; draw++) {
      const rank = random.pick([1, 2, 3, 4, 5, 6].filter((dimensions) => takesRank(operator, dimensions)));
      const builder = new GraphBuilder();
      const unary = (value: Value) => builder.node('RELU', {}, [value], { dtype: 'float32', shape: value.shape })[0];
      const input = unary(builder.input('float32', movementShape(rank, random)));
      const graph = builder.outputs(...movementNode(builder, operator, input, random, unary).map(unary));
      checkGraph(graph, 0, `${operator}, draw ${draw}`);
    }
  });
}

test.run();
