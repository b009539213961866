// Owns the report's section on samples whose top-1 class changed: their pictures, and the most frequent pairs of classes.
import { className } from 'zeropoint/tasks';
import type { ChangedSample, Classification } from '../compare/figures';
import { formatShare } from './compare-words';
import { html, type Markup } from './html';
import { formatSignificant } from './numbers';

/** Samples shown with their pictures. */
const maxCards = 48;
/** Rows of the table of class pairs. */
const maxPairs = 10;

/** The samples shown: first those that only the float network classifies correctly, which make up the drop, then those that only the
 * quantized one does, then the rest. */
export function shownChanges({ changed }: Classification): ChangedSample[] {
  const order = ({ label, float, quantized }: ChangedSample) => (label === float.class ? 0 : label === quantized.class ? 1 : 2);
  return [...changed].sort((a, b) => order(a) - order(b)).slice(0, maxCards);
}

interface ClassPair {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Numbers of samples by float and quantized class, the most frequent pair first. */
function confusions(changed: readonly ChangedSample[]): ClassPair[] {
  const counts = new Map<string, ClassPair>();
  for (const { float, quantized } of changed) {
    const key = `${float.class} ${quantized.class}`;
    counts.set(key, { from: float.class, to: quantized.class, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.from - b.from || a.to - b.to);
}

type Labels = readonly string[] | undefined;

function pairTable(changed: readonly ChangedSample[], labels: Labels): Markup {
  const pairs = confusions(changed);
  const rows = pairs
    .slice(0, maxPairs)
    .map(
      ({ from, to, count }) =>
        html`<tr><td>${className(from, labels)}</td><td>${className(to, labels)}</td><td class="number">${count}</td></tr>`,
    );
  const more = pairs.length > maxPairs && html`<p class="soft small">and ${pairs.length - maxPairs} other pairs</p>`;
  return html`<div class="card"><table><thead><tr><th>Float</th><th>Quantized</th><th class="number">Samples</th></tr></thead><tbody>${rows}</tbody></table>${more}</div>`;
}

function scoredClass({ class: index, score }: ChangedSample['float'], label: number | undefined, labels: Labels): Markup {
  const tone = label === undefined ? '' : index === label ? 'good' : 'bad';
  return html`<span class="${tone}">${className(index, labels)}</span> <span class="soft">${formatSignificant(score, 2)}</span>`;
}

function pictureCard(sample: ChangedSample, labels: Labels, picture: string | undefined): Markup {
  const { name, label, float, quantized } = sample;
  const isNeither = label !== undefined && label !== float.class && label !== quantized.class;
  return html`<div class="card picture">${picture !== undefined && html`<img src="${picture}" alt="${name}">`}<div>
${scoredClass(float, label, labels)}<br>→ ${scoredClass(quantized, label, labels)}
${isNeither && html`<br><span class="soft small">right: ${className(label, labels)}</span>`}<br><span class="soft small">${name}</span></div></div>`;
}

function outcomes({ top1 }: Classification): Markup | undefined {
  if (!top1) return undefined;
  const { both, floatOnly, quantizedOnly, neither } = top1.counts;
  return html` <span class="bad">${floatOnly} right before and wrong now</span>, <span class="good">${quantizedOnly} wrong before and right now</span>;
${both} right and ${neither} wrong in both.`;
}

/** The section. `pictures`: data URIs by path of picture; samples without one are shown without a picture. */
export function changesSection(classification: Classification, labels: Labels, pictures: ReadonlyMap<string, string>): Markup {
  const { changes, agreement, changed } = classification;
  const shown = shownChanges(classification);
  const cards = shown.map((sample) => pictureCard(sample, labels, sample.picture === undefined ? undefined : pictures.get(sample.picture)));
  const rest = changes - shown.length;
  return html`<h2>What changed its class</h2>
<p class="soft">${changes} samples, ${formatShare(1 - agreement)} of all.${outcomes(classification)}</p>
${changes > 0 && html`<div class="grid pictures">${cards}</div>`}
${rest > 0 && html`<p class="soft small">and ${rest} more</p>`}
${changes > 0 && html`<h2>Which class became which</h2>${pairTable(changed, labels)}`}`;
}
