// Owns the smoothing of landmarks from frame to frame.
import type { Landmark } from '../tasks/landmarks';
import { OneEuroFilter, type OneEuroOptions } from '../tasks/smoothing';

/** In the unit of landmarks: below it they are not smoothed (`min_allowed_object_scale`). */
const minSize = 1e-6;

/**
 * A One Euro filter for each coordinate, whose speeds are relative to the size of what moves: MediaPipe's LandmarksSmoothingCalculator
 * (`mediapipe/calculators/util/landmarks_smoothing_calculator_utils.cc`).
 */
export class LandmarkSmoothing {
  private readonly filters: OneEuroFilter[] = [];

  constructor(private readonly options: OneEuroOptions) {}

  /**
   * @param seconds later than those of the landmarks before
   * @param size in the unit of landmarks, such as the mean of the width and height of a region; 1 for speeds as they are
   */
  apply<L extends Landmark>(landmarks: readonly L[], seconds: number, size: number): L[] {
    if (size < minSize) return [...landmarks];
    const filtered = (value: number, index: number) => {
      this.filters[index] ??= new OneEuroFilter(this.options);
      return this.filters[index].apply(value, seconds, 1 / size);
    };
    return landmarks.map((landmark, i) => ({
      ...landmark,
      x: filtered(landmark.x, 3 * i),
      y: filtered(landmark.y, 3 * i + 1),
      z: filtered(landmark.z, 3 * i + 2),
    }));
  }
}
