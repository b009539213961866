// Owns what every engine computes with the installed package: one built model per 8-bit scheme, and hashes of all its tensors.
import { load, loadSync } from 'zeropoint';
import { mobilenetV1 } from 'zeropoint/mobilenet';
import { loadReference } from 'zeropoint/reference';
// test/support/random.ts, compiled.
import { Random } from './random.mjs';

/** The same in every engine. */
function randomBytes(length) {
  const random = new Random(12345);
  return Uint8Array.from({ length }, () => random.integer(0, 255));
}

async function sha256(data) {
  const digest = await crypto.subtle.digest('SHA-256', data);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Hashes by name, of the arrays in `tensors`. */
async function hashAll(tensors) {
  const hashes = {};
  for (const [name, data] of tensors) hashes[name] = await sha256(data);
  return hashes;
}

/** So many runs that every engine has optimized the core by then. */
const warmRuns = 400;

/** Every intermediate tensor and every output that the core computes, the first time or, `warm`, after many runs. */
function coreTensors(model, warm = false) {
  model.inputs[0].data.set(randomBytes(model.inputs[0].data.length));
  if (warm) for (let i = 0; i < warmRuns; i++) model.run();
  const tensors = [];
  model.trace(({ name }, data) => tensors.push([name, data]));
  model.run();
  model.outputs.forEach(({ data }, i) => {
    tensors.push([`output ${i}`, data]);
  });
  return tensors;
}

/** The same, as the reference kernels compute them. */
function referenceTensors(reference) {
  const [input] = reference.inputs;
  const codes = randomBytes(input.shape.reduce((product, size) => product * size, 1));
  const tensors = [];
  const outputs = reference.run([input.dtype === 'int8' ? new Int8Array(codes.buffer) : codes], (value, data) => {
    if (value !== input) tensors.push([value.name, data]);
  });
  outputs.forEach((data, i) => {
    tensors.push([`output ${i}`, data]);
  });
  return tensors;
}

async function smokeScheme(dtype) {
  const bytes = mobilenetV1({ alpha: 0.25, resolution: 96, classes: 100, dtype });
  return {
    model: await sha256(bytes),
    sync: await hashAll(coreTensors(loadSync(bytes))),
    async: await hashAll(coreTensors(await load(bytes))),
    warm: await hashAll(coreTensors(await load(bytes), true)),
    reference: await hashAll(referenceTensors(loadReference(bytes))),
  };
}

/** Per scheme: the hash of the model's bytes, and those of its tensors by name, four times over. */
export async function smoke() {
  return { uint8: await smokeScheme('uint8'), int8: await smokeScheme('int8') };
}
