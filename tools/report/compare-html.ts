// Owns the HTML report of `zeropoint compare`: one file without references to others.
import type { Comparison, LayerComparison } from '../compare/comparison';
import type { Classification, PairedAccuracy } from '../compare/figures';
import { changesSection } from './compare-changes';
import { frontierSection } from './compare-frontier';
import { headCards, headSections } from './compare-heads';
import { causeDetails, remediesSection } from './compare-remedies';
import { reportStyle } from './compare-style';
import {
  formatDecibels,
  formatDrop,
  formatDropInterval,
  formatInterval,
  formatShare,
  formatSizes,
  formatSpeeds,
  layerName,
  otherOutputs,
  sharedPrefix,
} from './compare-words';
import { headVerdict } from './head-words';
import { breakable, html, Markup } from './html';
import { type Charts, chartsAdvice } from './load-charts';
import { formatSignificant } from './numbers';

/** A file's name, which moves to the next line as a whole where it fits there. */
const fileName = (name: string): Markup => html`<span class="file">${breakable(name)}</span>`;

/** Rows of the layer table that are not folded away. */
const visibleRows = 12;

function card(label: string, value: string, change: string | undefined, note: string, tone = ''): Markup {
  return html`<div class="card"><div class="label">${label}</div><div class="value">${value}</div>${
    change !== undefined && html`<div class="${tone}">${change}</div>`
  }<div class="note">${note}</div></div>`;
}

/** CSS class of a drop: `bad` where it is significant, its 95 % interval above 0; `soft` for other losses; `good` without a loss. */
const toneOf = ({ interval, drop }: PairedAccuracy): string => (interval.low > 0 ? 'bad' : drop > 0 ? 'soft' : 'good');

function accuracyCard(label: string, accuracy: PairedAccuracy): Markup {
  const value = `${formatShare(accuracy.float).replace(' %', '')} → ${formatShare(accuracy.quantized)}`;
  return card(label, value, formatDrop(accuracy), formatDropInterval(accuracy), toneOf(accuracy));
}

function summaryCards(comparison: Comparison): Markup {
  const { classification, heads } = comparison;
  const outputs = otherOutputs(comparison);
  const [sizes, speeds] = [formatSizes(comparison), formatSpeeds(comparison)];
  const several = outputs.length > 1;
  return html`<div class="grid cards">${[
    classification?.top1 && accuracyCard('Top-1 accuracy', classification.top1),
    classification?.top5 && accuracyCard('Top-5 accuracy', classification.top5),
    classification &&
      card('Same best class', formatShare(classification.agreement), undefined, formatInterval(classification.agreementInterval)),
    headCards(heads),
    outputs.map(({ name, sqnr, cosine }) =>
      card(several ? `SQNR of ${name}` : 'Output SQNR', formatDecibels(sqnr), undefined, `cosine ${cosine.toFixed(4)}`),
    ),
    sizes && card('File', sizes.to, sizes.ratio, `from ${sizes.from}`, 'good'),
    card('One run', speeds.to, speeds.ratio, `from ${speeds.from}; median, one thread`, speeds.ratio.endsWith('faster') ? 'good' : 'bad'),
  ]}</div>`;
}

/** Effect on accuracy, number of layers with an option to try, and the first of them. */
function verdict({ classification, heads, layers }: Comparison, prefix: string): Markup {
  const actionable = layers.filter(({ cause }) => cause.option !== undefined);
  const first = actionable[0] && html` Begin with ${layerName(actionable[0], 44, prefix)}: ${actionable[0].cause.evidence}.`;
  return html`<p class="verdict">${classification ? accuracyVerdict(classification) : heads.slice(0, 1).map(headVerdict)} ${
    actionable.length === 0
      ? 'No layer needs attention.'
      : html`${actionable.length} of ${layers.length} layers add noise worth looking at.${first}`
  }</p>`;
}

function accuracyVerdict(classification: Classification): string {
  const { top1 } = classification;
  if (top1) {
    const points = `${(100 * Math.abs(top1.drop)).toFixed(1)} points of top-1 accuracy`;
    if (top1.interval.low > 0) return `Quantization cost ${points}.`;
    if (top1.drop <= 0) return top1.drop < 0 ? `Quantization gained ${points} here.` : 'Top-1 accuracy did not change.';
    return `It lost ${points} on these ${classification.labelled} samples, which is within chance.`;
  }
  return `Both networks choose the same class in ${formatShare(classification.agreement)} of the samples.`;
}

function layerRow(layer: LayerComparison, prefix: string): Markup {
  const { local, global } = layer;
  return html`<tr>
<td class="name full" title="${layer.name}">${breakable(layerName(layer, 44, prefix))}</td><td class="full soft">${layer.type}</td>
<td class="number" data-head="alone">${formatDecibels(local?.sqnr)}</td><td class="number" data-head="in network">${formatDecibels(global?.sqnr)}</td>
<td class="number" data-head="cosine">${global?.cosine.toFixed(4)}</td><td class="number" data-head="largest">${global && formatSignificant(global.maxAbs, 3)}</td>
<td class="full cause">${causeDetails(layer)}</td>
</tr>`;
}

function layerTable(layers: readonly LayerComparison[], prefix: string): Markup {
  return html`<table class="stack"><thead><tr><th>Layer</th><th>Operator</th><th class="number">Alone</th><th class="number">In network</th>
<th class="number">Cosine</th><th class="number">Largest</th><th>Probable cause</th></tr></thead>
<tbody>${layers.map((layer) => layerRow(layer, prefix))}</tbody></table>`;
}

