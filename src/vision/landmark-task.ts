// Owns what the tasks that find landmarks share: regions from the detector, landmarks in them, and their tracking through videos.
import { ModelError } from '../errors';
import type { Model } from '../model';
import type { Pixels } from '../pixels/pixels';
import type { Region } from '../pixels/region';
import type { KeypointBox } from '../tasks/anchors';
import { intersectionOverUnion } from '../tasks/boxes';
import { type DetectorKind, KeypointDetector } from './keypoint-detector';
import { LandmarkNetwork, type NetworkKind } from './landmark-network';
import type { LandmarkHandles, LandmarkSettings } from './landmarks';
import { type Picture, PictureReader } from './picture';

/** What was found in a region. */
export interface Located {
  /** In [0, 1]. */
  readonly presence: number;
}

/** `min_similarity_threshold` of AssociationNormRectCalculator in MediaPipe's graphs. */
const sameSubject = 0.5;

const upright = ({ x, y, width, height }: Region) => ({
  left: x - width / 2,
  top: y - height / 2,
  right: x + width / 2,
  bottom: y + height / 2,
});

/** Filters of what is found in one track. */
export interface Smoothing<L> {
  apply(located: L, seconds: number): L;
}

interface Track<L> {
  readonly region: Region;
  readonly smoothing: Smoothing<L> | undefined;
}

/**
 * Detected regions and those that are tracked, without earlier ones that overlap later ones: MediaPipe's AssociationNormRectCalculator
 * (`mediapipe/calculators/util/association_calculator.h`), which compares upright rectangles. At most `count`, tracked ones first of all.
 */
export function associate<T extends { readonly region: Region }>(detected: readonly T[], tracked: readonly T[], count: number): T[] {
  let list: T[] = [];
  for (const track of [...detected, ...tracked]) {
    const box = upright(track.region);
    list = [...list.filter(({ region }) => !(intersectionOverUnion(box, upright(region)) > sameSubject)), track];
  }
  return list.slice(-count);
}

/** A task of two networks, that finds `L` in a region, and gives it as `R`. */
export abstract class LandmarkTask<L extends Located, R> {
  private readonly pictures = new PictureReader();
  private tracks: Track<L>[] = [];
  private frame = { timestampMs: Number.NEGATIVE_INFINITY, width: 0, height: 0 };

  private readonly detector: KeypointDetector;
  protected readonly network: LandmarkNetwork;

  /** @throws ModelError `bad-shape` for networks of other kinds */
  protected constructor(
    handles: LandmarkHandles,
    kinds: { readonly detector: DetectorKind; readonly landmarks: NetworkKind },
    private readonly settings: LandmarkSettings,
  ) {
    this.detector = new KeypointDetector(handles.detector, {}, kinds.detector);
    this.network = new LandmarkNetwork(handles.landmarks, kinds.landmarks);
  }

  /** The region of a detection. */
  protected abstract regionOf(box: KeypointBox): Region;
  protected abstract locate(pixels: Pixels, region: Region): L;
  /** Where the next frame will show the same. */
  protected abstract nextRegion(located: L): Region;
  protected abstract result(located: L): R;

  /** The models in use. */
  get models(): { readonly detector: Model; readonly landmarks: Model } {
    return { detector: this.detector.model, landmarks: this.network.model };
  }

  /** New filters for what is found from now on; undefined: results are not smoothed. */
  protected smoothing(): Smoothing<L> | undefined {
    return undefined;
  }

  private detected(pixels: Pixels): Track<L>[] {
    const { maxResults, scoreThreshold } = this.settings;
    const boxes = this.detector.find(pixels, scoreThreshold).slice(0, maxResults);
    return boxes.map((box) => ({ region: this.regionOf(box), smoothing: this.smoothing() }));
  }

  /** What is in a region; undefined where nothing is, or the region has no area. */
  private located(pixels: Pixels, region: Region): L | undefined {
    if (!(region.width > 0 && region.height > 0)) return undefined;
    const located = this.locate(pixels, region);
    return located.presence > this.settings.presenceThreshold ? located : undefined;
  }

  /**
   * What is in a picture that has nothing to do with the one before.
   * @throws ModelError `bad-argument` for what is no picture, `disposed`
   */
  detect(picture: Picture): R[] {
    const pixels = this.pictures.read(picture);
    const found = associate(this.detected(pixels), [], this.settings.maxResults).map(({ region }) => this.located(pixels, region));
    return found.filter((located) => located !== undefined).map((located) => this.result(located));
  }

  /**
   * What is in the next frame of a video. Regions follow from the landmarks of the frame before; the detector runs only while fewer than
   * `maxResults` are tracked. Frames of another size begin anew.
   * @param timestampMs milliseconds, later than those of the frame before
   * @throws ModelError `bad-argument` for what is no picture, and for times that do not rise; `disposed`
   */
  detectForVideo(picture: Picture, timestampMs: number): R[] {
    if (!(Number.isFinite(timestampMs) && timestampMs > this.frame.timestampMs))
      throw new ModelError(
        'bad-argument',
        `timestampMs is ${String(timestampMs)} after ${this.frame.timestampMs}; times of frames must rise, or call reset()`,
      );
    const pixels = this.pictures.read(picture);
    const { width, height } = pixels;
    if (width !== this.frame.width || height !== this.frame.height) this.tracks = [];
    this.frame = { timestampMs, width, height };
    const { maxResults } = this.settings;
    const detected = this.tracks.length < maxResults ? this.detected(pixels) : [];
    const tracks: Track<L>[] = [];
    const results: R[] = [];
    for (const { region, smoothing } of associate(detected, this.tracks, maxResults)) {
      const located = this.located(pixels, region);
      if (!located) continue;
      const smoothed = smoothing?.apply(located, timestampMs / 1000) ?? located;
      tracks.push({ region: this.nextRegion(smoothed), smoothing });
      results.push(this.result(smoothed));
    }
    this.tracks = tracks;
    return results;
  }

  /** Forgets what was tracked, so that another video may begin. */
  reset(): void {
    this.tracks = [];
    this.frame = { timestampMs: Number.NEGATIVE_INFINITY, width: 0, height: 0 };
  }

  /** Releases the models, unless they were given loaded. */
  dispose(): void {
    this.detector.dispose();
    this.network.dispose();
  }
}
