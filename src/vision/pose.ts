// Owns poses as results: named keypoints in pixels of the picture.

export interface Keypoint {
  readonly name: string;
  /** In pixels of the picture, from its top left corner. */
  readonly x: number;
  readonly y: number;
  /** Distance to the camera in the scale of x, where the network gives it; smaller is nearer. */
  readonly z?: number;
  /** In [0, 1]; the probability that it is visible, where the network gives that. */
  readonly score: number;
}

export interface Pose {
  /** In [0, 1]. */
  readonly score: number;
  readonly keypoints: readonly Keypoint[];
  /** The same in metres, from the middle of the hips, where the network gives them. */
  readonly worldKeypoints?: readonly Keypoint[];
}

/** The keypoints of BlazePose, in the order of MediaPipe's outputs. */
export const bodyKeypoints: readonly string[] = (
  'nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer left_ear right_ear mouth_left mouth_right ' +
  'left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_pinky right_pinky left_index right_index left_thumb ' +
  'right_thumb left_hip right_hip left_knee right_knee left_ankle right_ankle left_heel right_heel left_foot_index right_foot_index'
).split(' ');