function layerCharts(layers: readonly LayerComparison[], { layerChart }: Charts, prefix: string): Markup {
  return html`<div class="card"><div class="legend"><span><i style="--key:var(--cool)"></i>alone</span><span><i style="--key:var(--warm)"></i>in the network</span>
<span><i class="dash" style="--key:var(--good)"></i>30 dB: noise is a thousandth of the signal</span>
<span>layers from left to right as they run</span></div>
<div class="wide">${layerChart(layers, 1000, prefix)}</div><div class="narrow">${layerChart(layers, 300, prefix)}</div></div>`;
}

function layersSection(comparison: Comparison, charts: Charts | undefined, prefix: string): Markup {
  const { layers, layerSamples, matched, unmatched } = comparison;
  if (layers.length === 0) return html`<h2>Layers</h2><p>No layer of the float network was found in the quantized one.</p>`;
  const rest = layers.slice(visibleRows);
  const left = prefix !== '' && html` Names begin with <code>${prefix}</code>, which is left out here.`;
  return html`<h2>Error of every layer</h2>
<p class="soft">Signal to quantization noise on ${layerSamples} samples; higher is better, 6 dB are one bit. <em>Alone</em>: the layer runs on
the float network's values, so what it loses is its own. <em>In the network</em>: with all errors that came before.${left}</p>
${charts ? layerCharts(layers, charts, prefix) : html`<p class="soft">This report has no charts, since their libraries are not installed: <code>${chartsAdvice}</code></p>`}
${remediesSection(comparison, prefix)}
<h2>Layers, worst first</h2>
<p class="soft">Ordered by what each layer loses alone. Open a cause to see what it means.${matched === 'order' && ' The names in both files differ, so layers were paired by their order.'}${
    unmatched.length > 0 && ` Quantized layers without a float counterpart: ${unmatched.length}.`
  }</p>
<div class="card">${layerTable(layers.slice(0, visibleRows), prefix)}${
    rest.length > 0 && html`<details><summary>${rest.length} better layers</summary>${layerTable(rest, prefix)}</details>`
  }</div>`;
}

function histogramCard(layer: LayerComparison, { histogramChart }: Charts, prefix: string): Markup {
  const { activations, weights, range, cause } = layer;
  return html`<div class="card"><h3>${layerName(layer, 44, prefix)}</h3><p class="soft small">${layer.type}, ${formatDecibels(layer.local?.sqnr)} alone. ${cause.name}: ${cause.evidence}.</p>
${activations && html`<div class="small soft">Output values</div>${histogramChart('Histogram of the output', activations, range)}`}
${weights && html`<div class="small soft">Weights, in codes before rounding</div>${histogramChart('Histogram of the weights', weights, weights)}`}</div>`;
}

/** The histograms of the worst layers; nothing without charts, as all else of these layers is in the table. */
function histogramSection({ layers }: Comparison, charts: Charts | undefined, prefix: string): Markup | undefined {
  const worst = layers.filter(({ activations }) => activations !== undefined);
  if (worst.length === 0 || !charts) return undefined;
  return html`<h2>A closer look at the worst</h2>
<p class="soft">Float values, counted on a logarithmic scale. The <span class="warm">orange lines</span> are the ends of the range that 8-bit codes
cover; values in <span class="bad">red</span> lie beyond it.</p><div class="grid closer">${worst.map((layer) => histogramCard(layer, charts, prefix))}</div>`;
}

function provenance({ float, quantized, data, settings }: Comparison): Markup {
  const model = ({ name, sha256 }: Comparison['float']) => html`${fileName(name)}${sha256 && html`<br><code>${sha256}</code>`}`;
  return html`<h2>Settings and hashes</h2><div class="card"><dl>
<dt>Float network</dt><dd>${model(float)}</dd><dt>Quantized network</dt><dd>${model(quantized)}</dd>
<dt>Data</dt><dd>${data.samples} samples${data.sha256 && html`<br><code>${data.sha256}</code>`}</dd>
${data.skipped.length > 0 && html`<dt>Not readable</dt><dd>${data.skipped.map(({ name, reason }) => html`${name}: ${reason}<br>`)}</dd>`}
</dl>${
    settings === undefined
      ? html`<p class="soft small">The quantized file says nothing about how it was made.</p>`
      : html`<pre>${JSON.stringify({ ...settings, frontier: undefined }, null, 2)}</pre>`
  }</div>`;
}

/**
 * The report as one HTML page, whose content security policy forbids every request. `pictures` are data URIs by path of picture, for samples
 * whose class changed, and of drawn results by the names of `worstPictures`; samples without one are shown without a picture.
 * Without `charts` (see loadCharts) the page has none and says so.
 */
export function renderComparisonHtml(comparison: Comparison, pictures: ReadonlyMap<string, string>, charts?: Charts): string {
  const { float, quantized, data } = comparison;
  const prefix = sharedPrefix(comparison.layers);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${quantized.name}: what quantization cost</title><style>${new Markup(reportStyle)}</style></head>
<body><main><h1>What quantization cost</h1>
<p class="soft">${data.samples} samples through ${fileName(float.name)} and ${fileName(quantized.name)}</p>
${verdict(comparison, prefix)}${summaryCards(comparison)}
${layersSection(comparison, charts, prefix)}${histogramSection(comparison, charts, prefix)}
${headSections(comparison, pictures)}
${frontierSection(comparison.settings?.frontier, charts)}
${comparison.classification && changesSection(comparison.classification, comparison.labels, pictures)}
${provenance(comparison)}</main></body></html>
`;
  return page.text;
}
