// Owns images of 8-bit terms, which dot products read.
import { dotWorkspaceBytes } from '../core/abi-relaxed';
import { core } from './formats/centred';
import { type Layout, makeLayout } from './layout';
import type { Lowering } from './lowering';
import { type Address, at } from './region';
import type { Image } from './step';

/** A kernel may read so far past a pixel: a turn of 8 terms begins inside it. Narrowing writes whole vectors. */
const slackBytes = 16;

/** The layout of an image's terms: one byte for each element. */
export function termsLayout({ border, pixelElements, channels, ...shape }: Layout): Layout {
  return makeLayout({ ...shape, channels }, 1, border, pixelElements === channels);
}

/** The 8-bit terms of an image, borders and padding lanes included; made once per image. */
export function terms(lowering: Lowering, image: Image, delta: number): Image {
  const known = lowering.terms.get(image);
  if (known) return known;
  const layout = termsLayout(image.layout);
  const elements = image.region.bytes / 2;
  const made = { region: lowering.workspace('terms', elements + slackBytes), layout };
  lowering.emit(core, 'Narrow', {
    input: at(image.region),
    output: at(made.region),
    count: elements,
    delta,
    unsigned: lowering.dots!.unsigned ? 1 : 0,
  });
  lowering.terms.set(image, made);
  return made;
}

/** Memory for the accumulators of one tile of every thread. */
export function tileWorkspace(lowering: Lowering): Address {
  return at(lowering.workspace('tile', dotWorkspaceBytes * lowering.threads));
}
