// Owns the pictures of the samples on which networks differ most: what each of them found, drawn, as data URIs.
import sharp from 'sharp';
import type { Pixels } from 'zeropoint/image';
import { className, cocoKeypoints } from 'zeropoint/tasks';
import type { SegmentShare } from 'zeropoint/vision';
import type { Comparison } from '../compare/comparison';
import type { WorstSample } from '../compare/tasks/worst';
import { readBytes } from '../files';
import { decodeImage } from '../images/decode';
import { type DrawnMask, drawRun } from './draw-run';

type Findings = WorstSample['float'];

/** Longer side in pixels: twice that in the report, for screens of two device pixels per CSS pixel. */
const side = 600;

/** The name of a drawn picture among those of a report; no path begins so. */
export function drawnPicture(head: number, sample: number, network: 'float' | 'quantized'): string {
  return `\0${head}/${sample}/${network}`;
}

/** The picture in RGB, its longer side `side`. */
async function smallPicture(path: string): Promise<Pixels> {
  const { data, width, height, channels } = await decodeImage(await readBytes(path), path);
  const longer = Math.max(width, height);
  const kernel = longer < side / 2 ? 'nearest' : 'lanczos3';
  const picture = sharp(data, { raw: { width, height, channels: channels as 1 | 3 | 4 } }).resize(side, side, { fit: 'inside', kernel });
  const { data: small, info } = await picture.toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(small), width: info.width, height: info.height, channels: info.channels as 1 | 3 };
}

/** The classes of a mask at the pixels of a picture; outside of the mask its edges go on. */
function maskOver({ width, height }: Pixels, mask: NonNullable<Findings['mask']>): DrawnMask {
  const categories = new Uint8Array(mask.width * mask.height);
  for (let i = 0, at = 0; i < mask.runs.length; at += mask.runs[i + 1], i += 2) categories.fill(mask.runs[i], at, at + mask.runs[i + 1]);
  const at = (share: number, size: number) => Math.min(size - 1, Math.max(0, Math.floor(share * size)));
  const result = new Uint8Array(width * height);
  for (let y = 0, to = 0; y < height; y++) {
    const row = at(mask.top + ((y + 0.5) / height) * (mask.bottom - mask.top), mask.height) * mask.width;
    for (let x = 0; x < width; x++) {
      result[to++] = categories[row + at(mask.left + ((x + 0.5) / width) * (mask.right - mask.left), mask.width)];
    }
  }
  return { categories: result, width };
}

function drawFindings(pixels: Pixels, { boxes, poses, points, mask }: Findings, labels: Comparison['labels']): Promise<Uint8Array> {
  const { width, height } = pixels;
  const over = mask && maskOver(pixels, mask);
  const result = {
    outputs: [],
    segments: over && sharesOf(over, labels),
    detections: boxes?.map(({ class: index, score, ...box }) => ({ class: index, label: className(index, labels), score, box })),
    poses: poses?.map((values) => ({
      score: 1,
      keypoints: cocoKeypoints.map((name, i) => {
        const [x, y, score] = values.slice(3 * i, 3 * i + 3);
        return { name, x: x * width, y: y * height, score };
      }),
    })),
    landmarks:
      points && Array.from({ length: points.length / 2 }, (_, i) => ({ x: points[2 * i] * width, y: points[2 * i + 1] * height, z: 0 })),
  };
  return drawRun(pixels, result, over, side);
}

/** Shares of the classes of a mask, the largest first. */
function sharesOf({ categories }: DrawnMask, labels: Comparison['labels']): SegmentShare[] {
  const counts = new Map<number, number>();
  for (const category of categories) counts.set(category, (counts.get(category) ?? 0) + 1);
  const shares = Array.from(counts, ([index, count]) => ({ index, label: className(index, labels), share: count / categories.length }));
  return shares.sort((a, b) => b.share - a.share);
}

async function webp(png: Uint8Array): Promise<string> {
  const bytes = await sharp(png).webp({ quality: 72 }).toBuffer();
  return `data:image/webp;base64,${bytes.toString('base64')}`;
}

const isDrawn = ({ boxes, poses, points, mask }: Findings): boolean => [boxes, poses, points, mask].some((found) => found !== undefined);

/**
 * Data URIs of all heads' worst samples by `drawnPicture`: of what both networks found, or where nothing can be drawn of the picture itself under
 * `float`. Samples whose picture cannot be read have none.
 */
export async function worstPictures({ heads, labels }: Pick<Comparison, 'heads' | 'labels'>): Promise<Map<string, string>> {
  const uris = new Map<string, string>();
  for (const [h, head] of heads.entries()) {
    const names = head.task === 'detector' || head.task === 'segmenter' ? labels : undefined;
    for (const [s, sample] of ('worst' in head ? head.worst : []).entries()) {
      const pixels = sample.picture === undefined ? undefined : await smallPicture(sample.picture).catch(() => undefined);
      if (!pixels) continue;
      for (const network of ['float', 'quantized'] as const) {
        if (network === 'quantized' && !isDrawn(sample.float)) continue;
        uris.set(drawnPicture(h, s, network), await webp(await drawFindings(pixels, sample[network], names)));
      }
    }
  }
  return uris;
}
