// Owns datasets made of arrays: one .npy file, or the arrays of an .npz archive, whose first dimension counts the samples.
import { ModelError } from 'zeropoint';
import { elementCount, type Value } from 'zeropoint/tflite';
import { openArchive } from '../archive';
import { fileSize, readBytes, readRange } from '../files';
import { readLabelTable } from './labels';
import { type ArrayHeader, elementBytes, maxHeaderBytes, parseArrayHeader, readElements } from './npy';
import { type ArrayLayout, checkItemCount, countClasses, type Item, type Part, type Source } from './source';

/** Bytes of all unpacked arrays of an archive together, which are held in memory; larger ones are refused. Arrays of .npy files are read sample by sample. */
const maxArchiveBytes = 2 ** 29;

/** An array and the place of its elements. */
interface StoredArray extends ArrayHeader {
  readonly name: string;
  readonly path: string;
  /** The whole .npy content, for arrays of an archive. */
  readonly bytes?: Uint8Array;
  /** Bytes of the .npy content, header included; fewer than the header announces where the file is cut short. */
  readonly size: number;
}

const withoutOnes = (shape: readonly number[]): string => shape.filter((dimension) => dimension !== 1).join('x');

/** Whether an array has the shape of one sample of an image input as [c, h, w], and not as [h, w, c]. */
export function isChannelsFirst({ shape }: ArrayLayout, input: Value): boolean {
  const image = shape.slice(-3);
  if (input.shape.length !== 4 || image.length !== 3 || elementCount(shape.slice(0, -3)) !== 1) return false;
  const [c, h, w] = image;
  return withoutOnes(shape) !== withoutOnes(input.shape) && [h, w, c].join() === input.shape.slice(1).join();
}

/** Whether an array can be a picture: bytes of [height, width, 1 or 3], after any dimensions of 1. */
export function isPixelArray({ element, shape }: ArrayLayout): boolean {
  return element === 'u1' && shape.length >= 3 && [1, 3].includes(shape[shape.length - 1]) && elementCount(shape.slice(0, -3)) === 1;
}

/**
 * Whether an array has the dimensions of one sample, dimensions of 1 not compared, or those of its image with channels first, as ONNX networks
 * have them. With `asPicture`, bytes of any [height, width, 1 or 3] pass as well, since preprocessing resizes them.
 */
export function fitsSample(layout: ArrayLayout, input: Value, asPicture: boolean): boolean {
  return withoutOnes(layout.shape) === withoutOnes(input.shape) || isChannelsFirst(layout, input) || (asPicture && isPixelArray(layout));
}

/** Number of samples in an array for one input. @throws ModelError `bad-shape` */
function countSamples(array: StoredArray, input: Value, asPicture: boolean): number {
  if (elementCount(array.shape) === 0) throw new ModelError('bad-data', `is [${array.shape}] and holds no samples`, { where: array.name });
  const [first = 1, ...rest] = array.shape;
  if (array.shape.length > 0 && fitsSample({ ...array, shape: rest }, input, asPicture)) return first;
  if (fitsSample(array, input, false)) return 1;
  throw new ModelError('bad-shape', `is [${array.shape}], but samples for input '${input.name}' are [${input.shape.slice(1)}]`, {
    where: array.name,
  });
}

/** The part of an array that is sample `index` of `count`. */
function partOf(array: StoredArray, index: number, count: number): Part {
  const { path, bytes, element, littleEndian } = array;
  const shape = count === 1 ? array.shape : array.shape.slice(1);
  const length = elementBytes(array) * (elementCount(array.shape) / count);
  return { path, bytes, offset: array.dataOffset + index * length, length, array: { element, littleEndian, shape } };
}

/**
 * Refuses files with less than half of the announced bytes; where fewer are missing, samples cut short are left out.
 * @throws ModelError `bad-data`
 */
function checkSize(array: StoredArray): void {
  const announced = array.dataOffset + elementBytes(array) * elementCount(array.shape);
  if (array.size >= announced / 2) return;
  throw new ModelError('bad-data', `is cut short: [${array.shape}] takes ${announced} bytes, ${array.size} are there`, {
    where: array.name,
  });
}

function arraySource(arrays: readonly StoredArray[], inputs: readonly Value[], labels: Labels | undefined, asPicture: boolean): Source {
  const counts = arrays.map((array, i) => countSamples(array, inputs[i], asPicture));
  const [count] = counts;
  arrays.forEach(checkSize);
  checkItemCount(count, arrays[0].path);
  if (counts.some((other) => other !== count)) {
    throw new ModelError(
      'bad-shape',
      `arrays hold different numbers of samples: ${arrays.map(({ name }, i) => `${name} ${counts[i]}`).join(', ')}`,
    );
  }
  if (labels !== undefined && labels.length !== count) {
    throw new ModelError('bad-shape', `there are ${labels.length} labels for ${count} samples`, { where: arrays[0].path });
  }
  const digits = String(Math.max(count - 1, 0)).length;
  const items = Array.from({ length: count }, (_, i): Item => {
    const name = `${arrays[0].name}#${String(i).padStart(digits, '0')}`;
    return { name, kind: 'array', label: labels?.[i], parts: arrays.map((array) => partOf(array, i, count)) };
  });
  return { items, classes: countClasses(items) };
}

