// Owns the comparisons with MediaPipe's solutions: frames, how a solution is run, and the task that is to find the same.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pixels } from '../../../src/pixels/pixels';
import { FaceDetector, FaceLandmarker, HandLandmarker, PoseDetector } from '../../../src/vision';
import { decodeImage } from '../../../tools/images/decode';
import { handPictures } from '../../support/mediapipe';
import { sharedPath } from '../../support/shared';
import { bodySubjects, faceSubjects, foundBody, foundFaces, foundHand, foundMesh, handSubjects, meshSubjects } from './forms';
import type { SolutionResults, Subject, Tolerances } from './subjects';

/** A picture, or the part of it from (left, top) on. */
export interface Frame {
  readonly picture: string;
  readonly part?: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
}

export interface Case {
  readonly name: string;
  /** npm package without its scope, and the class that it defines. */
  readonly package: string;
  readonly solution: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly frames: readonly Frame[];
  /** Frames follow each other every `frameMs`, and what was found is tracked; else each is on its own. */
  readonly video?: boolean;
  readonly tolerances?: Partial<Tolerances>;
  /** Compared in every run of all tests, a case of each task; the others, which take minutes without a graphics processor, as recorded. */
  readonly live?: boolean;
  /** The task: subjects of a frame at a time in milliseconds. */
  load(networks: ReadonlyMap<string, Uint8Array>): Promise<(pixels: Pixels, timestampMs: number) => Subject[]>;
  /** What the solution found in a frame of this size. */
  subjects(results: SolutionResults, width: number, height: number): Subject[];
}

export const frameMs = 40;

const photos = (...names: string[]): Frame[] => names.map((picture) => ({ picture }));

/** Pictures of hands are JPEG files of a package, all others of `../shared`. */
const pathOf = (picture: string): string =>
  picture.endsWith('curl.jpg') ? join(handPictures, picture) : sharedPath('images/photos', picture);

export async function framePixels({ picture, part }: Frame): Promise<Pixels> {
  const pixels = await decodeImage(new Uint8Array(readFileSync(pathOf(picture))), picture);
  if (!part) return pixels;
  const { left, top, width, height } = part;
  const data = new Uint8Array(width * height * pixels.channels);
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * pixels.width + left) * pixels.channels;
    data.set(pixels.data.subarray(from, from + width * pixels.channels), row * width * pixels.channels);
  }
  return { data, width, height, channels: pixels.channels };
}

function faces(model: 'short' | 'full', file: string): Case {
  return {
    name: `faces, ${model} range`,
    package: 'face_detection',
    solution: 'FaceDetection',
    options: { model },
    live: model === 'short',
    frames: photos('grace_hopper.bmp', 'person.bmp', 'squat.bmp'),
    async load(networks) {
      const detector = await FaceDetector.load(networks.get(file)!);
      return (pixels) => detector.detect(pixels).map(foundFaces);
    },
    subjects: faceSubjects,
  };
}

/** A window of a picture that moves by pixels a frame. */
function moving(
  picture: string,
  first: { left: number; top: number; width: number; height: number },
  steps: number,
  x: number,
  y: number,
): Frame[] {
  return Array.from({ length: steps }, (_, i) => ({ picture, part: { ...first, left: first.left + i * x, top: first.top + i * y } }));
}

function mesh(refineLandmarks: boolean, file: string, video: boolean): Case {
  return {
    name: `face mesh, ${refineLandmarks ? 'with' : 'without'} attention, ${video ? 'video' : 'pictures'}`,
    package: 'face_mesh',
    solution: 'FaceMesh',
    options: { maxNumFaces: 1, refineLandmarks },
    live: video,
    frames: video
      ? moving('grace_hopper.bmp', { left: 0, top: 0, width: 440, height: 520 }, 5, 12, 9)
      : photos('grace_hopper.bmp', 'squat.bmp'),
    video,
    async load(networks) {
      const sources = { detector: networks.get('face_detection_short_range.tflite')!, landmarks: networks.get(file)! };
      const landmarker = await FaceLandmarker.load(sources, { smoothing: false });
      return (pixels, time) => (video ? landmarker.detectForVideo(pixels, time) : landmarker.detect(pixels)).map(foundMesh);
    },
    subjects: meshSubjects,
  };
}

/**
 * A region that is moved by one pixel moves these landmarks by 0.3 to 0.5 % of the hand or body, root mean square, and its depths by up to
 * 4 %: the networks follow the noise of the pictures, and so the rounding of WebGL's texture filter.
 */
const sensitive: Partial<Tolerances> = { position: 0.01, depth: 0.04, score: 0.06 };

function hands(modelComplexity: 0 | 1, video: boolean): Case {
  const size = modelComplexity === 0 ? 'lite' : 'full';
  return {
    name: `hands, ${size}, ${video ? 'video' : 'pictures'}`,
    package: 'hands',
    solution: 'Hands',
    options: { maxNumHands: 2, modelComplexity },
    live: video,
    frames: video
      ? moving('nocurl.jpg', { left: 0, top: 0, width: 450, height: 600 }, 4, 8, 10)
      : photos('nocurl.jpg', 'halfcurl.jpg', 'fullcurl.jpg'),
    video,
    tolerances: sensitive,
    async load(networks) {
      const sources = {
        detector: networks.get(`palm_detection_${size}.tflite`)!,
        landmarks: networks.get(`hand_landmark_${size}.tflite`)!,
      };
      const landmarker = await HandLandmarker.load(sources);
      return (pixels, time) => (video ? landmarker.detectForVideo(pixels, time) : landmarker.detect(pixels)).map(foundHand);
    },
    subjects: handSubjects,
  };
}

/** Most of the person. */
const lowerPart = { left: 40, top: 60, width: 420, height: 540 };

function bodies(modelComplexity: 0 | 1 | 2, video: boolean, smoothLandmarks = true): Case {
  const size = ['lite', 'full', 'heavy'][modelComplexity];
  return {
    name: `bodies, ${size}, ${video ? `video${smoothLandmarks ? ', smoothed' : ''}` : 'pictures'}`,
    package: 'pose',
    solution: 'Pose',
    options: { modelComplexity, smoothLandmarks },
    live: video && smoothLandmarks,
    frames: video
      ? moving('squat.bmp', { left: 0, top: 0, width: 440, height: 560 }, 6, 10, 8)
      : [...photos('squat.bmp'), { picture: 'squat.bmp', part: lowerPart }],
    video,
    tolerances: sensitive,
    async load(networks) {
      const sources = { detector: networks.get('pose_detection.tflite')!, landmarks: networks.get(`pose_landmark_${size}.tflite`)! };
      const detector = await PoseDetector.load(sources, { smoothing: smoothLandmarks });
      return (pixels, time) => (video ? detector.detectForVideo(pixels, time) : detector.detect(pixels)).map(foundBody);
    },
    subjects: bodySubjects,
  };
}

export const cases: readonly Case[] = [
  faces('short', 'face_detection_short_range.tflite'),
  faces('full', 'face_detection_full_range_sparse.tflite'),
  mesh(false, 'face_landmark.tflite', false),
  mesh(true, 'face_landmark_with_attention.tflite', false),
  mesh(true, 'face_landmark_with_attention.tflite', true),
  hands(1, false),
  hands(0, false),
  hands(1, true),
  bodies(0, false),
  bodies(1, false),
  bodies(2, false),
  bodies(0, true),
  bodies(0, true, false),
];
