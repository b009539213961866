// Owns the task of finding the landmarks of faces by MediaPipe's face mesh: 468 of the mesh, and 10 of irises where the network gives them.
import type { Pixels } from '../pixels/pixels';
import type { Region } from '../pixels/region';
import type { KeypointBox } from '../tasks/anchors';
import { attentionOutputs, meshAndIrisLandmarks, meshLandmarks, refineFace } from '../tasks/face-refinement';
import { type Landmark, readLandmarks } from '../tasks/landmarks';
import { sigmoid } from '../tasks/probabilities';
import { faceDetectorKind } from './face-detector';
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
import { boundingBox, boxRegion, grown, rotationTo } from './regions';

/** The landmarks of one face. */
export interface FaceLandmarks {
  /** Probability that there is a face, in [0, 1]. */
  readonly score: number;
  /** In pixels of the picture, in the order of MediaPipe's canonical face model: 468, or 478 with the five of each iris at the end. */
  readonly landmarks: readonly Landmark[];
}

interface LocatedFace extends Located {
  readonly landmarks: readonly Landmark[];
}

const isAttention = (elements: readonly number[]): boolean => `${elements}` === `${attentionOutputs}`;
/** Mesh and presence, and what newer networks give beside them. */
const isMesh = ([mesh, presence]: readonly number[]): boolean =>
  (mesh === 3 * meshLandmarks || mesh === 3 * meshAndIrisLandmarks) && presence === 1;

const networkKind = { name: 'face meshes', accepts: (elements: readonly number[]) => isAttention(elements) || isMesh(elements) };

/** `face_landmark_landmarks_to_roi.pbtxt`: outer corners of the right and the left eye. */
const [rightEyeCorner, leftEyeCorner] = [33, 263];
/** Of `face_detection_front_detection_to_roi.pbtxt` and `face_landmark_landmarks_to_roi.pbtxt`. */
const growth = { scale: 1.5 };

/** Of `mediapipe/tasks/cc/vision/face_landmarker/face_landmarks_detector_graph.cc`, which has one filter, for one face. */
const filter = { minCutoff: 0.05, beta: 80, derivateCutoff: 1 };

/** The filters of one face, relative to the mean of its width and height. */
class FaceSmoothing implements Smoothing<LocatedFace> {
  private readonly landmarks = new LandmarkSmoothing(filter);

  apply(face: LocatedFace, seconds: number): LocatedFace {
    const { left, top, right, bottom } = boundingBox(face.landmarks);
    return { ...face, landmarks: this.landmarks.apply(face.landmarks, seconds, (right - left + bottom - top) / 2) };
  }
}

/** Finds the landmarks of faces: BlazeFace finds faces, MediaPipe's face mesh, with attention or without, their landmarks. */
export class FaceLandmarker extends LandmarkTask<LocatedFace, FaceLandmarks> {
  private readonly smooths: boolean;

  /**
   * Loads both networks from bytes, addresses or loaded models. `maxResults` is 1 by default.
   * @throws ModelError as `load` of `zeropoint/float`; `bad-shape` for other networks; `bad-argument` for options; `fetch-failed`
   */
  static async load(sources: LandmarkSources, options: SmoothedLandmarkOptions = {}): Promise<FaceLandmarker> {
    return new FaceLandmarker(await loadLandmarkModels(sources, options, smoothedLandmarkOptionNames, 'FaceLandmarker.load'), options);
  }

  /** Use `load`. */
  private constructor(handles: LandmarkHandles, options: SmoothedLandmarkOptions) {
    super(handles, { detector: faceDetectorKind, landmarks: networkKind }, landmarkSettings(options, 1));
    this.smooths = smoothingOf(options);
  }

  protected regionOf({ box, keypoints: [rightEye, leftEye] }: KeypointBox): Region {
    return grown(boxRegion(box, rotationTo(rightEye, leftEye, 0)), growth);
  }

  protected locate(pixels: Pixels, around: Region): LocatedFace {
    const { values, region } = this.network.runRegion(pixels, around);
    const [mesh, ...others] = values;
    const landmarks = readLandmarks(mesh, 3, this.network.size);
    const hasAttention = values.length === attentionOutputs.length;
    const [flag] = others[hasAttention ? others.length - 1 : 0];
    const parts = others.slice(0, -1).map((part) => readLandmarks(part, 2, this.network.size));
    return { presence: sigmoid(flag), landmarks: landmarksInPicture(hasAttention ? refineFace(landmarks, parts) : landmarks, region) };
  }

  protected override smoothing(): Smoothing<LocatedFace> | undefined {
    return this.smooths ? new FaceSmoothing() : undefined;
  }

  protected nextRegion({ landmarks }: LocatedFace): Region {
    return grown(boxRegion(boundingBox(landmarks), rotationTo(landmarks[rightEyeCorner], landmarks[leftEyeCorner], 0)), growth);
  }

  protected result({ presence, landmarks }: LocatedFace): FaceLandmarks {
    return { score: presence, landmarks };
  }
}
