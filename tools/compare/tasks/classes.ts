// Owns which class of a network a labelled category is.
import { ModelError } from 'zeropoint';
import type { DetectorHead } from 'zeropoint/tasks';
import type { Category, ObjectLabels } from '../../dataset/annotations/annotations';

export interface ClassesOfNetwork {
  /** Names by class. */
  readonly labels: readonly string[] | undefined;
  /** Added to every category's number, which then is the class. */
  readonly labelOffset: number | undefined;
  /** Undefined: a detector of one kind of objects. */
  readonly head: DetectorHead | undefined;
}

export interface CategoryClasses {
  /** Undefined for categories that the network does not have. */
  classOf(category: number): number | undefined;
  /** Names or numbers of those. */
  readonly unknown: readonly string[];
}

/** Names as people write them: traffic_light, Traffic Light. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();

function byNames(categories: readonly Category[], labels: readonly string[]): Map<number, number> {
  const classes = new Map(labels.map((name, index) => [plain(name), index]));
  return new Map(
    categories.flatMap(({ id, name }) => {
      const index = name === undefined ? undefined : classes.get(plain(name));
      return index === undefined ? [] : [[id, index] as const];
    }),
  );
}

/** The classes of all categories; undefined where nothing says which they are. */
function mapped({ categories, format }: ObjectLabels, { labels, labelOffset, head }: ClassesOfNetwork): Map<number, number> | undefined {
  if (labelOffset !== undefined) return new Map(categories.map(({ id }) => [id, id + labelOffset]));
  if (head === undefined) return new Map(categories.map(({ id }) => [id, 0]));
  const named = labels ? byNames(categories, labels) : new Map<number, number>();
  if (named.size > 0) return named;
  // The order of YOLO's classes is that of the categories; SSDs of TensorFlow give a category's number less 1, 'background'.
  if (format === 'yolo') return new Map(categories.map(({ id }) => [id, id]));
  if (format === 'voc') return undefined;
  return new Map(categories.map(({ id }, i) => [id, head === 'ssd' ? id - 1 : i]));
}

/**
 * Classes of a network by the labels' categories: by their names where both have them, else by their numbers.
 * @throws ModelError `bad-argument` where the labels have names alone and the network has none of them
 */
export function categoryClasses(annotations: ObjectLabels, network: ClassesOfNetwork): CategoryClasses {
  const classes = mapped(annotations, network);
  if (!classes) {
    const names = annotations.categories.slice(0, 5).map(({ name }) => name);
    const own = network.labels ? `whose classes are ${network.labels.slice(0, 5).join(', ')} and so on` : 'which has no names';
    throw new ModelError('bad-argument', `labels ${names.join(', ')}, and the network, ${own}, has none of them; give --classes FILE`, {
      where: annotations.where,
    });
  }
  const unknown = annotations.categories.filter(({ id }) => (classes.get(id) ?? -1) < 0).map(({ id, name }) => name ?? String(id));
  return { classOf: (category) => ((classes.get(category) ?? -1) < 0 ? undefined : classes.get(category)), unknown };
}
