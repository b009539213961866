// Owns the text and the JSON of `zeropoint compare`.
import type { Comparison, LayerComparison } from '../compare/comparison';
import type { PairedAccuracy } from '../compare/figures';
import type { Terminal } from '../terminal/terminal';
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
} from './compare-words';
import { headFigures } from './head-words';
import { formatSignificant } from './numbers';
import { renderTable } from './table';

/** Rows of the layer table; JSON and HTML list all layers. */
const maxRows = 15;

type Row = string[];

/** Significant drops, whose 95 % interval lies above 0, are red. */
function accuracyRow(name: string, accuracy: PairedAccuracy | undefined, { colors }: Terminal): Row[] {
  if (!accuracy) return [];
  const drop = formatDrop(accuracy);
  const painted = accuracy.interval.low > 0 ? colors.red(drop) : drop;
  return [[name, formatShare(accuracy.float), formatShare(accuracy.quantized), painted, colors.dim(formatDropInterval(accuracy))]];
}

/** Rows of all heads; of several each with its name. */
function headRows(heads: Comparison['heads'], { colors }: Terminal): Row[] {
  return heads.flatMap((head) =>
    headFigures(head).map(({ label, float = '', quantized, change = '', note, tone }): Row => {
      const name = heads.length > 1 ? `${layerName(head, 20)}: ${label}` : label;
      return [name, float, quantized, tone === 'loss' ? colors.red(change) : change, colors.dim(note)];
    }),
  );
}

function summaryTable(comparison: Comparison, terminal: Terminal): string {
  const { classification, outputs, heads } = comparison;
  const { colors } = terminal;
  const rows: Row[] = [...accuracyRow('top-1', classification?.top1, terminal), ...accuracyRow('top-5', classification?.top5, terminal)];
  if (classification) {
    rows.push(['same top-1', '', formatShare(classification.agreement), '', colors.dim(formatInterval(classification.agreementInterval))]);
  }
  rows.push(...headRows(heads, terminal));
  for (const { name, sqnr, cosine, maxAbs } of otherOutputs(comparison)) {
    const more = `cosine ${cosine.toFixed(4)}, largest difference ${formatSignificant(maxAbs, 3)}`;
    rows.push([outputs.length > 1 ? `SQNR of ${layerName({ name }, 20)}` : 'output SQNR', '', formatDecibels(sqnr), '', colors.dim(more)]);
  }
  const [sizes, speeds] = [formatSizes(comparison), formatSpeeds(comparison)];
  if (sizes) rows.push(['file', sizes.from, sizes.to, sizes.ratio, '']);
  rows.push(['one run', speeds.from, speeds.to, speeds.ratio, colors.dim('median, one thread')]);
  const right = { align: 'right' as const };
  return renderTable(
    [{ head: '' }, { head: 'float', ...right }, { head: 'quantized', ...right }, { head: 'change', ...right }, { head: '' }],
    rows,
    terminal,
  );
}

function layerRow(layer: LayerComparison, { colors }: Terminal): Row {
  const { local, global, cause } = layer;
  const own = formatDecibels(local?.sqnr);
  const isHealthy = cause.name === 'healthy' || cause.name === 'earlier layers';
  return [
    layerName(layer),
    layer.type,
    isHealthy ? own : colors.yellow(own),
    formatDecibels(global?.sqnr),
    global?.cosine.toFixed(4) ?? '',
    global ? formatSignificant(global.maxAbs, 3) : '',
    isHealthy ? colors.dim(cause.name) : cause.name,
    cause.option ? colors.cyan(cause.option) : '',
  ];
}

function layerTable({ layers, layerSamples, unmatched, matched }: Comparison, terminal: Terminal): string {
  if (layers.length === 0) return 'No layer of the float network was found in the quantized one.\n';
  const texts = ['layer', 'operator'].map((head) => ({ head }));
  const numbers = ['alone', 'in network', 'cosine', 'max diff'].map((head) => ({ head, align: 'right' as const }));
  const rows = layers.slice(0, maxRows).map((layer) => layerRow(layer, terminal));
  const notes = [
    `SQNR of each layer's output on ${layerSamples} samples: alone on the float input, and inside the quantized network; worst first`,
    layers.length > maxRows ? `; ${layers.length - maxRows} better layers are in --json and --html` : '',
    matched === 'order' ? '; the names differ, so layers were paired by their order' : '',
    unmatched.length > 0 ? `; without a float counterpart: ${unmatched.length}` : '',
  ];
  const table = renderTable([...texts, ...numbers, { head: 'probable cause' }, { head: 'to try' }], rows, terminal);
  return `${table}${terminal.colors.dim(notes.join(''))}\n`;
}

/** Evidence of the first three layers with an option to try, one line each. */
function evidenceLines(layers: readonly LayerComparison[], { colors }: Terminal): string {
  const actionable = layers.filter(({ cause }) => cause.option !== undefined).slice(0, 3);
  return actionable.map((layer) => `${colors.bold(layerName(layer))}: ${layer.cause.evidence}\n`).join('');
}

/** Tables for the terminal: figures of both networks, then the layers of the lowest SQNR. */
export function renderComparison(comparison: Comparison, terminal: Terminal): string {
  const { float, quantized, data, classification } = comparison;
  const labels = classification && classification.labelled < data.samples ? `, ${classification.labelled} labelled` : '';
  const skipped = data.skipped.length > 0 ? `, ${data.skipped.length} unreadable` : '';
  const { colors } = terminal;
  return [
    `${colors.bold(float.name)} and ${colors.bold(quantized.name)}  ${colors.dim(`${data.samples} samples${labels}${skipped}`)}\n\n`,
    `${summaryTable(comparison, terminal)}\n`,
    `${layerTable(comparison, terminal)}`,
    evidenceLines(comparison.layers, terminal),
  ].join('');
}

/** All members of the comparison, numbers unrounded; ends in a line feed. */
export function renderComparisonJson(comparison: Comparison): string {
  return `${JSON.stringify(comparison, null, 2)}\n`;
}
