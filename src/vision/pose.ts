// Owns poses as results: named keypoints in pixels of the picture.

export interface Keypoint {
  readonly name: string;
  /** In pixels of the picture, from its top left corner. */
  readonly x: number;
  readonly y: number;
  /** Distance to the camera in the scale of x, where the network gives it; smaller is nearer. */
  readonly z?: number;
  /** In [0, 1]. */
  readonly score: number;
}

export interface Pose {
  /** In [0, 1]. */
  readonly score: number;
  readonly keypoints: readonly Keypoint[];
}

/** The keypoints of COCO, in the order of MoveNet's outputs. */
export const cocoKeypoints: readonly string[] = (
  'nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_hip right_hip ' +
  'left_knee right_knee left_ankle right_ankle'
).split(' ');
