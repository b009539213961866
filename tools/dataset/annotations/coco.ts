// Owns labels in COCO's format: one JSON file with pictures, categories, boxes and key points (https://cocodataset.org/#format-data).
import { ModelError } from 'zeropoint';
import { readBytes } from '../../files';
import { sha256 } from '../../hash';
import { checkJson, consistent, ensure, finite, integer, isObject, list, literal, maybe, nullable, record, text } from '../../json';
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
  /** x, y in pixels and visibility in turn: 0 not labelled, 1 hidden, 2 visible. */
  readonly keypoints?: readonly number[] | null;
  /** In square pixels; read with key points alone. */
  readonly area?: unknown;
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

const hasKeypoints = ({ keypoints }: Annotation): boolean => (keypoints?.length ?? 0) > 0;

function checkKeypoints(annotation: Annotation, at: string): void {
  if (!hasKeypoints(annotation)) return;
  const { keypoints, area } = annotation;
  ensure(keypoints!.length % 3 === 0, `${at}.keypoints`, `has ${keypoints!.length} numbers, not x, y and visibility of each point`);
  const isArea = area === undefined || (typeof area === 'number' && Number.isFinite(area) && area >= 0);
  ensure(isArea, `${at}.area`, 'is no number of square pixels');
}

const file = record<File>({
  images: list(record<Picture>({ id: integer, file_name: text, width: maybe(integer), height: maybe(integer) })),
  annotations: list(
    consistent(
      record<Annotation>({
        image_id: integer,
        category_id: integer,
        bbox: box,
        iscrowd: maybe(literal(0, 1)),
        keypoints: maybe(nullable(list(finite))),
        area: (value) => value,
      }),
      checkKeypoints,
    ),
  ),
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

/** Key points of every object that has them; undefined where none has. @throws ModelError `bad-data` where their numbers differ */
function keypointCount({ annotations }: File, where: string): number | undefined {
  const counts = annotations.map((annotation) => (hasKeypoints(annotation) ? annotation.keypoints!.length / 3 : undefined));
  const first = counts.find((count) => count !== undefined);
  const other = counts.findIndex((count) => count !== undefined && count !== first);
  if (other < 0) return first;
  const message = `is damaged: annotations[${other}].keypoints has ${counts[other]} points, and those before it ${first}`;
  throw new ModelError('bad-data', message, { where });
}

/** @throws ModelError `bad-argument` where there is no file, `bad-data` with the place where it is damaged */
export async function readCoco(path: string): Promise<ObjectLabels> {
  const bytes = await readBytes(path);
  const value = parse(new TextDecoder().decode(bytes), path);
  const advice = 'give instances or keypoints in the format of COCO: { images, annotations, categories }';
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
    keypoints: keypointCount(read, path),
    of(name, size) {
      const picture = byName.get(name);
      return picture && byPicture.get(picture.id)!.map((annotation) => objectOf(annotation, { ...size, ...sizeOf(picture) }));
    },
  };
}

/** The size that the file gives, where it is one. */
const sizeOf = ({ width, height }: Picture): Size | undefined => (width && height ? { width, height } : undefined);

function objectOf(annotation: Annotation, size: Size): LabelledObject {
  const { category_id, iscrowd } = annotation;
  const [left, top, width, height] = annotation.bbox;
  const edges = {
    left: left / size.width,
    top: top / size.height,
    right: (left + width) / size.width,
    bottom: (top + height) / size.height,
  };
  const points = hasKeypoints(annotation) ? pointsOf(annotation, size) : undefined;
  return { category: category_id, box: edges, ...(iscrowd === 1 && { crowd: true }), ...points };
}

function pointsOf({ keypoints, area }: Annotation, { width, height }: Size): Pick<LabelledObject, 'keypoints' | 'area'> {
  const shares = keypoints!.map((value, i) => value / [width, height, 1][i % 3]);
  return { keypoints: shares, ...(typeof area === 'number' && { area: area / (width * height) }) };
}
