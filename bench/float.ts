// Owns the comparison of the float core with tfjs-backend-wasm on MobileNetV1 1.0-224: interleaved, one thread, medians and their ratio.
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { loadFloat } from '../tools/model/float-model';
import { formatSignificant } from '../tools/report/numbers';
import { renderTable } from '../tools/report/table';
import { floatMobilenetV1 } from './float-twin';
import { describeMachine } from './peers/engines';
import { interleave } from './peers/interleave';
import { createTfjsWasm } from './peers/tfjs-wasm';

const { values } = parseArgs({
  options: {
    alpha: { type: 'string', default: '1' },
    resolution: { type: 'string', default: '224' },
    rounds: { type: 'string', default: '15' },
  },
});
const [alpha, resolution] = [Number(values.alpha), Number(values.resolution)];
const model = loadFloat(floatMobilenetV1({ alpha, resolution }));
const peer = await createTfjsWasm(model.graph);
const input = Float32Array.from({ length: resolution * resolution * 3 }, (_, i) => Math.sin(i * i));

const [ours] = model.run([input]) as Float32Array[];
const theirs = peer.run(input);
const difference = ours.reduce((largest, value, i) => Math.max(largest, Math.abs(value - theirs[i])), 0);
if (!(difference < 1e-4)) throw new Error(`outputs differ by ${difference}: not the same network`);

const contestants = [
  { name: 'zeropoint/float', run: () => void model.run([input]) },
  { name: peer.name, run: () => void peer.run(input) },
];
const milliseconds = await interleave(contestants, Number(values.rounds));
const rows = contestants.map(({ name }, i) => [name, formatSignificant(milliseconds[i], 3)]);
const terminal = { colors: pc.createColors(process.stdout.isTTY === true) };
console.log(renderTable([{ head: `MobileNetV1 ${alpha}-${resolution}, float32` }, { head: 'ms', align: 'right' }], rows, terminal));
console.log(
  `faster than tfjs: ${(milliseconds[1] / milliseconds[0]).toFixed(2)}x; largest difference of outputs ${difference.toExponential(1)}`,
);
console.log(`${describeMachine()}; median of ${values.rounds} interleaved rounds`);
