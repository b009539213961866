// Owns the measures of all tasks as one type: they add up over shards, and are plain data between them.
import type { TaskComparison } from '../figures';
import { ClassifierMeasure, type ClassifierState } from './classifier';
import { DetectorMeasure, type DetectorState } from './detector';
import { EmbedderMeasure, type EmbedderState } from './embedder';
import { LandmarksMeasure, type LandmarksState } from './landmarks';
import { PoseMeasure, type PoseState } from './pose';
import { RegressorMeasure, type RegressorState } from './regressor';
import { SegmenterMeasure, type SegmenterState } from './segmenter';

export type HeadState = ClassifierState | DetectorState | EmbedderState | LandmarksState | PoseState | RegressorState | SegmenterState;

export interface HeadMeasure {
  /** Adds the measures of another shard, which are of the same head. */
  merge(other: HeadMeasure): void;
  state(): HeadState;
  result(): TaskComparison;
}

/** The measure that gave a state. */
export function headMeasure(state: HeadState): HeadMeasure {
  switch (state.task) {
    case 'classifier':
      return ClassifierMeasure.from(state);
    case 'detector':
      return DetectorMeasure.from(state);
    case 'embedder':
      return EmbedderMeasure.from(state);
    case 'landmarks':
      return LandmarksMeasure.from(state);
    case 'pose':
      return PoseMeasure.from(state);
    case 'regressor':
      return RegressorMeasure.from(state);
    default:
      return SegmenterMeasure.from(state);
  }
}
