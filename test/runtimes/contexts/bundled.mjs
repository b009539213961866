// Owns what a bundled page computes: the outputs, and those of a core that the bundler has copied as a file and that is fetched.
import { load } from 'zeropoint/slim';
import { uint8 } from './models.mjs';
import { outputs } from './outputs.mjs';

/** `module`: where the core lies, for bundlers that copy no files. */
export async function bundled(module) {
  try {
    const model = await load(uint8, { module });
    for (const { data } of model.inputs) for (let i = 0; i < data.length; i++) data[i] = (37 * i) % 251;
    model.run();
    return { outputs: await outputs(), slim: [...model.outputs[0].data] };
  } catch (error) {
    return { error: String(error?.stack ?? error) };
  }
}
