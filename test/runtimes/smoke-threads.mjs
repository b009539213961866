// Owns what engines with shared memory compute by several threads: the outputs of both ways to run, beside those of one thread.
import { load } from 'zeropoint';
import { mobilenetV1 } from 'zeropoint/mobilenet';
import { loadThreaded } from 'zeropoint/threads';

/** Whether all outputs are equal, by number of threads; the notice where there is one thread only. */
export async function smokeThreads() {
  const bytes = mobilenetV1({ alpha: 0.25, resolution: 96, classes: 100, dtype: 'int8' });
  const fill = ({ inputs }) =>
    inputs[0].data.forEach((_, i, data) => {
      data[i] = 37 * i;
    });
  const single = await load(bytes);
  fill(single);
  single.run();
  const expected = String(single.outputs[0].data);
  const equal = {};
  for (const threads of [2, 3]) {
    const model = await loadThreaded(bytes, { threads });
    if (model.notice) return { notice: model.notice };
    fill(model);
    model.run();
    const outputs = [String(model.outputs[0].data)];
    model.outputs[0].data.fill(0);
    await model.runAsync();
    outputs.push(String(model.outputs[0].data));
    equal[threads] = outputs.every((output) => output === expected);
    model.dispose();
  }
  return equal;
}
