// Tests every imported operator against outputs recorded from stock ONNX Runtime (record.ts), to 1e-5 of their range.
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { importOnnx } from '../../../../tools/import/onnx/import';
import { onnxFile } from './file';
import { inputsOf, operatorCases } from './operator-cases';
import { assertNear, decodeArray, runImported } from './operator-runs';

const recorded = new Map<string, string>(Object.entries(JSON.parse(readFileSync(new URL('recorded.json', import.meta.url), 'utf8'))));

for (const model of operatorCases) {
  test(model.title, () => {
    const expected = decodeArray(recorded.get(model.title)!);
    const graph = importOnnx(onnxFile(model));
    const outputs = runImported(graph, inputsOf(model), new Map([['y', expected]]));
    assertNear(outputs.get('y')!, expected, 1e-5, model.title);
  });
}

test('every case is recorded once, and nothing else is', () => {
  assert.equal([...recorded.keys()].sort(), operatorCases.map(({ title }) => title).sort());
});

for (const { title, nodes, types } of [
  { title: 'Gelu as', nodes: 1, types: 'GELU' },
  { title: 'DepthToSpace [1,4,2,3]', nodes: 1, types: 'DEPTH_TO_SPACE' },
  { title: 'MatMul of computed [2,3,4]', nodes: 1, types: 'BATCH_MATMUL' },
] as const) {
  test(`${title}: ${types} alone`, () => {
    for (const model of operatorCases.filter((candidate) => candidate.title.startsWith(title))) {
      const found = importOnnx(onnxFile(model)).nodes.map(({ type }) => type);
      if (model.title.endsWith('[4]')) continue;
      assert.is(found.length, nodes, `${model.title}: ${found}`);
      assert.is(found[0], types);
    }
  });
}

test.run();
