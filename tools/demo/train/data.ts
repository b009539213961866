// Owns the pictures that each network learns from and is judged by.
import { digitSeeds, renderDigit } from '../digits';
import { figureSeeds, renderFigure } from '../figures';
import type { NetworkName } from './architectures';

interface Picture {
  readonly label: number;
  readonly pixels: Uint8Array;
}

interface PictureSet {
  readonly render: (seed: number, index: number) => Picture;
  readonly seeds: { readonly training: number; readonly heldOut: number };
}

const digits: PictureSet = { render: renderDigit, seeds: digitSeeds };
const figures: PictureSet = { render: renderFigure, seeds: figureSeeds };

export const pictureSets: Readonly<Record<NetworkName, PictureSet>> = { digits, v3: figures, efficientnet: figures };
