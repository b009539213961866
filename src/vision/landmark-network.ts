// Owns networks that find landmarks in a turned region of a picture, as part of the tasks that use them.

import { ModelError } from '../errors';
import type { Pixels } from '../pixels/pixels';
import type { Preprocessing } from '../pixels/preprocessing';
import { type Region, regionPoint, sampleRegion, withProportions } from '../pixels/region';
import type { TaskModelHandle } from '../task-model';
import type { Landmark } from '../tasks/landmarks';
import { dequantize } from '../tensor';
import { VisionTask } from './task';

/** `output_tensor_float_range` of the landmark networks in `mediapipe/modules`: pixels in 0..1. */
const preprocessing: Preprocessing = { mean: 0, std: 255, quantized: 'normalized' };

export interface NetworkKind {
  /** What it finds, as messages say it. */
  readonly name: string;
  /** Whether a network with these numbers of elements in its outputs is one. */
  accepts(elements: readonly number[]): boolean;
}

/** What a network gave for a region. */
export interface RegionOutputs {
  /** In the order of the network's outputs. */
  readonly values: readonly Float32Array[];
  /** The region that its input showed. */
  readonly region: Region;
}

/** Landmarks in shares of a region, in pixels of the picture, z in those of x: MediaPipe's LandmarkProjectionCalculator. */
export function landmarksInPicture<L extends Landmark>(landmarks: readonly L[], region: Region): L[] {
  return landmarks.map((landmark) => ({ ...landmark, ...regionPoint(region, landmark.x, landmark.y), z: landmark.z * region.width }));
}

export class LandmarkNetwork extends VisionTask {
  /** @throws ModelError `bad-shape` for other networks */
  constructor(handle: TaskModelHandle, { name, accepts }: NetworkKind) {
    super(handle, {}, preprocessing);
    if (accepts(this.model.outputs.map(({ data }) => data.length))) return;
    const shapes = this.model.outputs.map(({ shape }) => `[${shape}]`).join(', ');
    throw new ModelError('bad-shape', `outputs of shapes ${shapes} are not those of MediaPipe's ${name}`);
  }

  /** Width and height of the input. */
  get size(): { readonly width: number; readonly height: number } {
    const [height, width] = this.input.shape.slice(-3);
    return { width, height };
  }

  /** Runs the network on a region, which is extended to the input's proportions. Outside of the picture its edge goes on. */
  runRegion(pixels: Pixels, region: Region): RegionOutputs {
    const shown = withProportions(region, this.size.width, this.size.height);
    sampleRegion(pixels, shown, this.preprocessing, 'edge', this.input, this.input.data);
    this.model.run();
    return { values: this.model.outputs.map((output) => dequantize(output)), region: shown };
  }
}
