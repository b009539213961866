// Owns the types of labels that lie beside pictures: boxes and key points of objects, and classes of pixels.
import type { Box } from 'zeropoint/tasks';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** One labelled object; edges are shares of the picture. */
export interface LabelledObject {
  /** The class as the labels number it. */
  readonly category: number;
  readonly box: Box;
  /** A box around a group. */
  readonly crowd?: boolean;
  /** It neither counts as found nor as missed. */
  readonly ignore?: boolean;
  /** Of key points x, y and visibility in turn, x and y as shares of the picture; points of visibility 0 are not labelled. */
  readonly keypoints?: readonly number[];
  /** Of the object itself, as a share of the picture; of objects with key points, where the labels have it. */
  readonly area?: number;
}

export interface Category {
  readonly id: number;
  readonly name?: string;
}

interface LabelFiles {
  /** The file or folder, for messages. */
  readonly where: string;
  /** SHA-256 of all labels, hexadecimal. */
  readonly sha256: string;
  /** The first picture that is labelled, for messages. */
  readonly first: string;
}

/** Boxes of objects in COCO, PASCAL VOC or YOLO format, and of COCO's their key points. */
export interface ObjectLabels extends LabelFiles {
  readonly kind: 'objects';
  /** In ascending order of their numbers. Those of YOLO have no names, those of VOC are numbered in alphabetical order. */
  readonly format: 'coco' | 'voc' | 'yolo';
  readonly categories: readonly Category[];
  /** How many key points an object has; absent for labels without any. */
  readonly keypoints?: number;
  /** Objects of the picture `name` of this size; undefined for pictures without labels. */
  of(name: string, size: Size): readonly LabelledObject[] | undefined;
}

/** Classes of pixels, rows from top to bottom. */
export interface LabelMap extends Size {
  readonly categories: Uint8Array;
}

/** Pictures whose pixels are classes. */
export interface MaskLabels extends LabelFiles {
  readonly kind: 'masks';
  /** Undefined for pictures without one. @throws ModelError `bad-data` for a file that is none */
  of(name: string): Promise<LabelMap | undefined>;
}

export type Annotations = ObjectLabels | MaskLabels;

/** The name without folders and without its ending. */
export const stemOf = (name: string): string => name.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '');

/** Entries by the names of pictures: the whole name without its ending, or where that is unambiguous the last part of it. */
export class ByName<T> {
  private readonly whole = new Map<string, T>();
  private readonly last = new Map<string, T | undefined>();

  private static plain(name: string): string {
    return name.replaceAll('\\', '/').replace(/\.[^./]*$/, '');
  }

  set(name: string, value: T): void {
    this.whole.set(ByName.plain(name), value);
    this.last.set(stemOf(name), this.last.has(stemOf(name)) ? undefined : value);
  }

  /** By the whole name alone: whether there is an entry. */
  has(name: string): boolean {
    return this.whole.has(ByName.plain(name));
  }

  get(name: string): T | undefined {
    return this.whole.get(ByName.plain(name)) ?? this.last.get(stemOf(name));
  }
}
