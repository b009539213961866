// Owns the task of finding the poses of people by MediaPipe's pose detection and pose landmarks.
import type { Pixels } from '../pixels/pixels';
import type { Preprocessing } from '../pixels/preprocessing';
import type { Region } from '../pixels/region';
import type { KeypointBox } from '../tasks/anchors';
import { type Landmark, readLandmarks, refineByHeatmap, worldLandmarks } from '../tasks/landmarks';
import { sigmoid } from '../tasks/probabilities';
import { LowPassFilter } from '../tasks/smoothing';
import { landmarksInPicture } from './landmark-network';
import { LandmarkSmoothing } from './landmark-smoothing';
import { LandmarkTask, type Located, type Smoothing } from './landmark-task';
import {
  type LandmarkHandles,
  type LandmarkSources,
  landmarkSettings,
  loadLandmarkModels,
  type SmoothedLandmarkOptions,
  smoothedLandmarkOptionNames,
  smoothingOf,
} from './landmarks';
import { bodyKeypoints, type Keypoint, type Pose } from './pose';
import { alignedRegion, grown } from './regions';

interface Visible extends Landmark {
  readonly visibility: number;
}

interface LocatedBody extends Located {
  /** Those with names. */
  readonly landmarks: readonly Visible[];
  /** Centre of the next region, and the middle of its upper side before it grows. */
  readonly auxiliary: readonly Landmark[];
  readonly world: readonly Landmark[];
}

/** `output_tensor_float_range` of `mediapipe/modules/pose_detection/pose_detection_cpu.pbtxt`. */
const preprocessing: Preprocessing = { mean: 127.5, std: 127.5, quantized: 'normalized' };

/**
 * Two key points are the middle of the hips and a point whose distance is the size of the body; older networks give two more of the trunk.
 */
const detectorKind = { name: 'pose detectors', keypoints: [4, 2], preprocessing };

/** Landmarks that networks give: those with names, two of the next region, and four more. */
const networkLandmarks = 39;
const auxiliary = [bodyKeypoints.length, bodyKeypoints.length + 2] as const;
const heatmapSide = 64;
/** x, y, z, visibility, presence. */
const row = 5;

const elements = [row * networkLandmarks, 1, 256 ** 2, heatmapSide ** 2 * networkLandmarks, 3 * networkLandmarks];
/** Landmarks, presence, segmentation, heatmaps and landmarks in metres. */
const networkKind = { name: 'pose landmark networks', accepts: (found: readonly number[]) => `${found}` === `${elements}` };

/** `tensors_to_pose_landmarks_and_segmentation.pbtxt` of `mediapipe/modules/pose_landmark`, with the calculator's own confidence. */
const refinement = { kernelSize: 7, minConfidence: 0.5 };
/** `pose_detection_to_roi.pbtxt` and `pose_landmarks_to_roi.pbtxt`. */
const growth = { scale: 1.25 };

/** Filters of `pose_landmark_filtering.pbtxt`. */
const landmarkFilter = { minCutoff: 0.05, beta: 80, derivateCutoff: 1 };
const auxiliaryFilter = { minCutoff: 0.01, beta: 10, derivateCutoff: 1 };
const worldFilter = { minCutoff: 0.1, beta: 40, derivateCutoff: 1 };
/** Share of a new visibility. */
const visibilityAlpha = 0.1;

/** The filters of one body; those of what makes the next region run whether keypoints are smoothed or not. */
class BodySmoothing implements Smoothing<LocatedBody> {
  private readonly landmarks = new LandmarkSmoothing(landmarkFilter);
  private readonly auxiliary = new LandmarkSmoothing(auxiliaryFilter);
  private readonly world = new LandmarkSmoothing(worldFilter);
  private readonly visibilities = bodyKeypoints.map(() => new LowPassFilter());

  constructor(private readonly smoothsKeypoints: boolean) {}

  apply(body: LocatedBody, seconds: number): LocatedBody {
    const [centre, edge] = body.auxiliary;
    const size = alignedRegion(centre, edge).width;
    const next = { ...body, auxiliary: this.auxiliary.apply(body.auxiliary, seconds, size) };
    if (!this.smoothsKeypoints) return next;
    const visible = body.landmarks.map((landmark, i) => ({
      ...landmark,
      visibility: this.visibilities[i].apply(landmark.visibility, visibilityAlpha),
    }));
    return { ...next, landmarks: this.landmarks.apply(visible, seconds, size), world: this.world.apply(body.world, seconds, 1) };
  }
}

/** Finds the poses of people: 33 keypoints each, in the picture and in metres. */
export class PoseDetector extends LandmarkTask<LocatedBody, Pose> {
  private readonly smooths: boolean;

  /**
   * Loads pose detection and pose landmarks, lite, full or heavy, from bytes, addresses or loaded models. `maxResults` is 1 by default.
   * @throws ModelError as `load` of `zeropoint/float`; `bad-shape` for other networks; `bad-argument` for options; `fetch-failed`
   */
  static async load(sources: LandmarkSources, options: SmoothedLandmarkOptions = {}): Promise<PoseDetector> {
    return new PoseDetector(await loadLandmarkModels(sources, options, smoothedLandmarkOptionNames, 'PoseDetector.load'), options);
  }

  /** Use `load`. */
  private constructor(handles: LandmarkHandles, options: SmoothedLandmarkOptions) {
    super(handles, { detector: detectorKind, landmarks: networkKind }, landmarkSettings(options, 1));
    this.smooths = smoothingOf(options);
  }

  protected regionOf({ keypoints: [hips, size] }: KeypointBox): Region {
    return grown(alignedRegion(hips, size), growth);
  }

  protected locate(pixels: Pixels, around: Region): LocatedBody {
    const { values, region } = this.network.runRegion(pixels, around);
    const [positions, [presence], , heatmaps, world] = values;
    const raw = readLandmarks(positions, row, this.network.size);
    const refined = refineByHeatmap(raw, { values: heatmaps, width: heatmapSide, height: heatmapSide }, refinement);
    const placed = landmarksInPicture(refined, region);
    return {
      presence,
      landmarks: placed.slice(0, bodyKeypoints.length).map((landmark, i) => ({ ...landmark, visibility: sigmoid(positions[i * row + 3]) })),
      auxiliary: placed.slice(...auxiliary),
      world: worldLandmarks(world, region.rotation).slice(0, bodyKeypoints.length),
    };
  }

  protected override smoothing(): Smoothing<LocatedBody> {
    return new BodySmoothing(this.smooths);
  }

  protected nextRegion({ auxiliary: [centre, edge] }: LocatedBody): Region {
    return grown(alignedRegion(centre, edge), growth);
  }

  protected result({ presence, landmarks, world }: LocatedBody): Pose {
    const keypoints = (points: readonly Landmark[]): Keypoint[] =>
      points.map(({ x, y, z }, i) => ({ name: bodyKeypoints[i], x, y, z, score: landmarks[i].visibility }));
    return { score: presence, keypoints: keypoints(landmarks), worldKeypoints: keypoints(world) };
  }
}