type Labels = readonly (number | undefined)[];

/** Integers of a stored array, as labels. @throws ModelError `bad-data` */
function labelsOf(array: StoredArray, bytes: Uint8Array): Labels {
  const count = elementCount(array.shape);
  checkItemCount(count, array.name);
  const elements = bytes.subarray(array.dataOffset, array.dataOffset + count * elementBytes(array));
  const numbers = Array.from(readElements(elements, array));
  if (numbers.some((label) => !Number.isInteger(label) || label < 0)) {
    throw new ModelError('bad-data', 'labels are whole numbers from 0; store class indices', { where: array.name });
  }
  return numbers;
}

/** Labels in the order of the samples, from `.npy` or from the label column of a table. */
async function readLabels(path: string): Promise<Labels> {
  if (!path.endsWith('.npy')) return (await readLabelTable(path)).rows.map(({ label }) => label);
  const bytes = await readBytes(path);
  return labelsOf({ ...parseArrayHeader(bytes, path), name: path, path, size: bytes.length }, bytes);
}

/** Samples along the first dimension of a `.npy` file, for models of one input. Only its header is read here. */
export async function npySource(path: string, inputs: readonly Value[], labels: string | undefined, asPicture: boolean): Promise<Source> {
  if (inputs.length !== 1) {
    throw new ModelError('bad-argument', `the model takes ${inputs.length} inputs; give an .npz with one array for each`, { where: path });
  }
  const header = parseArrayHeader(await readRange(path, 0, maxHeaderBytes), path);
  const array = { ...header, name: 'array', path, size: await fileSize(path) };
  return arraySource([array], inputs, labels === undefined ? undefined : await readLabels(labels), asPicture);
}

const labelNames = ['y', 'label', 'labels', 'target', 'targets', 'classes'];

/** Names of the arrays of parts, as `x_train` and `y_train` of Keras' datasets. */
const partName = /^(.+)_(train|training|test|val|valid|validation)$/;

/** Of an archive with parts, the arrays of the training part, else of the first, named as without parts. */
function ofOnePart(arrays: readonly StoredArray[]): readonly StoredArray[] {
  const named = arrays.map((array) => ({ array, match: partName.exec(array.name) }));
  if (named.some(({ match }) => match === null)) return arrays;
  const parts = named.map(({ match }) => match![2]);
  const part = parts.find((name) => name.startsWith('train')) ?? parts[0];
  return named.filter(({ match }) => match![2] === part).map(({ array, match }) => ({ ...array, name: match![1] }));
}

/** Arrays of an archive by name, without `.npy`. @throws ModelError `bad-data`, `too-large` */
async function readArchive(path: string): Promise<StoredArray[]> {
  const bytes = await readBytes(path);
  try {
    const archive = openArchive(bytes, maxArchiveBytes);
    return archive.names
      .filter((name) => name.endsWith('.npy'))
      .map((file) => {
        const content = archive.unpack(file)!;
        return { ...parseArrayHeader(content, file), name: file.slice(0, -4), path, bytes: content, size: content.length };
      });
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    const advice = cause.code === 'too-large' ? '; save .npy instead' : '';
    throw new ModelError(cause.code, `${cause.message}${advice}`, { where: path, cause });
  }
}

/**
 * Samples of an `.npz` archive. Its array for an input is the one of the input's name; without such names the arrays go to the inputs
 * in order, and one of a single input may have any name. An array called y or labels holds class indices. Of an archive of parts, as
 * x_train, y_train, x_test and y_test, the training part is taken.
 */
export async function npzSource(path: string, inputs: readonly Value[], labels: string | undefined, asPicture: boolean): Promise<Source> {
  const all = ofOnePart(await readArchive(path));
  const labelArray = all.find(({ name, shape }) => labelNames.includes(name) && shape.length <= 2);
  const data = all.filter((array) => array !== labelArray);
  const named = inputs.map((input) => data.find(({ name }) => name === input.name));
  const chosen = named.every((array) => array !== undefined) ? (named as StoredArray[]) : data;
  if (chosen.length !== inputs.length) {
    const names = data.map(({ name }) => `'${name}'`).join(', ');
    throw new ModelError(
      'bad-argument',
      `holds ${data.length} arrays (${names}) for ${inputs.length} inputs; name them ${inputs.map(({ name }) => `'${name}'`).join(', ')}`,
      { where: path },
    );
  }
  const own = labelArray?.bytes && labelsOf(labelArray, labelArray.bytes);
  return arraySource(chosen, inputs, labels === undefined ? own : await readLabels(labels), asPicture);
}
