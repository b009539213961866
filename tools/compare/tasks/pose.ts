// Owns the comparison of poses: object keypoint similarity of the people that both networks found, and COCO's figures against labels.
import type { PoseComparison } from '../figures';
import { countObjects } from './average-precision';
import { type BootstrapState, BootstrapSums, pairedEstimate, ratio } from './bootstrap';
import {
  hasKeypoints,
  keypointSimilarity,
  type LabelledPerson,
  labelledSimilarity,
  matchPeople,
  type Person,
  pairPeople,
} from './keypoint-similarity';
import type { MeasuredSample } from './measured';
import { type PictureState, pairedPrecision, pictureState } from './paired-precision';
import { type Findings, type IndexedWorst, shortened, WorstSamples } from './worst';

export interface PoseState {
  readonly task: 'pose';
  readonly name: string;
  readonly sums: BootstrapState;
  readonly worst: readonly IndexedWorst[];
  /** Absent without labels. */
  readonly labelled?: { readonly sums: BootstrapState; readonly pictures: readonly PictureState[] };
}

/** Columns of the sums; similarities and score differences are sums over the float network's people and over keypoints of pairs. */
const [similarities, floatPeople, quantizedPeople, scoreDifferences, pairedKeypoints] = [0, 1, 2, 3, 4];
const columns = 5;

/** Columns of the sums over labelled people: similarities of those that each network found, and their number. */
const [ofFloat, ofQuantized, labelledPeople] = [0, 1, 2];
const labelledColumns = 3;

/** People that one network found; positions in pixels of the picture. */
export interface FoundPeople {
  /** With the scores that are shown to users. */
  readonly shown: readonly Person[];
  /** With all scores, for average precision. */
  readonly all: readonly Person[];
}

/** Labelled people that count: all but crowds, ignored ones, and those without keypoints. */
const counting = (people: readonly LabelledPerson[]): LabelledPerson[] =>
  people.filter((person) => !person.crowd && !person.ignore && hasKeypoints(person));

/** The sum of similarities of labelled people with the found ones that are paired with them; 0 for those that are not found. */
const similarityToLabels = (people: readonly LabelledPerson[], found: readonly Person[]): number =>
  pairPeople(people, found, labelledSimilarity).reduce((sum, { similarity }) => sum + similarity, 0);

export class PoseMeasure {
  private readonly worst = new WorstSamples(true);

  constructor(
    private readonly name: string,
    private readonly sums = new BootstrapSums(columns),
    private readonly labelSums = new BootstrapSums(labelledColumns),
    private readonly pictures: PictureState[] = [],
  ) {}

  /** Positions are in pixels of a picture of this size. `labels`: people labelled in it; undefined for pictures without labels. */
  add(
    sample: MeasuredSample,
    { float, quantized }: { readonly float: FoundPeople; readonly quantized: FoundPeople },
    size: { width: number; height: number },
    labels?: readonly LabelledPerson[],
  ): void {
    this.addPairs(sample, float.shown, quantized.shown, size);
    if (!labels) return;
    const people = counting(labels);
    const [first, second] = [float, quantized].map(({ shown }) => similarityToLabels(people, shown));
    this.labelSums.add(sample.index, [first, second, people.length]);
    const matchable = labels.map((person) => ({ ...person, ignore: person.ignore || !hasKeypoints(person) }));
    const [ofFloat, ofQuantized] = [float, quantized].map(({ all }) => matchPeople(all, matchable));
    this.pictures.push(pictureState(sample.index, ofFloat, ofQuantized, countObjects(people.map(() => ({ index: 0 })))));
  }

  private addPairs(
    sample: MeasuredSample,
    float: readonly Person[],
    quantized: readonly Person[],
    size: { width: number; height: number },
  ): void {
    const paired = pairPeople(float, quantized, keypointSimilarity);
    const similarity = paired.reduce((sum, pair) => sum + pair.similarity, 0);
    let [difference, keypoints] = [0, 0];
    for (const { person, other } of paired) {
      keypoints += person.keypoints.length;
      for (const [i, { score }] of person.keypoints.entries()) difference += Math.abs(score - other.keypoints[i].score);
    }
    this.sums.add(sample.index, [similarity, float.length, quantized.length, difference, keypoints]);
    const figure = float.length > 0 ? similarity / float.length : quantized.length > 0 ? 0 : 1;
    const shown = (people: readonly Person[]): Findings => ({
      poses: people.map((person) => person.keypoints.flatMap(({ x, y, score }) => [x / size.width, y / size.height, score].map(shortened))),
    });
    this.worst.add(sample, figure, () => ({ float: shown(float), quantized: shown(quantized) }));
  }

  merge(other: PoseMeasure): void {
    this.sums.merge(other.sums);
    this.worst.merge(other.worst.state());
    this.labelSums.merge(other.labelSums);
    this.pictures.push(...other.pictures);
  }

  state(): PoseState {
    const { pictures } = this;
    const labelled = pictures.length > 0 ? { sums: this.labelSums.state(), pictures } : undefined;
    return { task: 'pose', name: this.name, sums: this.sums.state(), worst: this.worst.state(), labelled };
  }

  static from({ name, sums, worst, labelled }: PoseState): PoseMeasure {
    const labels = labelled && BootstrapSums.from(labelled.sums);
    const measure = new PoseMeasure(name, BootstrapSums.from(sums), labels, [...(labelled?.pictures ?? [])]);
    measure.worst.merge(worst);
    return measure;
  }

  private labelled(): PoseComparison['labelled'] {
    const { labelSums, pictures } = this;
    if (labelSums.total(labelledPeople) === 0) return undefined;
    const { objects: people, ap50, ap } = pairedPrecision(pictures);
    const similarity = pairedEstimate(labelSums, ratio(ofFloat, labelledPeople), ratio(ofQuantized, labelledPeople));
    return { samples: pictures.length, people, ap50, ap, similarity };
  }

  result(): PoseComparison {
    const { name, sums } = this;
    return {
      task: 'pose',
      name,
      floatPeople: sums.total(floatPeople),
      quantizedPeople: sums.total(quantizedPeople),
      similarity: sums.estimate(ratio(similarities, floatPeople)),
      scoreDifference: sums.estimate(ratio(scoreDifferences, pairedKeypoints)),
      labelled: this.labelled(),
      worst: this.worst.result(),
    };
  }
}
