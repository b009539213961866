// Owns labels in COCO's format: one JSON file with pictures, categories and boxes (https://cocodataset.org/#format-data).
import { ModelError } from 'zeropoint';
import { readBytes } from '../../files';
import { sha256 } from '../../hash';
import { checkJson, consistent, ensure, finite, integer, isObject, list, literal, maybe, record, text } from '../../json';
import { ByName, type LabelledObject, type ObjectLabels, type Size } from './annotations';

interface Picture {
  readonly id: number;
  readonly file_name: string;
  readonly width?: number;
  readonly height?: number;
}

interface Annotation {
  readonly image_id: number;
  readonly category_id: number;
  /** Left, top, width, height in pixels. */
  readonly bbox: readonly number[];
  readonly iscrowd?: 0 | 1;
}

interface File {
  readonly images: readonly Picture[];
  readonly annotations: readonly Annotation[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
}

const box = consistent(list(finite), (numbers, at) => {
  ensure(numbers.length === 4, at, `has ${numbers.length} numbers, not left, top, width, height`);
  ensure(numbers[2] >= 0 && numbers[3] >= 0, at, 'has a negative width or height');
});

const file = record<File>({
  images: list(record<Picture>({ id: integer, file_name: text, width: maybe(integer), height: maybe(integer) })),
  annotations: list(record<Annotation>({ image_id: integer, category_id: integer, bbox: box, iscrowd: maybe(literal(0, 1)) })),
  categories: list(record<File['categories'][number]>({ id: integer, name: text })),
});

/** Line and column of a character. */
function placeOf(source: string, offset: number): string {
  const before = source.slice(0, offset).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

function parse(source: string, where: string): unknown {
  try {
    return JSON.parse(source);
  } catch (cause) {
    const message = (cause as Error).message;
    const offset = /position (\d+)/.exec(message)?.[1];
    const at = offset === undefined ? '' : `${placeOf(source, Number(offset))}: `;
    throw new ModelError('bad-data', `${at}is not JSON: ${message.split(' in JSON')[0]}`, { where, cause });
  }
}

function checkReferences({ images, annotations, categories }: File): string | undefined {
  const [pictures, classes] = [new Set(images.map(({ id }) => id)), new Set(categories.map(({ id }) => id))];
  for (const [i, { image_id, category_id }] of annotations.entries()) {
    if (!pictures.has(image_id)) return `annotations[${i}].image_id is ${image_id}, and there is no such picture`;
    if (!classes.has(category_id)) return `annotations[${i}].category_id is ${category_id}, and there is no such category`;
  }
  return undefined;
}

/** @throws ModelError `bad-argument` where there is no file, `bad-data` with the place where it is damaged */
export async function readCoco(path: string): Promise<ObjectLabels> {
  const bytes = await readBytes(path);
  const value = parse(new TextDecoder().decode(bytes), path);
  const advice = 'give instances in the format of COCO: { images, annotations, categories }';
  if (!isObject(value)) throw new ModelError('bad-data', `is no object; ${advice}`, { where: path });
  const read = checkJson(file, value, path, advice);
  const wrong = checkReferences(read);
  if (wrong !== undefined) throw new ModelError('bad-data', `is damaged: ${wrong}`, { where: path });
  if (read.images.length === 0) throw new ModelError('bad-data', `lists no images; ${advice}`, { where: path });
  const byPicture = new Map(read.images.map(({ id }) => [id, [] as Annotation[]]));
  for (const annotation of read.annotations) byPicture.get(annotation.image_id)!.push(annotation);
  const byName = new ByName<Picture>();
  for (const picture of read.images) byName.set(picture.file_name, picture);
  return {
    kind: 'objects',
    format: 'coco',
    where: path,
    sha256: sha256(bytes),
    first: read.images[0].file_name,
    categories: [...read.categories].sort((a, b) => a.id - b.id),
    of(name, size) {
      const picture = byName.get(name);
      return picture && byPicture.get(picture.id)!.map((annotation) => objectOf(annotation, { ...size, ...sizeOf(picture) }));
    },
  };
}

/** The size that the file gives, where it is one. */
const sizeOf = ({ width, height }: Picture): Size | undefined => (width && height ? { width, height } : undefined);

function objectOf({ category_id, bbox: [left, top, width, height], iscrowd }: Annotation, size: Size): LabelledObject {
  const edges = {
    left: left / size.width,
    top: top / size.height,
    right: (left + width) / size.width,
    bottom: (top + height) / size.height,
  };
  return iscrowd === 1 ? { category: category_id, box: edges, crowd: true } : { category: category_id, box: edges };
}
