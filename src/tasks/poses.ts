// Owns the outputs of MoveNet: keypoints of one person, or of several with a score each.

/** The keypoints of COCO, in the order of MoveNet's outputs. */
export const cocoKeypoints: readonly string[] = (
  'nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_hip right_hip ' +
  'left_knee right_knee left_ankle right_ankle'
).split(' ');

const values = 3 * cocoKeypoints.length;
/** A row of the network for several people: keypoints, box, score. */
const multiPoseValues = values + 5;

/** Numbers of a person: [1, 1, 17, 3] of one, [1, people, 56] of several; undefined for other shapes. */
export function poseRow(shape: readonly number[]): number | undefined {
  if (`${shape}` === `1,1,${cocoKeypoints.length},3`) return values;
  return shape.length === 3 && shape[0] === 1 && shape[2] === multiPoseValues ? multiPoseValues : undefined;
}

/** A person; positions are shares of the input's width and height. */
export interface InputPose {
  /** In [0, 1]. */
  readonly score: number;
  readonly keypoints: readonly { readonly name: string; readonly x: number; readonly y: number; readonly score: number }[];
}

/** The people in rows of `row` numbers, in the network's order. The score of a network for one is the mean of its keypoints'. */
export function readPoses(numbers: Float32Array, row: number): InputPose[] {
  return Array.from({ length: numbers.length / row }, (_, person) => {
    const keypoints = cocoKeypoints.map((name, i) => {
      const [y, x, score] = numbers.subarray(person * row + 3 * i, person * row + 3 * i + 3);
      return { name, x, y, score };
    });
    const mean = keypoints.reduce((sum, { score }) => sum + score, 0) / keypoints.length;
    return { score: row === multiPoseValues ? numbers[person * row + multiPoseValues - 1] : mean, keypoints };
  });
}
