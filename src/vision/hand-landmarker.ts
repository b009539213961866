// Owns the task of finding the landmarks of hands by MediaPipe's palm detection and hand landmarks.
import type { Pixels } from '../pixels/pixels';
import type { Preprocessing } from '../pixels/preprocessing';
import type { Region } from '../pixels/region';
import type { KeypointBox } from '../tasks/anchors';
import { type Landmark, readLandmarks, worldLandmarks } from '../tasks/landmarks';
import { landmarksInPicture } from './landmark-network';
import { LandmarkTask, type Located } from './landmark-task';
import {
  type LandmarkHandles,
  type LandmarkOptions,
  type LandmarkSources,
  landmarkOptionNames,
  landmarkSettings,
  loadLandmarkModels,
  type NamedLandmark,
  named,
} from './landmarks';
import { boxRegion, grown, rotationTo, turnedRegion } from './regions';

/** The landmarks of one hand. */
export interface HandLandmarks {
  /** Probability that there is a hand, in [0, 1]. */
  readonly score: number;
  /** As MediaPipe names it, which takes pictures for mirrored, as of a front camera: in others, a `Right` hand is the person's left one. */
  readonly handedness: 'Left' | 'Right';
  /** Probability of the handedness, in [0.5, 1]. */
  readonly handednessScore: number;
  /** 21 landmarks in pixels of the picture, from the wrist to the tip of the little finger. */
  readonly landmarks: readonly NamedLandmark[];
  /** The same in metres, from the hand's centre. */
  readonly worldLandmarks: readonly NamedLandmark[];
}

interface LocatedHand extends Located {
  /** Probability of the first label, `Left`. */
  readonly left: number;
  readonly landmarks: readonly Landmark[];
  readonly world: readonly Landmark[];
}

const names = [
  'wrist',
  ...['cmc', 'mcp', 'ip', 'tip'].map((joint) => `thumb_${joint}`),
  ...['index_finger', 'middle_finger', 'ring_finger', 'pinky'].flatMap((finger) =>
    ['mcp', 'pip', 'dip', 'tip'].map((joint) => `${finger}_${joint}`),
  ),
];

/** `output_tensor_float_range` of `mediapipe/modules/palm_detection/palm_detection_cpu.pbtxt`. */
const palmPreprocessing: Preprocessing = { mean: 0, std: 255, quantized: 'normalized' };

const palmKind = { name: 'palm detectors', keypoints: [7], preprocessing: palmPreprocessing };

/** Landmarks, presence, handedness and landmarks in metres. */
const networkKind = { name: 'hand landmark networks', accepts: (elements: readonly number[]) => `${elements}` === '63,1,1,63' };

/** `normalize_z` of `mediapipe/modules/hand_landmark/hand_landmark_cpu.pbtxt`. */
const depth = 0.4;

/** Key points of a palm: the wrist, and where the middle finger begins (`palm_detection_detection_to_roi.pbtxt`). */
const [wrist, middleFinger] = [0, 2];
const palmGrowth = { scale: 2.6, shiftY: -0.5 };

/** Landmarks that the next region is made of, the tips of fingers not among them (`hand_landmarks_to_rect_calculator.cc`). */
const steady = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18];
/** `hand_landmark_landmarks_to_roi.pbtxt`. */
const trackedGrowth = { scale: 2, shiftY: -0.1 };

/** Finds the landmarks of hands: palms are found first, then 21 landmarks of each hand, and whether it is a left or a right one. */
export class HandLandmarker extends LandmarkTask<LocatedHand, HandLandmarks> {
  /**
   * Loads palm detection and hand landmarks, full or lite, from bytes, addresses or loaded models. `maxResults` is 2 by default.
   * @throws ModelError as `load` of `zeropoint/float`; `bad-shape` for other networks; `bad-argument` for options; `fetch-failed`
   */
  static async load(sources: LandmarkSources, options: LandmarkOptions = {}): Promise<HandLandmarker> {
    return new HandLandmarker(await loadLandmarkModels(sources, options, landmarkOptionNames, 'HandLandmarker.load'), options);
  }

  /** Use `load`. */
  private constructor(handles: LandmarkHandles, options: LandmarkOptions) {
    super(handles, { detector: palmKind, landmarks: networkKind }, landmarkSettings(options, 2));
  }

  protected regionOf({ box, keypoints }: KeypointBox): Region {
    return grown(boxRegion(box, rotationTo(keypoints[wrist], keypoints[middleFinger], 90)), palmGrowth);
  }

  protected locate(pixels: Pixels, around: Region): LocatedHand {
    const { values, region } = this.network.runRegion(pixels, around);
    const [positions, [presence], [left], world] = values;
    const landmarks = landmarksInPicture(readLandmarks(positions, 3, { ...this.network.size, depth }), region);
    return { presence, left, landmarks, world: worldLandmarks(world, region.rotation) };
  }

  /** Upwards is from the wrist to the middle of the three middle fingers' beginnings, of which that of the middle finger counts twice. */
  protected nextRegion({ landmarks }: LocatedHand): Region {
    const [index, middle, ring] = [landmarks[5], landmarks[9], landmarks[13]];
    const fingers = { x: ((index.x + ring.x) / 2 + middle.x) / 2, y: ((index.y + ring.y) / 2 + middle.y) / 2 };
    const points = steady.map((i) => landmarks[i]);
    return grown(turnedRegion(points, rotationTo(landmarks[0], fingers, 90)), trackedGrowth);
  }

  protected result({ presence, left, landmarks, world }: LocatedHand): HandLandmarks {
    return {
      score: presence,
      handedness: left > 1 - left ? 'Left' : 'Right',
      handednessScore: Math.max(left, 1 - left),
      landmarks: named(landmarks, names),
      worldLandmarks: named(world, names),
    };
  }
}
