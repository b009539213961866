// Owns the forms of results, those of the tasks and those of MediaPipe's solutions, as subjects.
import type { DetectedFace, FaceLandmarks, HandLandmarks, Keypoint, Landmark, Pose } from '../../../src/vision';
import type { SolutionResults, Subject } from './subjects';

interface Position {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly visibility?: number;
}

/** The score of a result, in the one list whose members hold index and score under minified names. */
function scoreOf(result: Readonly<Record<string, unknown>>): number {
  const list = Object.values(result).find((value) => Array.isArray(value) && 'index' in (value[0] ?? {})) as Record<string, number>[];
  const [score] = Object.entries(list[0]).filter(([name]) => name !== 'index');
  return score[1];
}

const flat = (points: readonly { x: number; y: number }[]): number[] => points.flatMap(({ x, y }) => [x, y]);

const scaled = (points: readonly Position[], width: number, height: number): number[] =>
  points.flatMap(({ x, y }) => [x * width, y * height]);

export function foundFaces({ box, score, keypoints }: DetectedFace): Subject {
  return { box, points: flat(keypoints), scores: [score] };
}

interface SolutionFace {
  readonly boundingBox: { readonly xCenter: number; readonly yCenter: number; readonly width: number; readonly height: number };
  readonly landmarks: readonly Position[];
}

export function faceSubjects(results: SolutionResults, width: number, height: number): Subject[] {
  return (results.detections as SolutionFace[]).map((face) => {
    const { xCenter, yCenter, width: boxWidth, height: boxHeight } = face.boundingBox;
    const box = {
      left: (xCenter - boxWidth / 2) * width,
      top: (yCenter - boxHeight / 2) * height,
      right: (xCenter + boxWidth / 2) * width,
      bottom: (yCenter + boxHeight / 2) * height,
    };
    return { box, points: scaled(face.landmarks, width, height), scores: [scoreOf({ ...face })] };
  });
}

/** x and y in pixels, z in the unit of x. */
const projected = (points: readonly Position[], width: number, height: number) => ({
  points: scaled(points, width, height),
  depths: points.map(({ z }) => z * width),
});

export function foundMesh({ landmarks }: FaceLandmarks): Subject {
  return { points: flat(landmarks), depths: landmarks.map(({ z }) => z), scores: [] };
}

export function meshSubjects(results: SolutionResults, width: number, height: number): Subject[] {
  return (results.multiFaceLandmarks as Position[][]).map((face) => ({ ...projected(face, width, height), scores: [] }));
}

const inSpace = (points: readonly (Landmark | Keypoint)[]): number[] => points.flatMap(({ x, y, z }) => [x, y, z!]);

export function foundHand({ handedness, handednessScore, landmarks, worldLandmarks }: HandLandmarks): Subject {
  const depths = landmarks.map(({ z }) => z);
  return { points: flat(landmarks), depths, world: inSpace(worldLandmarks), scores: [handednessScore], side: handedness };
}

interface Handedness {
  readonly label: string;
  readonly score: number;
}

export function handSubjects(results: SolutionResults, width: number, height: number): Subject[] {
  const hands = results as Readonly<Record<'multiHandLandmarks' | 'multiHandWorldLandmarks', Position[][]>>;
  const sides = results.multiHandedness as Handedness[];
  return hands.multiHandLandmarks.map((hand, i) => ({
    ...projected(hand, width, height),
    world: inSpace(hands.multiHandWorldLandmarks[i]),
    scores: [sides[i].score],
    side: sides[i].label,
  }));
}

export function foundBody({ keypoints, worldKeypoints }: Pose): Subject {
  const scores = keypoints.map(({ score }) => score);
  return { points: flat(keypoints), depths: keypoints.map(({ z }) => z!), world: inSpace(worldKeypoints!), scores };
}

export function bodySubjects(results: SolutionResults, width: number, height: number): Subject[] {
  const { poseLandmarks, poseWorldLandmarks } = results as Readonly<Record<'poseLandmarks' | 'poseWorldLandmarks', Position[] | undefined>>;
  if (!poseLandmarks) return [];
  const scores = poseLandmarks.map(({ visibility }) => visibility!);
  return [{ ...projected(poseLandmarks, width, height), world: inSpace(poseWorldLandmarks!), scores }];
}
