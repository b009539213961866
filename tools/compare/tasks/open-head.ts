// Owns the types of heads while they are measured: what they are opened with, and what they take of each sample.
import type { Preprocessing } from 'zeropoint/image';
import type { Annotations, LabelledObject, LabelMap, Size } from '../../dataset/annotations/annotations';
import type { Sample } from '../../dataset/dataset';
import type { TaskNetwork } from '../../model/tasks';
import type { Frame } from './frame';
import type { HeadMeasure } from './measure';
import type { NetworkRun } from './measured';

export interface HeadOptions {
  /** Names by class. */
  readonly labels?: readonly string[];
  readonly labelOffset?: number;
  /** How pictures became inputs. */
  readonly preprocessing?: Preprocessing;
  readonly annotations?: Annotations;
}

/** A sample's labels. */
export interface Truth {
  readonly objects?: readonly LabelledObject[];
  readonly mask?: LabelMap;
}

/** A head while it is measured. */
export interface OpenHead {
  readonly measure: HeadMeasure;
  add(sample: Sample, frame: Frame, float: NetworkRun, quantized: NetworkRun, truth: Truth): void;
}

/** What a head is opened with. */
export interface HeadContext extends HeadOptions {
  readonly network: TaskNetwork;
  readonly input: Size;
}
