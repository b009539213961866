// Tests the TensorFlow.js import beside TensorFlow.js itself: every layer, every operator, and the models of npm packages.
import { test } from 'uvu';
import { Random } from '../../../support/random';
import { assertAlike, deviation, imported, runGraph } from './compare';
import { elements } from './file';
import { layerCases } from './layer-cases';
import { operatorCases } from './operator-cases';
import { runCase } from './recorded';
import { packageModels } from './stock/packages';
import { isInstalled, runStock } from './stock/tfjs';

const command = 'npm ci --prefix test/tools/import/tfjs/stock';
if (!isInstalled) console.log(`skipped, TensorFlow.js is not installed (${command}): imports beside it`);

for (const entry of [...layerCases, ...operatorCases]) {
  if (entry.expected) continue;
  (isInstalled ? test : test.skip)(entry.title, async () => {
    const graph = imported(entry.file);
    assertAlike(graph, runGraph(graph, entry.inputs), await runCase(entry), 1e-5);
  });
}

for (const { title, file, input, low, high, outputs } of packageModels) {
  (isInstalled ? test : test.skip)(`the model of ${title}`, async () => {
    const model = file();
    const [name, shape] = input;
    const generator = new Random(1);
    const data = Float32Array.from({ length: elements(shape) }, () => low + (high - low) * generator.real());
    const graph = imported(model, { shapes: { [name]: shape } });
    const [actual, expected] = [runGraph(graph, [{ shape, data }]), await runStock(model, { [name]: { shape, data } }, outputs)];
    const worst = Math.max(...expected.map((output, i) => deviation(actual[i].data, output.data)));
    console.log(`note: ${title} differs by ${worst.toExponential(1)} of its range`);
    assertAlike(graph, actual, expected, 1e-4);
  });
}

test.run();
