// Owns what a report says of causes and of options against them: each explained once, with the layers that it concerns.
import type { CauseName, Comparison, LayerComparison } from '../compare/comparison';
import { layerName } from './compare-words';
import { breakable, html, type Markup } from './html';

/** What each cause means, for readers who do not know the term. */
const explanations: Readonly<Record<CauseName, string>> = {
  healthy: 'The layer loses less than a thousandth of its signal.',
  'dead channels': 'Channels are so small beside the largest one that all of their values become the same code.',
  'bias shift': 'Errors of a channel do not cancel: its mean has moved, which later layers add up.',
  saturation: 'Values beyond the range of the codes are clipped to its ends.',
  'clipped logits': 'Logits that are too low to have a probability are clipped on purpose, so that the others get finer codes.',
  'range outlier': 'A few extreme values stretch the range, so that all others share few of the 256 codes.',
  'channel spread': 'One scale serves all channels, and most of them use a small part of its codes.',
  'weight spread': 'One scale serves the weights of channels of very different sizes: those of small ones become few codes.',
  'weight outlier': 'A few large weights of a channel set its scale, so that all others share few codes.',
  'weight rounding': 'Weights are rounded to 8 bits, and no single one stands out.',
  'activation rounding': 'The output has values of many sizes, and 8 bits are not enough for them.',
  'shared range': 'The operator must use the codes of its input, whose range is wider than its values need.',
  'quantized input': 'The error comes with the input, which has 8 bits as well.',
  'earlier layers': 'Alone the layer is fine: inside the network it gets the errors of the layers before it.',
};

/** What options do, by their beginnings. */
const effects: readonly (readonly [begin: string, effect: string])[] = [
  ['equalization', 'moves factors between neighbouring layers until channels have similar ranges; the float network computes the same.'],
  ['bias correction', "adds each channel's mean error, measured on samples, to the layer's bias."],
  ['--round', 'chooses each weight code by its effect on the outputs instead of rounding to the nearest one.'],
  ['--weights mse', 'lets large weights clip where that makes the sum of squared errors smaller.'],
  ['--observer min-max', 'makes ranges wide enough for all values that were seen.'],
  ['--observer percentile', 'leaves the most extreme values out of the range.'],
  ['--observer mse', 'chooses ranges of the least squared error.'],
  ['more calibration samples', 'shows more of the values that the network will see; some hundred are enough.'],
  ['--scheme int8', 'gives the weights of every channel a scale of its own.'],
  ['--skip', 'keeps a layer in float: it adds no noise, and costs size and time.'],
];

/** Layers that are named with an option. */
const maxNamed = 4;

/** The cause with its explanation, which opens in place. */
export function causeDetails({ cause: { name, evidence } }: LayerComparison): Markup {
  return html`<details class="why"><summary>${name}</summary><p>${explanations[name]}</p></details><div class="soft small">${evidence}</div>`;
}

/** One word for all options of a kind: --skip has another value for each layer. */
const kindOf = (option: string): string => (option.startsWith('--skip') ? '--skip' : option);

/** Layers by the option against their error, in the order given. */
function byOption(layers: readonly LayerComparison[]): [kind: string, layers: LayerComparison[]][] {
  const groups = new Map<string, LayerComparison[]>();
  for (const layer of layers) {
    const { option } = layer.cause;
    if (option !== undefined) groups.set(kindOf(option), [...(groups.get(kindOf(option)) ?? []), layer]);
  }
  return [...groups];
}

function remedyCard([kind, layers]: [string, LayerComparison[]], prefix: string): Markup {
  const effect = effects.find(([begin]) => kind.startsWith(begin))?.[1];
  const shown = layers.slice(0, maxNamed);
  const isSkip = kind === '--skip';
  const rest = layers.length - shown.length;
  const names = shown.map(
    (layer) =>
      html`<li>${isSkip ? html`<code>${breakable(layer.cause.option ?? '')}</code>` : breakable(layerName(layer, 60, prefix))}</li>`,
  );
  return html`<div class="card"><h3>${kind.startsWith('--') ? html`<code>${kind}</code>` : kind}</h3><p class="small">${effect}</p>
<p class="small soft">${layers.length === 1 ? 'For one layer:' : `For ${layers.length} layers, the worst first:`}</p>
<ul class="small">${names}${rest > 0 && html`<li class="soft">and ${rest} more</li>`}</ul></div>`;
}

/** The options that layers call for, each once; nothing where no layer does. */
export function remediesSection({ layers, settings }: Comparison, prefix: string): Markup | undefined {
  const groups = byOption(layers);
  if (groups.length === 0) return undefined;
  const origin =
    settings === undefined
      ? 'The quantized file was not made by zeropoint. What follows is for zeropoint quantize, which would make another one of the float network.'
      : 'Options of zeropoint quantize that the file was not made with. Try one at a time, beginning with the first, and compare again.';
  return html`<h2>What to try</h2><p class="soft">${origin}</p>
<div class="grid closer">${groups.map((group) => remedyCard(group, prefix))}</div>`;
}
