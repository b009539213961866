// Owns the report's sections on heads: their figures as cards, and the samples on which both networks differ most, with both results.
import { className } from 'zeropoint/tasks';
import type { Comparison } from '../compare/comparison';
import type { TaskComparison } from '../compare/figures';
import type { WorstSample } from '../compare/tasks/worst';
import { changesSection } from './compare-changes';
import { formatShare, layerName } from './compare-words';
import { headFigures, sampleFigure } from './head-words';
import { breakable, html, type Markup } from './html';
import { drawnPicture } from './worst-pictures';

/** Rows of the table of classes. */
const maxClasses = 10;

/** With a capital letter, but for mAP and mIoU. */
const capital = (label: string): string => (/^[a-z][A-Z]/.test(label) ? label : label[0].toUpperCase() + label.slice(1));

/** One card per figure of a head; of several heads with its name. */
export function headCards(heads: Comparison['heads']): Markup[] {
  return heads.flatMap((head) =>
    headFigures(head).map(({ label, float, quantized, change, note, tone }) => {
      const name = heads.length > 1 ? `${layerName(head, 28)}: ${label}` : capital(label);
      const value = float === undefined ? quantized : `${float.replace(/ %$/, quantized.endsWith(' %') ? '' : ' %')} → ${quantized}`;
      const mood = tone === 'loss' ? 'bad' : tone === 'gain' ? 'good' : 'soft';
      return html`<div class="card"><div class="label">${name}</div><div class="value">${value}</div>${
        change !== undefined && html`<div class="${mood}">${change}</div>`
      }<div class="note">${note}</div></div>`;
    }),
  );
}

type Pictures = ReadonlyMap<string, string>;

function resultPicture(uri: string | undefined, caption: string, name: string): Markup | undefined {
  return uri === undefined
    ? undefined
    : html`<figure><img src="${uri}" alt="${caption}: ${name}"><figcaption>${caption}</figcaption></figure>`;
}

function worstCard(head: TaskComparison, sample: WorstSample, float: string | undefined, quantized: string | undefined): Markup {
  const { name } = sample;
  const pictures = [resultPicture(float, quantized === undefined ? 'Picture' : 'Float', name), resultPicture(quantized, 'Quantized', name)];
  return html`<div class="card result">${float !== undefined && html`<div class="pair">${pictures}</div>`}<div class="small">${sampleFigure(head, sample)}</div>
<div class="soft small">${breakable(name)}</div></div>`;
}

/** Classes of pixels that overlap least. */
function classTable({ classes }: Extract<TaskComparison, { task: 'segmenter' }>, labels: Comparison['labels']): Markup {
  const rows = classes
    .slice(0, maxClasses)
    .map(({ class: index, iou }) => html`<tr><td>${className(index, labels)}</td><td class="number">${formatShare(iou)}</td></tr>`);
  return html`<div class="card"><table><thead><tr><th>Class</th><th class="number">IoU of both networks</th></tr></thead><tbody>${rows}</tbody></table>${
    classes.length > maxClasses && html`<p class="soft small">and ${classes.length - maxClasses} better classes</p>`
  }</div>`;
}

/** What a section of worst samples shows. */
const contents: Readonly<Record<Exclude<TaskComparison['task'], 'classifier'>, string>> = {
  detector: 'Objects that each network finds, with their scores.',
  segmenter: 'Classes of the pixels; what is not coloured is class 0.',
  landmarks: 'Landmarks of each network.',
  pose: 'People that each network finds; keypoints with scores from 0.2.',
  embedder: 'Pictures whose embeddings differ most.',
  regressor: 'Samples whose outputs differ most.',
};

function headSection(head: TaskComparison, h: number, { heads, labels }: Comparison, pictures: Pictures): Markup | undefined {
  if (head.task === 'classifier') return changesSection(head.classification, labels, pictures);
  if (head.worst.length === 0) return undefined;
  const cards = head.worst.map((sample, s) => {
    const [float, quantized] = (['float', 'quantized'] as const).map((network) => pictures.get(drawnPicture(h, s, network)));
    return worstCard(head, sample, float, quantized);
  });
  const isDrawn = head.worst.some((_, s) => pictures.has(drawnPicture(h, s, 'quantized')));
  const title = heads.length > 1 ? html`Where ${layerName(head, 44)} (${head.task}) differs most` : 'Where both networks differ most';
  return html`<h2>${title}</h2><p class="soft">${contents[head.task]} The worst first.</p>
<div class="grid ${isDrawn ? 'results' : 'pictures'}">${cards}</div>${head.task === 'segmenter' && head.classes.length > 1 && html`<h2>Which classes differ most</h2>${classTable(head, labels)}`}`;
}

/** The sections of all heads. `pictures`: data URIs by the names of worstPictures, and by path those of samples that changed their class. */
export function headSections(comparison: Comparison, pictures: Pictures): (Markup | undefined)[] {
  return comparison.heads.map((head, h) => headSection(head, h, comparison, pictures));
}
